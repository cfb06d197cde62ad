import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wallboard.declared.faults import Path
from wallboard.declared.lines import lines_of

TEXT = '''\
title = "a # [b]"          # line 1
"quoted.key" = 1
a.b . "c d" = 2
long = """
[not.a.table]
x = 1 ""\\""" ]
"""
raw = \'\'\'
y = 'a'
\'\'\'
list = [  # a comment with ] and "
  1,
  [2, {x = "}", y = [
    3]}],
  "#",
]

[table . inner]            # line 18
when = 1979-05-27 07:32:00

[[rows]]
n = 1
[rows.sub]
m = 1
[[rows.more]]
[[rows.more]]
k = {p.q = 1}
[[rows]]
[rows.sub]
[table]
z = """a"""""
last = 1'''

LINES = {
    ("title",): 1,
    ("quoted.key",): 2,
    ("a",): 3,
    ("a", "b"): 3,
    ("a", "b", "c d"): 3,
    ("long",): 4,
    ("raw",): 8,
    ("list",): 11,
    ("list", 0): 12,
    ("list", 1): 13,
    ("list", 1, 0): 13,
    ("list", 1, 1): 13,
    ("list", 1, 1, "x"): 13,
    ("list", 1, 1, "y"): 13,
    ("list", 1, 1, "y", 0): 14,
    ("list", 2): 15,
    ("table",): 30,
    ("table", "inner"): 18,
    ("table", "inner", "when"): 19,
    ("rows",): 21,
    ("rows", 0): 21,
    ("rows", 0, "n"): 22,
    ("rows", 0, "sub"): 23,
    ("rows", 0, "sub", "m"): 24,
    ("rows", 0, "more"): 25,
    ("rows", 0, "more", 0): 25,
    ("rows", 0, "more", 1): 26,
    ("rows", 0, "more", 1, "k"): 27,
    ("rows", 0, "more", 1, "k", "p"): 27,
    ("rows", 0, "more", 1, "k", "p", "q"): 27,
    ("rows", 1): 28,
    ("rows", 1, "sub"): 29,
    ("table", "z"): 31,
    ("table", "last"): 32,
}


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


def test_that_every_key_table_and_element_is_found_on_its_line():
    assert set(paths(tomllib.loads(TEXT))) == set(LINES)
    assert lines_of(TEXT) == LINES


def test_that_windows_line_ends_change_nothing():
    assert lines_of(TEXT.replace("\n", "\r\n")) == LINES


KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"\\u00e9\\"#"', "a.x", "b . 'y z'"])
VALUES = st.recursive(
    st.sampled_from(
        [
            "1",
            "-inf",
            "true",
            '"#]"',
            "'}'",
            '"""\n[x]\n"""',
            "'''\n= 1\n'''",
            '"\\""',
            "07:32:00",
            "2026-01-01 00:00:00Z",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[ # ]\n" + ",\n".join(items) + "\n]")
        | st.dictionaries(KEYS, inner, max_size=2).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    st.builds("[{}]".format, KEYS),
    st.builds("[[{}]] # ".format, KEYS),
    st.sampled_from(["", "# [a]", "   "]),
)


@given(st.lists(STATEMENTS, max_size=12))
def test_that_the_paths_are_those_that_tomllib_finds(statements):
    kept: list[str] = []
    for statement in statements:
        try:
            tomllib.loads("\n".join([*kept, statement]))
        except tomllib.TOMLDecodeError:
            continue
        kept.append(statement)
    text = "\n".join(kept)
    assert set(lines_of(text)) == set(paths(tomllib.loads(text)))


@given(st.lists(VALUES, min_size=1, max_size=6), st.data())
def test_that_a_key_stands_on_the_line_that_was_written(values, data):
    text, expected = "", {}
    for index, value in enumerate(values):
        text += data.draw(st.sampled_from(["", "\n", "# k0 = 1\n", f"[t{index}]\n", f"[[u.v]]\n[u.v.w{index}]\n"]))
        expected[f"k{index}"] = 1 + text.count("\n")
        text += f"k{index} = {value}\n"
    found = {path[-1]: line for path, line in lines_of(text).items() if path[-1] in expected}
    assert found == expected
