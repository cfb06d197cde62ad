import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallboard.configuration.load import load as load_configuration
from wallboard.declared.declarations import options
from wallboard.declared.decoding import decode
from wallboard.declared.reading import FileErrors
from wallboard.feed.mapping.checks import CHECKS
from wallboard.feed.mapping.declaration import Mapping
from wallboard.feed.mapping.load import load, loads, presets

RIGHT = """\
name = "test"
[centre]
id = "c"
name = "C"
time_zone = "Asia/Jakarta"
[[endpoint]]
name = "list"
path = "/list"
[[incidents]]
endpoint = "list"
closed = "time"
id = "id"
title = "t"
reported_at = "at"
closed_at = "closed"
priority = { constant = 3 }
"""


def errors(text: str) -> list[str]:
    with pytest.raises(FileErrors) as raised:
        loads(text, "m.toml")
    return str(raised.value).splitlines()


def test_that_the_smallest_mapping_is_right():
    assert loads(RIGHT, "m.toml").incidents[0].id.expression == "id"


def test_that_every_error_of_a_mapping_is_told_at_once_with_file_line_key_and_expression():
    text = (
        RIGHT.replace('id = "id"', 'id = "call-id"')
        .replace('title = "t"', 'title = { template = "{a..b}" }')
        .replace('reported_at = "at"', 'reported_at = { expression = "at", time = "locl" }')
        .replace('path = "/list"', 'path = "/list"\nrows = "Data["')
        .replace('name = "test"', 'name = "test"\nshortest_interval = 3')
    )
    assert errors(text) == [
        "m.toml:2: shortest_interval: unknown key; did you mean shortest_interval_s?",
        'm.toml:10: endpoint[0].rows: "Data[", column 6: it ends too early; an expression of JMESPath '
        "(https://jmespath.org)",
        "m.toml:14: incidents[0].id.expression: \"call-id\", column 5: unknown token '-': a name with this sign stands "
        "in double quotes, '\"call-id\"'; an expression of JMESPath (https://jmespath.org)",
        'm.toml:15: incidents[0].title.template: "{a..b}", column 4: "." does not fit here; an expression of JMESPath '
        "(https://jmespath.org)",
        'm.toml:16: incidents[0].reported_at.time: "locl" is not allowed; "rfc3339", "local", "utc", "epoch_s" or '
        '"epoch_ms"',
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ('endpoint = "list"', 'endpoint = "lst"'),
            'm.toml:10: incidents[0].endpoint: there is no "lst"; did you mean list?',
        ),
        (
            ('time_zone = "Asia/Jakarta"', 'time_zone = "Asia/Jakrta"'),
            'centre.time_zone: there is no time zone "Asia/Jakrta"',
        ),
        (("{ constant = 3 }", "{ constant = 7 }"), "incidents[0].priority: 7 is not allowed; a priority, 1, 2, 3 or 4"),
        (
            ('[[incidents]]\nendpoint = "list"', "[[incidents]]"),
            "m.toml:9: incidents[0].endpoint: missing; where the rows come from",
        ),
        (("{ constant = 3 }", '"p"'), 'values.priority."*": missing; a priority for every other value'),
        (('closed_at = "closed"', ""), 'm.toml:9: incidents[0].closed_at: missing; closed = "time" needs it'),
        (('closed = "time"', 'closed = "never"'), 'incidents[0].closed_at: closed = "never" does not look for it'),
        (('closed = "time"', 'closed = "status"'), 'incidents[0].status: missing; closed = "status" needs it'),
        (
            ('title = "t"', 'title = { constant = "a", template = "{b}" }'),
            "title.template: constant tells the value already",
        ),
        (('title = "t"', "title = {}"), "title: nothing tells the value"),
        (('id = "c"', 'id = { expression = "x" }'), "centre.id: there is nothing to look into"),
        (('path = "/list"', 'path = "/list?x=1"'), "endpoint[0].path: this is not a path"),
        (('path = "/list"', 'path = "/list/{id}"'), "endpoint[0].path: nothing gives {id}"),
        (('path = "/list"', 'path = "/list"\ninterval_s = 9'), "no endpoint is asked in every poll"),
        (
            ('path = "/list"', 'path = "/list"\nparameters = { token = "x" }'),
            "endpoint[0].parameters.token: this looks like a token",
        ),
        (('path = "/list"', 'path = "/list"\npaging = { by = "token", size = 5 }'), "endpoint[0].paging.next: missing"),
        (
            ('name = "test"', 'name = "test"\nheaders = { Authorization = "Bearer x" }'),
            "headers.Authorization: this looks like a token",
        ),
        (
            ('closed_at = "closed"', 'closed_at = { expression = "c", zone = "Mars/Base" }'),
            'closed_at.zone: there is no time zone "Mars/Base"',
        ),
        (
            ('closed_at = "closed"', 'closed_at = { expression = "c", pattern = "%H" }'),
            "does not tell a day and a time",
        ),
        (('closed_at = "closed"', 'closed_at = "closed"\nhistory = "list"'), '"list" tells no time range'),
        (
            ('closed_at = "closed"', 'closed_at = "closed"\nstatus = { expression = "s", values = "mine" }'),
            "there is no [values.mine]",
        ),
        (
            ("[[endpoint]]", '[[endpoint]]\nname = "other"\npath = "/x"\n[[endpoint]]'),
            'endpoint[0].name: no table asks for "other"',
        ),
    ],
)
def test_that_what_does_not_fit_together_is_told(change: tuple[str, str], said: str):
    assert any(said in error for error in errors(RIGHT.replace(*change))), errors(RIGHT.replace(*change))


