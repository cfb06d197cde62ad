"""Single values: what systems write for a text, a number or a status, as the contract has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from fnmatch import translate
from typing import Any, NoReturn

from wallboard.core.entities import PRIORITIES, CallTakerStatus, Category, Disposition, IncidentStatus, UnitStatus
from wallboard.core.text import made_plain
from wallboard.feed.mapping.times import BadValue

LONGEST_IDENTIFIER = 200
LARGEST_NUMBER = 10**15
"""No count or coordinate comes near, and a float holds it exactly."""

ANY = "*"
"""On the left of a translation: any signs."""
NOTHING = ""
"""On the left of a translation: null."""

TABLES: Mapping[tuple[str, str], str] = {
    ("units", "status"): "unit_status",
    ("call_takers", "status"): "call_taker_status",
    ("calls", "disposition"): "disposition",
    ("incidents", "category"): "category",
    ("incidents", "priority"): "priority",
    ("incidents", "status"): "incident_status",
}
"""The table `[values.NAME]` that translates a list's field."""

CONTRACT: Mapping[str, type[StrEnum] | None] = {
    "unit_status": UnitStatus,
    "call_taker_status": CallTakerStatus,
    "disposition": Disposition,
    "category": Category,
    "priority": None,
    "incident_status": IncidentStatus,
}
"""Which of the contract's values stand on the right; a priority is a number."""

_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)


def text(value: Any) -> str:
    """Empty for null and for white space. Numbers are texts to those who ask for one. Raises BadValue."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else _refuse("a number this large is no text")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return _refuse(f"it is {_noun(value)}, not a text")


def plain_text(value: Any) -> str:
    return made_plain(text(value))


def identifier(value: Any) -> str:
    found = text(value)
    return found if len(found) <= LONGEST_IDENTIFIER else _refuse(f"it is longer than {LONGEST_IDENTIFIER} characters")


def identifiers(value: Any) -> tuple[str, ...]:
    """One or a list; each once, in their order."""
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(filter(None, map(identifier, values))))


def number(value: Any) -> float | None:
    if isinstance(value, str):
        written = value.strip()
        if not written:
            return None
        value = float(written) if _NUMBER.fullmatch(written) else value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        return _refuse("it is not a number that can be used")
    return float(value)


def latitude(value: Any) -> float | None:
    return _within(number(value), 90)


def longitude(value: Any) -> float | None:
    return _within(number(value), 180)


def count(value: Any) -> int | None:
    found = number(value)
    if found is None:
        return None
    return int(found) if found.is_integer() and found >= 0 else _refuse("it is not a count")


class Translation:
    """`[values.NAME]`. Gives the contract's value, and whether the table or the contract knows it.

    What neither knows stays as it is; for a priority, `*` is the last word (checked when the mapping is read).
    """

    def __init__(self, table: Mapping[str, str | int], values: type[StrEnum] | None) -> None:
        self._nothing = table.get(NOTHING)
        self._exact = {left.strip(): right for left, right in table.items() if ANY not in left and left}
        self._folded = {left.casefold(): right for left, right in self._exact.items()}
        self._patterns = [
            (re.compile(translate(_literal_but_any(left)), re.IGNORECASE), right)
            for left, right in table.items()
            if ANY in left and left != ANY
        ]
        self._else = table.get(ANY)
        if values is not None:
            self._own: frozenset[str] = frozenset(values)
        else:
            self._own = frozenset() if self._exact or self._patterns else frozenset(map(str, PRIORITIES))
        self._known: dict[str, tuple[str | int | None, bool]] = {}
        """What was asked before: a system has a few dozen values, and patterns are slow."""

    def __call__(self, value: str) -> tuple[str | int | None, bool]:
        """`value` as `text` gives it."""
        found = self._known.get(value)
        if found is None:
            found = self._found(value)
            if len(self._known) < MOST_REMEMBERED:
                self._known[value] = found
        return found

    def _found(self, value: str) -> tuple[str | int | None, bool]:
        if not value:
            return (self._nothing, True) if self._nothing is not None else (self._else, True)
        for table, key in ((self._exact, value), (self._folded, value.casefold())):
            if key in table:
                return table[key], True
        for pattern, right in self._patterns:
            if pattern.match(value):
                return right, True
        if value in self._own:
            return value, True
        return (self._else if self._else is not None else value), False


MOST_REMEMBERED = 10_000
"""A field that is another text in each row must not fill the memory."""


def _literal_but_any(left: str) -> str:
    """`*` alone is a sign for others; fnmatch knows `?` and `[` too."""
    return re.sub(r"[\[?]", lambda found: f"[{found[0]}]", left)


def _within(value: float | None, limit: float) -> float | None:
    if value is not None and abs(value) > limit:
        return _refuse(f"it is beyond {limit} degrees")
    return value


def _noun(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a table"


def _refuse(reason: str) -> NoReturn:
    raise BadValue(reason)
