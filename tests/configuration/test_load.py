from datetime import time
from pathlib import Path

import pytest

from wallboard.configuration.load import FileErrors, load, loads
from wallboard.configuration.locations import SMALLEST
from wallboard.core.limits import Limits
from wallboard.core.rules import Period
from wallboard.declared.declarations import allowed, options
from wallboard.declared.reading import LARGEST_BYTES
from wallboard.feed.settings import FeedSettings

FEED = """\
[[feed]]
id = "bengkalis"
url = "https://dispatch.example.go.id/api/v1"
"""


def messages(text: str) -> list[str]:
    with pytest.raises(FileErrors) as caught:
        loads(text, "wall.toml")
    lines = str(caught.value).splitlines()
    assert lines == [str(error) for error in caught.value.errors]
    return lines


def message(text: str) -> str:
    (line,) = messages(text)
    return line


def test_that_the_smallest_configuration_loads():
    configuration = loads(SMALLEST, "wall.toml")
    (feed,) = configuration.feed
    assert (feed.id, feed.url, feed.poll_interval_s) == ("bengkalis", "https://dispatch.example.go.id/api/v1", 2.0)
    assert feed.auth == "bearer"
    assert configuration.rules == Limits()
    assert configuration.page == ()
    assert configuration.wall.night is None


def test_that_every_error_of_a_file_is_told_at_once_in_the_order_of_its_lines():
    (poll_interval,) = (option for option in options(FeedSettings) if option.name == "poll_interval_s")
    text = """\
languag = "en"
theme = 3
[[feed]]
id = "a b"
url = "ftp://dispatch.example.go.id"
poll_interval_s = 0
[wall]
rotate_s = true
diagonal_in = 55
[[page]]
name = "a"
rows = 30
"""
    assert messages(text) == [
        "wall.toml:1: languag: unknown key; did you mean language?",
        'wall.toml:2: theme: 3 is not allowed; "dark" or "light"',
        "wall.toml:4: feed[0].id: this text is not allowed; letters A to Z, digits, _ and - only",
        'wall.toml:5: feed[0].url: this is not an address; an address such as "https://dispatch.example.go.id/api/v1"',
        f"wall.toml:6: feed[0].poll_interval_s: 0 is not allowed; {allowed(poll_interval)}",
        "wall.toml:7: wall.viewing_distance_m: missing; diagonal_in needs it: give both or neither",
        "wall.toml:8: wall.rotate_s: true is not allowed; a number from 5 to 3600 (seconds)",
        "wall.toml:10: page[0].columns: missing; a whole number from 1 to 24",
        "wall.toml:10: page[0].panels: missing; 1 to 24 panels",
        "wall.toml:12: page[0].rows: 30 is not allowed; a whole number from 1 to 24",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rotate_s = 4", "wall.rotate_s: 4 is not allowed; a number from 5 to 3600 (seconds)"),
        ("rotate_s = nan", "wall.rotate_s: nan is not allowed; a number from 5 to 3600 (seconds)"),
        ("rotate_s = 9" + 400 * "0", "wall.rotate_s: a number this large is not allowed; a number from 5 to"),
        ("rotate_s = '20'", "wall.rotate_s: this text is not allowed; a number from 5 to 3600 (seconds)"),
        ("rotate_s = []", "wall.rotate_s: an empty list is not allowed; a number from 5 to 3600 (seconds)"),
        ("rotate_s = 2026-01-01", "wall.rotate_s: a date or time is not allowed; a number from 5 to 3600 (seconds)"),
        ("full_screen = 1", "wall.full_screen: 1 is not allowed; true or false"),
        ("location = 'exact'", 'wall.location: this text is not allowed; "full", "district" or "none"'),
        ("screen = 1", "wall.screen: 1 is not allowed; a text of at most 100 characters"),
        ("viewing_distance_m = 5", "wall.diagonal_in: missing; viewing_distance_m needs it"),
        ("rotate = 20", "wall.rotate: unknown key; did you mean rotate_s?"),
        ("theme = 'dark'", "wall.theme: unknown key; theme stands at the top of the file, before the first [table]"),
        ("zzz = 1", "wall.zzz: unknown key; known here: full_screen, screen, diagonal_in,"),
        ('"a\\u0007 b" = 1', 'wall."a\ufffd b": unknown key; known here:'),
        ("night = 5", "wall.night: 5 is not allowed; a table, [wall.night]"),
        ("night = {from = '24:00'}", 'wall.night.from: this text is not allowed; a time of day as "HH:MM"'),
        ("night = {from = '05:00'}", "wall.night.to: the night ends when it begins; another time than from"),
        ("night = {brightness = 0.1}", "wall.night.brightness: 0.1 is not allowed; a number from 0.2 to 1"),
    ],
)
def test_that_an_error_says_where_what_and_what_is_allowed(line, expected):
    place = "wall.toml:4" if "missing" in expected else "wall.toml:5"
    assert message(f"{FEED}[wall]\n{line}\n").startswith(f"{place}: {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "wall.toml: feed: missing; 1 to 200 [[feed]], one for each centre"),
        ("feed = []", "wall.toml:1: feed: 0 given; 1 to 200 [[feed]]"),
        (
            "\n".join(FEED.replace("bengkalis", f"centre-{number}") for number in range(201)),
            "wall.toml:1: feed: 201 given; 1 to 200 [[feed]], one for each centre",
        ),
        ("[feed]\nid = 'a'", "wall.toml:1: feed: a table is not allowed; an array of tables: write [[feed]], in two"),
        ("feed = 1", "wall.toml:1: feed: 1 is not allowed; 1 to 200 [[feed]]"),
        ("feed = ['a']", "wall.toml:1: feed[0]: this text is not allowed; a table"),
        (f"rules = 1\n{FEED}", "wall.toml:1: rules: 1 is not allowed; a table, [rules]"),
        (f"{FEED}[rules]\nx.y = 1", "wall.toml:5: rules.x: unknown key; known here: call_waiting, calls_waiting,"),
        (f"{FEED}[rules.calls_waitin]", "wall.toml:4: rules.calls_waitin: unknown key; did you mean calls_waiting?"),
    ],
)
def test_that_an_error_in_the_shape_of_the_file_is_told_in_plain_words(text, expected):
    assert message(text).startswith(expected)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("dispatch.example.go.id/api", "this is not an address"),
        ("file:///etc/passwd", "this is not an address"),
        ("https://", "this is not an address"),
        ("https://[::1", "this is not an address"),
        ("https://host:99999/", "this is not an address"),
        ("https://ho st/", "this is not an address"),
        ("https://host/\\n", "this is not an address"),
        ("https://user:S3CRET@host/", "a user name or password in the address is not allowed"),
        ("https://host/?token=S3CRET", "a query string or fragment in the address is not allowed"),
        ("https://host/#S3CRET", "a query string or fragment in the address is not allowed"),
        ("https://host/?", "a query string or fragment in the address is not allowed"),
    ],
)
def test_that_an_address_that_cannot_be_polled_is_refused_and_not_repeated(url, problem):
    told = message(f'[[feed]]\nid = "a"\nurl = "{url}"\n')
    assert told.startswith(f"wall.toml:3: feed[0].url: {problem}; ")
    assert "S3CRET" not in told


