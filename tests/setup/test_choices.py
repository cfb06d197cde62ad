"""From what a person chooses to a configuration."""

import tomllib

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
def test_that_a_configuration_gives_back_what_was_chosen(choices):
    again = chosen(choices.configuration())
    assert again == replace(choices, url=choices.url.rstrip("/"), known_id=choices.feed_id)
    assert again.text() == choices.text(), "and its feed keeps its id, under which the token is kept"


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
