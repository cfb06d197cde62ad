"""What a report may show of an answer: never what a caller gave, said or is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wallboard.core.text import made_plain

LONGEST_VALUE = 40
"""Characters of a value that a report shows: a time with an offset and more, and not a sentence."""

WITHHELD = "(withheld)"

_PRIVATE_NAME = re.compile(
    "caller|contact|phone|mobile|msisdn|e_?mail|note|remark|comment|narrat|patient|person|victim|birth"
    "|pelapor|penelepon|telepon|catatan|pasien|korban|anrufer|melder|bemerkung"
    "|(?:^|_)(?:ani|ali|tel|telp|hp|nik|ssn)(?:$|_)",
    re.IGNORECASE,
)
"""Names under which APIs keep what is a caller's or a patient's, in English, Indonesian and German."""

_PHONE_NUMBER = re.compile(r"(?:tel|sips?):.*|\(?(?:\+|0)[\d ()./-]{8,}", re.ASCII)
"""As written with a country's or an area's code. Other rows of digits are numbers of incidents, or times."""
_ZERO_TIME = re.compile(r"0{4}-|0\.", re.ASCII)


class Privacy:
    def __init__(self, names: Iterable[str] = ()) -> None:
        """`names`: fields that are private besides those with an obvious name."""
        self._names = frozenset(name.casefold() for name in names)

    def covers(self, names: Iterable[str]) -> bool:
        return any(name.casefold() in self._names or _PRIVATE_NAME.search(name) for name in names)

    def shown(self, value: Any, names: Iterable[str]) -> str:
        """The value of an expression that reads fields of these names: bounded and plain, or withheld."""
        if isinstance(value, dict | list):
            return f"a {'table' if isinstance(value, dict) else 'list'} of {len(value)}"
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        text = made_plain(value) if isinstance(value, str) else made_plain(repr(value))
        if self.covers(names) or (_PHONE_NUMBER.fullmatch(text) and not _ZERO_TIME.match(text)):
            return WITHHELD
        text = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
        return f'"{text}"' if isinstance(value, str) else text


LONGEST_SAID = 160
"""Characters of an error that a system tells: two lines of a terminal."""

_SECRET_LIKE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+|(?=[^\s]*\d)[A-Za-z0-9_\-+/=.]{16,}")
"""Addresses, which have queries, and what is as long and as mixed as a token: some systems repeat what they refuse."""


def told_by_system(error: Any) -> str:
    """The words of an error inside an answer: one line, bounded, without what may be a token or an address."""
    told = error.values() if isinstance(error, dict) else error if isinstance(error, list) else [error]
    parts = [
        value if isinstance(value, str) else repr(value)
        for value in told
        if isinstance(value, str | float) or (type(value) is int and abs(value) < 10**15)
    ]
    words = _SECRET_LIKE.sub("…", made_plain(", ".join(parts)))
    return words if len(words) <= LONGEST_SAID else words[: LONGEST_SAID - 1] + "…"
