"""From what a person chooses to a configuration."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from wallboard.configuration.load import loads
from wallboard.feed.mapping import load as mappings
from wallboard.feed.settings import POLL_INTERVAL_S, Auth
from wallboard.language import Language
from wallboard.setup.choices import NAMELESS, Choices, Role, Viewing, chosen

BENGKALIS = Choices(
    language=Language.ENGLISH,
    centre_name="112 Kabupaten Bengkalis",
    url="https://dispatch.example.go.id/api/v1/",
    role=Role.SUPERVISOR,
    position="supervisor",
    screen="DP-1",
    viewing=Viewing(55.0, 3.5),
)


def test_that_every_choice_stands_in_the_configuration():
    configuration = loads(BENGKALIS.text("two\nlines"), "")
    assert configuration.language is Language.ENGLISH
    (feed,) = configuration.feed
    assert (feed.id, feed.centre_name) == ("112-kabupaten-bengkalis", "112 Kabupaten Bengkalis")
    assert (feed.url, feed.auth) == ("https://dispatch.example.go.id/api/v1", Auth.BEARER)
    assert not configuration.wall.full_screen
    assert (configuration.wall.screen, configuration.alarms.position) == ("DP-1", "supervisor")
    assert (configuration.wall.diagonal_in, configuration.wall.viewing_distance_m) == (55.0, 3.5)
    assert BENGKALIS.text("two\nlines").startswith("# two\n# lines\n\nlanguage")


def test_that_what_was_not_chosen_is_not_written():
    text = Choices(url="http://127.0.0.1/", auth=Auth.NONE, user="left from another way").text()
    assert tomllib.loads(text) == {
        "language": "id",
        "feed": [{"id": NAMELESS, "url": "http://127.0.0.1", "auth": "none"}],
        "wall": {"full_screen": True},
    }


@pytest.mark.parametrize("choices", [BENGKALIS, replace(BENGKALIS, mapping="resgrid-v4", auth=Auth.OAUTH2, user="a",
    token_url="/connect/token", scope="openid", centre_time_zone="Asia/Jakarta", role=Role.WALL)])  # fmt: skip
def test_that_a_configuration_that_is_asked_about_again_stays_as_it_is(choices, tmp_path):
    text = choices.text("remark")
    again = chosen(text, tmp_path)
    assert again.text("another remark") == text
    assert again.feed_id == choices.feed_id, "under which the token is kept, whatever the centre is called"


CA_FILE = (Path.cwd() / "own.pem").as_posix()
"""A whole path, of whichever system."""

WRITTEN_BY_HAND = f"""\
# Ours.
language = "id"          # as everybody here
theme = "light"

[[feed]]
id = "bengkalis"
url = "https://dispatch.example.go.id"   # the old server
ca_file = "{CA_FILE}"
poll_interval_s = 5

[feed.rules.call_waiting]
warning_s = 20

[[feed]]
id = "siak"
url = "https://siak.example.go.id"

[wall]
diagonal_in = 55
viewing_distance_m = 3
night = {{ from = 22:00:00, to = 05:00:00 }}

[rules.incident_open]
enabled = false
"""


def test_that_what_is_not_asked_stays_with_its_remarks(tmp_path):
    before = chosen(WRITTEN_BY_HAND, tmp_path)
    after = replace(before, url="https://new.example.go.id", viewing=None, position="supervisor")
    text = after.text("not there")
    told = WRITTEN_BY_HAND.replace("https://dispatch.example.go.id", "https://new.example.go.id")
    told = told.replace("diagonal_in = 55\nviewing_distance_m = 3\n", "")
    assert all(line in text.splitlines() for line in told.splitlines())
    configuration = loads(text, "")
    assert [feed.url for feed in configuration.feed] == ["https://new.example.go.id", "https://siak.example.go.id"]
    assert (configuration.feed[0].ca_file, configuration.feed[0].poll_interval_s) == (CA_FILE, 5)
    assert (configuration.wall.diagonal_in, configuration.alarms.position) == (None, "supervisor")


def test_that_a_mapping_of_the_centres_own_keeps_its_place_beside_the_file(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text((mappings.PRESETS / "resgrid-v4.toml").read_text())
    text = '[[feed]]\nid = "a"\nurl = "https://a"\nmapping = "own.toml"\npoll_interval_s = 5\n'
    text += 'centre_time_zone = "Asia/Jakarta"\n'
    choices = chosen(text, tmp_path)
    assert choices.asks_for_time_zone
    assert 'mapping = "own.toml"' in choices.text()
    assert choices.configuration().feed[0].mapping == str(own)


@pytest.mark.parametrize(
    ("name", "feed_id"),
    [
        ("112 Kabupaten Bengkalis", "112-kabupaten-bengkalis"),
        ("  Siak ", "siak"),
        ("Übersee/Çanakkale", "ubersee-canakkale"),
        ("消防", NAMELESS),
        ("", NAMELESS),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_that_an_id_is_made_of_the_centres_name(name, feed_id):
    assert Choices(centre_name=name).feed_id == feed_id


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"url": ""}, ("url",)),
        ({"url": "dispatch.example.go.id"}, ("url",)),
        ({"url": "https://a:secret@dispatch.example.go.id"}, ("url",)),
        ({"auth": Auth.BASIC}, ("user",)),
        ({"auth": Auth.QUERY}, ("query_parameter",)),
        ({"auth": Auth.OAUTH2, "user": "a"}, ("token_url",)),
        ({"mapping": "resgrid-v4"}, ("centre_time_zone",)),
        ({"mapping": "resgrid-v4", "centre_time_zone": "WIB"}, ("centre_time_zone",)),
        ({"position": "p" * 61}, ("position",)),
        ({"viewing": Viewing(2.0, 3.0)}, ("diagonal_in",)),
        ({"url": "", "auth": Auth.BASIC, "user": ""}, ("url", "user")),
        ({}, ()),
    ],
)
def test_that_what_the_configuration_would_refuse_is_named(change, options):
    assert replace(BENGKALIS, **change).wrong() == options


def test_that_a_system_is_not_asked_more_often_than_it_bears():
    for preset in mappings.presets():
        (feed,) = replace(BENGKALIS, mapping=preset, centre_time_zone="Asia/Jakarta").configuration().feed
        assert feed.poll_interval_s == max(POLL_INTERVAL_S, mappings.load(preset).shortest_interval_s)


@given(st.text(max_size=60))
def test_that_any_text_arrives_as_it_was_typed(text):
    written = Choices(position=text, url="http://a").text()
    assert tomllib.loads(written).get("alarms", {}).get("position", "") == text.strip()


@pytest.mark.parametrize(
    ("wall", "role"),
    [("", Role.SUPERVISOR), ("full_screen = true", Role.WALL), ("full_screen = false", Role.SUPERVISOR)],
)
def test_that_the_installers_role_holds_where_the_file_does_not_say(wall, role, tmp_path):
    text = f'[[feed]]\nid = "a"\nurl = "https://a"\n[wall]\n{wall}\n'
    assert chosen(text, tmp_path, Role.SUPERVISOR).role is role
