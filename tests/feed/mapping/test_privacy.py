from typing import Any

import pytest

from wallboard.feed.mapping.privacy import LONGEST_SAID, WITHHELD, Privacy, told_by_system


@pytest.mark.parametrize(
    "names",
    [
        {"caller"},
        {"CallerName"},
        {"ContactInfo"},
        {"reporter_phone"},
        {"a", "remark"},
        {"Notes"},
        {"patient"},
        {"e_mail"},
        {"ani"},
        {"no_hp"},
        {"nama_pelapor"},
    ],
)
def test_that_a_field_with_a_private_name_is_withheld(names: set[str]):
    assert Privacy().shown("anything", names) == WITHHELD


def test_that_a_mapping_may_name_more_private_fields():
    assert Privacy(("Warga",)).shown("Ibu Contoh", {"warga"}) == WITHHELD
    assert Privacy().shown("Jl. Antara 5", {"wargaan"}) == '"Jl. Antara 5"'


@pytest.mark.parametrize(
    "value", ["+62 812 0000 0000", "0812-0000-0000", "(0766) 000 000", "tel:+62800000000", "sip:8000@host"]
)
def test_that_what_looks_like_a_telephone_number_is_withheld(value: str):
    assert Privacy().shown(value, {"x"}) == WITHHELD


@pytest.mark.parametrize(
    "value", ["2026-0815", "263280001", "102.1100", "0000-00-00 00:00:00", "0.0000000000", "1795504800000"]
)
def test_that_numbers_and_times_are_shown(value: str):
    assert Privacy().shown(value, {"x"}) == f'"{value}"'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"), (True, "true"), (3, "3"), ({"a": 1}, "a table of 1"), ([1, 2], "a list of 2"),
        ("a\n\u202eb", '"a b"'), ("x" * 60, '"' + "x" * 39 + '…"'),
    ],
)  # fmt: skip
def test_that_a_value_is_shown_plain_and_bounded(value: Any, shown: str):
    assert Privacy().shown(value, {"x"}) == shown


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (True, ""),
        ("Invalid token abcdef0123456789abcdef", "Invalid token …"),
        ({"code": 498, "message": "Invalid token.", "details": ["x"]}, "498, Invalid token."),
        (["a", 1, None, {}], "a, 1"),
        ("see https://host/?token=1", "see …"),
        ({"huge": 10**400}, ""),
    ],
)
def test_that_the_words_of_a_system_are_shown_without_secrets(error: Any, said: str):
    assert told_by_system(error) == said


def test_that_the_words_of_a_system_are_bounded():
    assert len(told_by_system("word " * 1000)) == LONGEST_SAID