def test_that_a_translation_names_the_value_that_the_contract_does_not_have():
    text = RIGHT + '[values.category]\nFIRE = "fires"\n[values.incidents_status]\nA = "new"\n'
    assert errors(text) == [
        'm.toml:18: values.category.FIRE: "fires" is not allowed; "fire", "accident", "unrest", "disaster", "medical", '
        '"security" or "other"',
        "m.toml:19: values.incidents_status: no field uses it; did you mean incident_status?",
    ]


def keys(table: type) -> list[str]:
    found = []
    for option in options(table):
        found.append(option.name)
        if inner := option.table or option.tables:
            found += keys(inner)
    return found


KEYS = st.sampled_from(sorted(set(keys(Mapping))))
LEAVES = (
    st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["a", "a.b", "/a", "{a}", "*"])
)


@given(
    st.dictionaries(
        KEYS,
        st.recursive(
            LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
        ),
        max_size=6,
    )
)
def test_that_no_tables_do_more_than_be_refused(tables: dict[str, object]):
    found, faults = decode(tables, Mapping, CHECKS)
    assert (found is None) == bool(faults)


def test_that_every_preset_is_right():
    assert presets() == (
        "arcgis-nashville",
        "divera-v2",
        "nena-eido",
        "resgrid-v4",
        "socrata-gnap-fj3t",
        "socrata-kzjm-xkqj",
        "socrata-nuek-vuh3",
    )
    assert all(load(name).documentation for name in presets())


# In the configuration.


def configured(folder: Path, feed: str) -> list[str]:
    path = folder / "wallboard.toml"
    path.write_text(f'[[feed]]\nid = "x"\nurl = "https://host/api"\n{feed}\n', encoding="utf-8")
    try:
        load_configuration(path)
    except FileErrors as refused:
        return [str(error).removeprefix(f"{folder}{os.sep}") for error in refused.errors]
    return []


def test_that_a_configuration_names_a_preset_or_a_file_beside_it(tmp_path: Path):
    (tmp_path / "mine.toml").write_text(RIGHT, encoding="utf-8")
    assert configured(tmp_path, 'mapping = "mine.toml"') == []
    assert configured(tmp_path, 'mapping = "socrata-gnap-fj3t"\npoll_interval_s = 300') == []
    feed = load_configuration(tmp_path / "wallboard.toml").feed[0]
    assert feed.mapping is not None
    assert Path(feed.mapping).is_absolute()


def test_that_an_error_of_the_mapping_is_an_error_of_the_configuration(tmp_path: Path):
    (tmp_path / "mine.toml").write_text(RIGHT.replace('"id"', '"a..b"'), encoding="utf-8")
    (error,) = configured(tmp_path, 'mapping = "mine.toml"')
    assert error.startswith('mine.toml:12: incidents[0].id.expression: "a..b", column 3')


def test_that_a_feed_that_does_not_fit_its_mapping_is_told(tmp_path: Path):
    assert configured(tmp_path, 'mapping = "resgrid-v3"') == [
        "wallboard.toml:4: feed[0].mapping: there is no preset of this name; did you mean resgrid-v4?"
    ]
    assert configured(tmp_path, 'mapping = "resgrid-v4"') == [
        "wallboard.toml:1: feed[0].poll_interval_s: 2 is too often for this API; 5 or more, by its mapping",
        "wallboard.toml:1: feed[0].centre_time_zone: missing; this mapping cannot tell the centre's time zone",
    ]
    (error,) = configured(tmp_path, 'mapping = "missing.toml"')
    assert "missing.toml: cannot be read" in error
    assert configured(tmp_path, 'centre_time_zone = "Mars/Base"')[0].endswith(
        'feed[0].centre_time_zone: there is no such time zone; a name such as "Asia/Jakarta"'
    )
