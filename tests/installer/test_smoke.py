"""What the smoke tests take for granted: a configuration that is one, and the lines that a wall may say."""

import pytest

from installer import checks, moment
from wallboard.configuration.load import load

QUIET = (
    "2026-11-24 14:32:00,123 INFO wallboard.app: Wallboard 0.1.0 shows demo",
    "2026-11-24 14:32:00,123 INFO wallboard.app: the wall is closed",
    "2026-11-24 14:32:00,123 WARNING wallboard.feed.credentials: feed demo: the token is from the environment variable "
    "WALLBOARD_TOKEN_DEMO, for the keyring has none",
    "2026-11-24 14:32:00,123 WARNING wallboard.attention.audio: no sound: there is no audio device",
)


def test_that_the_tried_wall_has_a_configuration_that_the_program_accepts(tmp_path):
    path = tmp_path / "wallboard.toml"
    path.write_text(moment.configuration_for(8112), encoding="utf-8")
    (feed,) = load(path).feed
    assert (feed.id, feed.url) == ("demo", "http://127.0.0.1:8112/api/v1")


def test_that_a_wall_may_say_what_it_shows_where_its_token_is_from_and_that_it_has_no_sound():
    checks.require_silence("\n".join(QUIET))


def test_that_any_other_line_is_a_fault_that_is_quoted():
    with pytest.raises(checks.Wrong, match="segment"):
        checks.require_silence("\n".join([*QUIET, "a segment is missing"]))