@pytest.mark.parametrize("url", ["http://127.0.0.1:8112", "https://[::1]:8443/api", "HTTPS://dispatch.example.go.id/"])
def test_that_an_address_of_http_or_https_is_accepted(url):
    assert loads(f'[[feed]]\nid = "a"\nurl = "{url}"\n', "wall.toml").feed[0].url == url


def test_that_a_key_for_a_token_is_pointed_to_the_keyring_and_its_value_not_repeated():
    told = message(f'{FEED}access_token = "S3CRET"\n')
    expected = "feed[0].access_token: unknown key; a token never stands in this file: it belongs in the keyring"
    assert told == f"wall.toml:4: {expected}"


def test_that_a_text_in_the_wrong_place_is_never_repeated():
    assert "S3CRET" not in message(f'{FEED}auth = "Bearer S3CRET"\n')


@pytest.mark.parametrize(("auth", "key"), [("basic", "user"), ("query", "query_parameter")])
def test_that_a_way_to_authenticate_asks_for_what_it_needs(auth, key):
    assert message(f'{FEED}auth = "{auth}"\n').startswith(f'wall.toml:1: feed[0].{key}: missing; auth = "{auth}" needs')
    assert getattr(loads(f'{FEED}auth = "{auth}"\n{key} = "a"\n', "wall.toml").feed[0], key) == "a"


OAUTH2 = f'{FEED}auth = "oauth2"\nuser = "wall"\n'


