from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from wallboard.configuration.checks import CHECKS
from wallboard.configuration.load import FileErrors, loads
from wallboard.configuration.locations import SMALLEST
from wallboard.configuration.options import Configuration
from wallboard.declared.declarations import options
from wallboard.declared.decoding import decode
from wallboard.declared.reading import FileError

LEAVES = (
    st.booleans()
    | st.integers()
    | st.integers(min_value=10**300)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["off", "bearer", "kpis", "full", "22:00", "https://host/"])
    | st.datetimes()
    | st.dates()
    | st.times()
)


def keys(table: type[Struct]) -> Iterator[str]:
    """Every key that the declarations know, so that arbitrary tables reach below the first unknown one."""
    for option in options(table):
        yield option.name
        if inner := option.table or option.tables:
            yield from keys(inner)


KEYS = st.sampled_from(sorted(set(keys(Configuration)))) | st.text(max_size=8)
TABLES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=30
    ),
    max_size=8,
)


@given(TABLES)
def test_that_any_tables_give_either_a_configuration_or_faults(tables):
    configuration, faults = decode(tables, Configuration, CHECKS)
    assert (configuration is None) == bool(faults)
    for fault in faults:
        assert fault.problem
        assert len(f"{fault.problem}{fault.allowed}") < 2_000


def errors_of(text: str) -> tuple[FileError, ...]:
    """Empty where the text loads."""
    try:
        loads(text, "wall.toml")
    except FileErrors as refused:
        return refused.errors
    return ()


@given(st.text(max_size=200) | st.text(alphabet="[]{}=.,\"'#\n a1-:\\", max_size=60))
def test_that_any_text_is_loaded_or_refused_with_errors_on_its_lines(text):
    for whole in (text, SMALLEST + text):
        errors = errors_of(whole)
        assert all(error.line is None or 1 <= error.line <= whole.count("\n") + 1 for error in errors)


@pytest.mark.parametrize("depth", range(50, 1_200, 50))
def test_that_a_list_of_any_depth_is_refused_where_a_text_belongs(depth):
    (error,) = errors_of(f"{SMALLEST}[wall]\nscreen = {'[' * depth}{']' * depth}\n")
    assert error.problem in ("a list is not allowed", "not TOML")


def test_that_integers_are_taken_for_numbers_and_become_floats():
    configuration, _ = decode(
        {"feed": [{"id": "a", "url": "https://host/"}], "wall": {"rotate_s": 30}}, Configuration, CHECKS
    )
    assert configuration is not None
    assert isinstance(configuration.wall.rotate_s, float)
