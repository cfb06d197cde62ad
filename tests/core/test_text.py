"""Text from outside becomes one plain line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallboard.core.text import LONGEST_TEXT, made_plain

# Any character at all, lone surrogates too; hypothesis alone would seldom choose those that matter.
texts = st.lists(
    st.sampled_from(" \t\n\r\x00\x1b\x7f\x85\xa0\u2028\u2029\u202e\u2066\u200b\ufeff\ud800\ue000é字🚒")
    | st.characters(exclude_categories=()),
    max_size=40,
).map("".join)


@given(texts)
def test_that_the_result_is_one_printable_line_without_idle_space(text):
    plain = made_plain(text)
    assert plain.isprintable()
    assert plain == " ".join(plain.split())


@given(texts)
def test_that_plain_text_stays_as_it_is(text):
    assert made_plain(made_plain(text)) == made_plain(text)


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=LONGEST_TEXT))
def test_that_letters_digits_and_signs_pass_unchanged(text):
    assert made_plain(text) == text


@given(st.integers(LONGEST_TEXT + 1, 3 * LONGEST_TEXT))
def test_that_a_longer_text_ends_in_an_ellipsis(length):
    plain = made_plain("x" * length)
    assert len(plain) == LONGEST_TEXT
    assert plain == "x" * (LONGEST_TEXT - 1) + "…"
    assert made_plain("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Kebakaran rumah,\r\n Jl. Sudirman\t12", "Kebakaran rumah, Jl. Sudirman 12"),
        ("  dua  spasi  ", "dua spasi"),
        ("abc\u202ecba", "abccba"),
        ("a\u200bb\ufeffc", "abc"),
        ("\x1b[31mmerah", "\ufffd[31mmerah"),
        ("baris\u2028satu", "baris satu"),
        ("<b>tebal</b> & lainnya", "<b>tebal</b> & lainnya"),
        ("\ud800", "\ufffd"),
        ("\n\t", ""),
        ("", ""),
    ],
)
def test_what_becomes_of_a_text(text, plain):
    assert made_plain(text) == plain