def test_that_oauth2_asks_for_a_user_and_for_where_its_tokens_come_from():
    told = messages(f'{FEED}auth = "oauth2"\n')
    assert [line.partition(": missing; ")[0] for line in told] == [
        "wall.toml:1: feed[0].user",
        "wall.toml:1: feed[0].token_url",
    ]


@pytest.mark.parametrize("token_url", ["/connect/token", "https://login.example.go.id/token"])
def test_that_tokens_come_from_below_the_address_or_from_one_told_in_full(token_url):
    assert loads(f'{OAUTH2}token_url = "{token_url}"\n', "wall.toml").feed[0].token_url == token_url


@pytest.mark.parametrize(
    ("token_url", "problem"),
    [
        ("connect/token", "this is not an address"),
        ("/connect token", "this is not a path"),
        ("ftp://login.example/S3CRET", "this is not an address"),
        ("https://wall:S3CRET@login.example/", "a user name or password in the address is not allowed"),
        (r"https://login.example\\@elsewhere.example/", "this is not an address"),
        ("http://login.example/", "the password would be sent unprotected"),
    ],
)
def test_that_an_address_of_tokens_that_cannot_be_used_is_refused(token_url, problem):
    told = messages(f'{OAUTH2}token_url = "{token_url}"\n')
    assert told[0].startswith(f"wall.toml:6: feed[0].token_url: {problem}")
    assert not any("S3CRET" in line for line in told)


@pytest.mark.parametrize("proxy", ["system", "none", "http://proxy.example.go.id:3128", "https://10.0.0.1:3129/"])
def test_that_a_proxy_is_the_systems_none_or_an_address(proxy):
    assert loads(f'{FEED}proxy = "{proxy}"\n', "wall.toml").feed[0].proxy == proxy


@pytest.mark.parametrize(
    ("proxy", "problem"),
    [
        ("proxy.example.go.id:3128", "this is not an address"),
        ("socks5://proxy.example.go.id", "this is not an address"),
        ("http://wall:S3CRET@proxy.example.go.id", "a user name or password in the address is not allowed"),
        ("http://proxy.example.go.id/path", "a proxy has no path"),
        ("http://[half", "this is not an address"),
    ],
)
def test_that_a_proxy_that_is_no_address_is_refused_and_not_repeated(proxy, problem):
    told = message(f'{FEED}proxy = "{proxy}"\n')
    assert told.startswith(f"wall.toml:4: feed[0].proxy: {problem}; ")
    assert "S3CRET" not in told


@pytest.mark.parametrize("option", ["ca_file", "client_certificate"])
def test_that_a_file_of_certificates_is_told_by_its_whole_path(option, tmp_path):
    path = str(tmp_path / "a.pem")
    assert getattr(loads(f"{FEED}{option} = '{path}'\n", "wall.toml").feed[0], option) == path
    told = message(f"{FEED}{option} = 'a.pem'\n")
    assert told.startswith(f"wall.toml:4: feed[0].{option}: this is not the whole path of a file; ")


def test_that_a_key_without_its_certificate_and_a_certificate_without_https_are_refused(tmp_path):
    path = str(tmp_path / "a.pem")
    assert "client_certificate: missing; client_key needs" in message(f"{FEED}client_key = '{path}'\n")
    plain = FEED.replace("https://", "http://")
    assert "http shows no certificates" in message(f"{plain}client_certificate = '{path}'\n")


PAGE = '[[page]]\nname = "a"\ncolumns = 2\nrows = 3\npanels = [\n{panel="kpis", column=0, row=0, column_span=2},\n'


@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        ('{panel="calls", column=1, row=1, column_span=2}', "the panel ends at column 3; the page has 2 columns"),
        ('{panel="calls", column=1, row=1, row_span=3}', "the panel ends at row 4; the page has 3 rows"),
        ('{panel="calls", column=1, row=0}', "the panel overlaps panels[0]; one panel in a cell"),
    ],
)
def test_that_panels_lie_within_the_grid_and_do_not_overlap(panel, expected):
    assert message(f"{FEED}{PAGE}{panel}]\n") == f"wall.toml:10: page[0].panels[1]: {expected}"


def test_that_a_page_has_at_least_one_panel():
    told = message(f'{FEED}[[page]]\nname="a"\ncolumns=1\nrows=1\npanels=[]\n')
    assert told == "wall.toml:8: page[0].panels: 0 given; 1 to 24 panels"


