import contextlib
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallboard.feed.mapping.expressions import EvaluationError, ExpressionError, compiled, is_true
from wallboard.feed.mapping.templates import TemplateError, compiled_template

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)

FAST = (
    "a",
    "a.b",
    "a.b.c",
    "a[0]",
    "a[-1].b",
    "a || b",
    "a.b || b[1] || `3`",
    "'text'",
    "@",
    "a | b",
    "`[]`",
    "a[0][1]",
)


@given(JSON, st.sampled_from(FAST))
def test_that_what_is_compiled_to_functions_gives_what_the_interpreter_gives(value: Any, text: str):
    assert compiled(text)(value) == jmespath.search(text, value)


@given(
    JSON,
    st.sampled_from(("length(a)", "sort(a)", "join(', ', a)", "sum(a[])", "a[?b > `1`]", "keys(@)", "split(a, ',')")),
)
def test_that_an_expression_gives_a_value_or_says_that_it_does_not_fit(value: Any, text: str):
    with contextlib.suppress(EvaluationError):
        compiled(text)(value)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("a..b", 3, '"." does not fit here'),
        ("a[", 3, "it ends too early"),
        ("call-id", 5, "in double quotes, '\"call-id\"'"),
        ("'open", 1, "unclosed"),
        ("a == 'x' && lengt(b)", 13, "did you mean length()?"),
        ("lower(a, b)", 1, "lower() takes 1 arguments, not 2"),
        ("a b", 3, '"b" does not fit here'),
    ],
)
def test_that_a_wrong_expression_says_where_and_why(text: str, column: int, reason: str):
    with pytest.raises(ExpressionError) as raised:
        compiled(text)
    assert raised.value.column == column
    assert reason in raised.value.reason


def test_that_an_expression_knows_the_fields_that_it_reads():
    assert compiled("a.b || c[?d == 'x']").names == {"a", "b", "c", "d"}
    assert compiled("a.b").path == ("a", "b")
    assert compiled("a || b").path is None


def test_that_a_type_that_does_not_fit_is_named_without_its_value():
    with pytest.raises(EvaluationError, match=r"^split\(\) needs string or null, not number$"):
        compiled("split(a, ',')")({"a": 555_0100})


def test_that_lists_in_one_text_can_be_split():
    assert compiled("split(units, ',')")({"units": "E1, T2 ,,M3"}) == ["E1", "T2", "M3"]
    assert compiled("split(units, ',')")({}) is None


def test_that_zero_is_true_as_in_the_language():
    assert is_true(0)
    assert not any(map(is_true, (None, False, "", [], {})))


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"street": "Quay", "house": 5, "city": "Siak"}, "Quay 5, Siak"),
        ({"street": "Quay", "city": "Siak"}, "Quay, Siak"),
        ({"city": "Siak"}, "Siak"),
        ({"house": ""}, None),
    ],
)
def test_that_a_template_leaves_out_what_is_null_with_the_signs_before_it(row: dict[str, Any], text: str | None):
    assert compiled_template("{street} {house}, {city}")(row) == text


@pytest.mark.parametrize(
    ("template", "column", "reason"),
    [("{a} {b..c}", 8, '"." does not fit'), ("{a} {b", 5, "not closed"), ("plain", 1, "no expression")],
)
def test_that_a_wrong_template_says_where_and_why(template: str, column: int, reason: str):
    with pytest.raises(TemplateError) as raised:
        compiled_template(template)
    assert raised.value.column == column
    assert reason in raised.value.reason
