"""What the program does where nothing is configured."""

import pytest

from wallboard import app, cli, logs
from wallboard.configuration import locations
from wallboard.language import Language
from wallboard.setup import wizard
from wallboard.setup.choices import Choices

CHOSEN = Choices(centre_name="Bengkalis", url="http://127.0.0.1:9/")


@pytest.fixture
def start(qapp, monkeypatch, tmp_path):
    """Starts the program with these arguments where a person would end the questions so. Returns the exit status, what
    was asked for, and what the wall was opened on.
    """
    target = tmp_path / "wallboard.toml"
    monkeypatch.setattr(locations, "user_path", lambda: target)
    monkeypatch.setattr(locations, "site_path", lambda: tmp_path / "site.toml")
    monkeypatch.setattr(cli, "_has_window", lambda: True)
    monkeypatch.setattr(logs, "set_up", lambda to_file: None)

    def build(*arguments, ending=wizard.Ending.CONFIGURED):
        asked, opened = [], []

        def ask(path, there, language):
            asked.append((path, there, language))
            if ending is wizard.Ending.CONFIGURED:
                path.write_text(CHOSEN.text())
            return ending, Language.ENGLISH

        def run(configuration, token_of, *, demo):
            opened.append((configuration.feed[0].id, demo, configuration.language))
            build.fills_screen = configuration.wall.fills_screen  # type: ignore[attr-defined]
            return 0

        monkeypatch.setattr(wizard, "run", ask)
        monkeypatch.setattr(app, "run", run)
        return cli.main(arguments), asked, opened

    build.target = target  # type: ignore[attr-defined]
    return build


def test_that_the_first_start_asks_and_opens_what_was_chosen(start):
    assert start() == (0, [(start.target, None, None)], [("bengkalis", False, "en")])


def test_that_the_next_start_asks_nothing(start):
    start.target.write_text(CHOSEN.text())
    assert start() == (0, [], [("bengkalis", False, "id")])


@pytest.mark.parametrize(
    ("arguments", "configured", "fills_screen"),
    [
        ((), "", True),
        (("--role", "wall"), "", True),
        (("--role", "supervisor"), "", False),
        (("--role", "supervisor"), "full_screen = true", True),
        (("--role", "wall"), "full_screen = false", False),
    ],
)
def test_that_a_supervisors_wall_is_a_window_unless_the_configuration_says_otherwise(
    start, arguments, configured, fills_screen
):
    start.target.write_text(f'[[feed]]\nid = "a"\nurl = "http://127.0.0.1:9/"\n[wall]\n{configured}\n')
    start(*arguments)
    assert start.fills_screen is fills_screen


def test_that_the_demo_can_be_chosen(start):
    assert start(ending=wizard.Ending.DEMO)[2] == [("demo", True, "en")]


def test_that_whoever_leaves_sees_no_wall(start):
    assert start(ending=wizard.Ending.CANCELLED) == (0, [(start.target, None, None)], [])


def test_that_a_configuration_that_is_named_and_not_there_is_an_error_and_no_first_start(start, tmp_path, capsys):
    assert start("--config", str(tmp_path / "none.toml")) == (2, [], [])
    assert "none.toml: cannot be read" in capsys.readouterr().err


def test_that_setup_asks_again_from_what_is_there(start):
    start.target.write_text(CHOSEN.text())
    assert start("--language", "en", "setup")[1] == [(start.target, start.target, "en")]


def test_that_setup_writes_where_it_is_told(start, tmp_path):
    other = tmp_path / "other.toml"
    assert start("setup", "--config", str(other)) == (0, [(other, None, None)], [("bengkalis", False, "en")])


def test_that_without_a_screen_it_says_what_to_write(start, monkeypatch, capsys):
    monkeypatch.setattr(cli, "_has_window", lambda: False)
    assert start("setup") == (2, [], [])
    assert locations.SMALLEST in capsys.readouterr().err