def test_that_the_names_of_pages_are_unique():
    told = message(f"{FEED}{PAGE}]\n{PAGE}]\n")
    assert told == "wall.toml:12: page[1].name: page[0] has this name already; another name"


def test_that_pages_may_be_written_inline_or_as_arrays_of_tables():
    inline = loads(f"{FEED}{PAGE}]\n", "wall.toml").page
    tables = (
        f'{FEED}[[page]]\nname="a"\ncolumns=2\nrows=3\n[[page.panels]]\npanel="kpis"\ncolumn=0\nrow=0\ncolumn_span=2\n'
    )
    assert loads(tables, "wall.toml").page == inline


@pytest.mark.parametrize("hours", [[1.5] * 24, []])
def test_that_the_usual_is_empty_or_has_every_hour(hours):
    usual = loads(f"{FEED}[usual]\ncalls_per_hour = {hours}\n", "wall.toml").usual
    assert usual.calls_per_hour == tuple(hours)


def test_that_the_usual_with_an_hour_missing_is_refused():
    told = message(f"{FEED}[usual]\ncalls_per_hour = {[1] * 23}\n")
    assert told.startswith("wall.toml:5: usual.calls_per_hour: 23 given; none, or exactly 24")


def test_that_each_wrong_number_of_a_list_is_told():
    hours = [-1, *[1] * 22, 10_001]
    places = [error.split(": ")[1] for error in messages(f"{FEED}[usual]\ncalls_per_hour = {hours}\n")]
    assert places == ["usual.calls_per_hour[0]", "usual.calls_per_hour[23]"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("call_waiting.critical_s = 10", "call_waiting.critical_s: 10 comes before the warning, 15; 15 or more"),
        ("calls_waiting.warning = 6", "calls_waiting.critical: 5 comes before the warning, 6; 6 or more"),
        ("service_level.critical = 0.95", "service_level.critical: 0.95 comes before the warning, 0.9; 0.9 or less"),
        (
            "service_level.dead_band = 0.2",
            "service_level.dead_band: with 0.2 the alarm could never end; at most 0.1",
        ),
        ("agency_load.critical = 0.5", "agency_load.critical: 0.5 comes before the warning, 0.8; 0.8 or more"),
        ("agency_load.dead_band = 0.81", "agency_load.dead_band: with 0.81 the alarm could never end; at most 0.8"),
        ("agency_load = { warning = 0, dead_band = 0 }", "agency_load.warning: with 0 the alarm could never end; more"),
        (
            "incident_unassigned.critical_s = [60, 120, 299, 300]",
            "incident_unassigned.critical_s[2]: 299 comes before the warning, 300; 300 or more",
        ),
        ("incident_unassigned.warning_s = [60]", "incident_unassigned.warning_s: 1 given; 4 numbers"),
        ("incident_unassigned.warning_s = 60", "incident_unassigned.warning_s: 60 is not allowed; 4 numbers from 0 to"),
        ("calls_per_hour.percentile = 1", "calls_per_hour.percentile: 1 is not allowed; a number from 0.5 to 0.9999"),
        ("data_stale.enabled = 'off'", "data_stale.enabled: this text is not allowed; true or false"),
        ("data_stale.critical_s = 'never'", "data_stale.critical_s: this text is not allowed; a number from 0 to"),
    ],
)
def test_that_a_rule_is_refused_when_its_limits_contradict_each_other(rule, expected):
    assert message(f"{FEED}[rules]\n{rule}\n").startswith(f"wall.toml:5: rules.{expected}")


def test_that_a_level_of_a_rule_can_be_switched_off_and_the_others_keep_their_defaults():
    rules = loads(
        f"{FEED}[rules]\ncall_waiting.critical_s = 'off'\nincident_unassigned.warning_s = 'off'\n"
        "service_level.warning = 'off'\ncall_talking.enabled = false\n",
        "wall.toml",
    ).rules
    assert (rules.call_waiting.warning_s, rules.call_waiting.critical_s) == (15, None)
    assert rules.incident_unassigned.warning_s is None
    assert rules.incident_unassigned.critical_s == (120, 240, 600, 600)
    assert (rules.service_level.warning, rules.service_level.critical) == (None, 0.8)
    assert not rules.call_talking.enabled


def test_that_off_is_only_a_word_for_limits():
    assert message(f"{FEED}[wall]\ndiagonal_in = 'off'\n").endswith("a number from 5 to 1000 (inches)")


def test_that_the_night_may_be_written_as_text_or_as_a_time():
    for words in ("from = '21:30'", "from = 21:30:00"):
        night = loads(f"{FEED}[wall.night]\n{words}\n", "wall.toml").wall.night
        assert night is not None
        assert (night.begins, night.ends, night.brightness) == (time(21, 30), time(5, 0), 0.6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = \n", "wall.toml:1:5: not TOML: Invalid value"),
        ("[wall]\nrotate_s = 20\nrotate_s = 30\n", "wall.toml:3:14: not TOML: Cannot overwrite a value"),
        ("[wall", "wall.toml:1: not TOML: Expected ']' at the end of a table declaration"),
        ("a = " + "[" * 100_000, "wall.toml: not TOML"),
        ("a = " + "9" * 5_000, "wall.toml: not TOML"),
    ],
)
def test_that_an_error_in_the_toml_is_told_with_its_position(text, expected):
    assert message(text).startswith(expected)


def test_that_a_byte_order_mark_is_accepted(tmp_path):
    path = tmp_path / "wall.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert load(path) == loads(SMALLEST, "wall.toml")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"# a\n# \xe9\n", ":2: not UTF-8; save the file with the encoding UTF-8"),
        (SMALLEST.encode("utf-16"), ":1: not UTF-8; save the file with the encoding UTF-8"),
        (b"#" * (LARGEST_BYTES + 1), ": too large for a configuration; at most 300,000 bytes"),
    ],
)
def test_that_a_file_that_is_no_text_of_ours_is_refused(tmp_path, content, expected):
    path = tmp_path / "wall.toml"
    path.write_bytes(content)
    with pytest.raises(FileErrors) as caught:
        load(path)
    assert str(caught.value) == f"{path}{expected}"


def test_that_a_file_that_cannot_be_read_is_told(tmp_path):
    for path in (tmp_path / "absent.toml", tmp_path, Path("a\0b")):
        with pytest.raises(FileErrors, match=r"cannot be read: \w"):
            load(path)


SIAK = """\
[[feed]]
id = "siak"
url = "https://dispatch.siak.example.go.id/api/v1"
"""


def test_that_a_centre_may_differ_from_the_others_in_single_limits_wherever_these_stand():
    rules = "[rules.call_waiting]\nwarning_s = 10\n[rules.service_level]\ncritical = 'off'\n"
    own = "[feed.rules]\ncall_waiting.critical_s = 12\nservice_level.critical = 0.7\nincident_open.warning_s = 'off'\n"
    before, after = (loads(text, "wall.toml") for text in (f"{rules}{FEED}{SIAK}{own}", f"{FEED}{SIAK}{own}{rules}"))
    assert before == after
    bengkalis, siak = (feed.rules or before.rules for feed in before.feed)
    assert bengkalis == before.rules
    for feed, limits in zip(before.feed, (bengkalis, siak), strict=True):
        assert before.settings(feed).rules == limits.rules(feed.poll_interval_s)
    assert (siak.call_waiting.warning_s, siak.call_waiting.critical_s) == (10, 12)
    assert siak.service_level.critical == 0.7
    assert siak.incident_open.warning_s is None
    assert siak.response_time == bengkalis.response_time


def test_that_a_limit_that_is_off_for_all_may_be_off_for_one_too():
    rules = "[rules.call_waiting]\ncritical_s = 'off'\n"
    own = "[feed.rules.call_waiting]\ncritical_s = 'off'\n"
    configuration = loads(f"{FEED}{own}{rules}", "wall.toml")
    own_rules = configuration.settings(configuration.feed[0]).rules
    assert next(rule for rule in own_rules if rule.name == "call_waiting").levels == ((15, None),)


def test_that_a_rule_can_be_told_when_it_holds_and_what_it_is_about():
    text = f"""{FEED}
[rules.response_time]
off_delay_s = 30
latched = true
agencies = ["damkar"]
categories = ["fire", "disaster"]
priorities = [1, 2]
message.id = "Damkar terlambat"

[[rules.response_time.in_force]]
days = [1, 2, 3, 4, 5]
from = "22:00"
to = "06:00"
"""
    rules = loads(text, "wall.toml").rules.rules(2)
    rule = next(rule for rule in rules if rule.name == "response_time")
    assert rule.levels == ((720, 900),), "the limits are the defaults"
    assert (rule.off_delay_s, rule.latched) == (30, True)
    assert rule.agencies == frozenset({"damkar"})
    assert rule.categories == frozenset({"fire", "disaster"})
    assert rule.priorities == frozenset({1, 2})
    assert rule.messages == {"id": "Damkar terlambat"}
    assert rule.in_force == (Period(frozenset(range(1, 6)), time(22, 0), time(6, 0)),)


def test_that_every_error_of_a_rule_is_told_with_its_place():
    text = f"""{FEED}
[rules.response_time]
latched = "yes"
categories = ["feuer"]
priorities = [5]

[[rules.response_time.in_force]]
days = [0]
form = "22:00"
"""
    with pytest.raises(FileErrors) as refused:
        loads(text, "wall.toml")
    places = [error.place for error in refused.value.errors]
    assert places == [
        "rules.response_time.latched",
        "rules.response_time.categories[0]",
        "rules.response_time.priorities[0]",
        "rules.response_time.in_force[0].days[0]",
        "rules.response_time.in_force[0].form",
    ]


def test_that_a_centre_counts_as_all_do_but_for_what_it_says_itself():
    text = f"{FEED}{SIAK}[feed.metrics]\nresponse_limit_s = 600\n[feed.usual]\ncalls_per_hour = {[7] * 24}\n"
    configuration = loads(f"{text}[metrics]\nshort_abandon_s = 3\n", "wall.toml")
    bengkalis, siak = map(configuration.settings, configuration.feed)
    assert (bengkalis.response_limit_s, siak.response_limit_s) == (900, 600)
    assert (bengkalis.short_abandon_s, siak.short_abandon_s) == (3, 3)
    assert (bengkalis.usual_calls_per_hour, siak.usual_calls_per_hour) == ((), (7,) * 24)


def test_that_limits_that_contradict_those_of_all_centres_are_refused_where_they_stand():
    told = message(f"{FEED}{SIAK}[feed.rules.call_waiting]\nwarning_s = 30\n")
    assert told == "wall.toml:7: feed[1].rules.call_waiting.critical_s: 20 comes before the warning, 30; 30 or more"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("siak", "siak", "feed[0] has this id already; another id"),
        ("siak", "Siak", "the token's variable would be WALLBOARD_TOKEN_SIAK, as that of feed[0]; an id that differs"),
        ("a-b", "a_b", "the token's variable would be WALLBOARD_TOKEN_A_B, as that of feed[0]; an id that differs"),
    ],
)
def test_that_two_centres_never_share_a_token(first, second, expected):
    told = message(SIAK.replace('"siak"', f'"{first}"') + SIAK.replace('"siak"', f'"{second}"'))
    assert told.startswith(f"wall.toml:5: feed[1].id: {expected}")


def test_that_centres_and_pages_with_a_fault_hide_nothing_of_what_they_demand_of_each_other():
    wrong = SIAK.replace('"siak"', '"bengkalis"') + "poll_interval_s = 0\n"
    told = messages(f'{FEED}{wrong}{PAGE}]\nfeed = "dumai"\ncolour = 1\n{PAGE}]\n')
    assert [error.split(": ")[1] for error in told] == [
        "feed[1].id",
        "feed[1].poll_interval_s",
        "page[0].feed",
        "page[0].colour",
        "page[1].name",
    ]


def test_that_a_page_is_not_told_apart_from_a_centre_whose_id_is_wrong():
    told = messages(FEED + SIAK.replace('"siak"', "1") + f'{PAGE}]\nfeed = "siak"\n')
    assert [error.split(": ")[1] for error in told] == ["feed[1].id"]


def test_that_a_page_may_name_its_centre_and_no_other_than_those_that_are_there():
    assert loads(f'{FEED}{SIAK}{PAGE}]\nfeed = "siak"\n', "wall.toml").page[0].feed == "siak"
    told = message(f'{FEED}{SIAK}{PAGE}]\nfeed = "dumai"\n')
    assert told == "wall.toml:14: page[0].feed: there is no [[feed]] of this id; bengkalis or siak"


def test_that_a_centre_among_others_is_called_by_its_name_or_its_id_until_it_tells_its_own():
    alone = loads(FEED, "wall.toml")
    assert alone.settings(alone.feed[0]).name == ""
    both = loads(f'{FEED}{SIAK}centre_name = "112 Siak"\n', "wall.toml")
    assert [both.settings(feed).name for feed in both.feed] == ["bengkalis", "112 Siak"]
