"""The wall's words, in Indonesian and English: one catalogue a language in resources/translations."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from typing import Any

from wallboard.resources import RESOURCES

MS_PER_S = 1000
MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400
LONGEST_CLOCK_S = 100 * HOUR_S
"""Beyond 99:59:59 a duration is told in days: its seconds mean nothing any more."""


class Language(StrEnum):
    INDONESIAN = "id"
    ENGLISH = "en"


class Words:
    """Looks words up by their dotted key: `words("calls.more", count=3)`. A key that is not there is a KeyError."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._entries = read_catalogue(language)
        self._marks = str.maketrans({",": self("format.thousands"), ".": self("format.decimal")})

    def __call__(self, key: str, **values: object) -> str:
        entry = self._entries[key]
        return entry.format(**values) if values else entry

    def has(self, key: str) -> bool:
        return key in self._entries

    def number(self, value: float | None, decimals: int = 0) -> str:
        """With the language's decimal mark and thousands separator; the sign for "no value" where there is none."""
        if value is None:
            return self("format.none")
        return f"{value:,.{decimals}f}".translate(self._marks)

    def percent(self, share: float | None, decimals: int = 0) -> str:
        if share is None:
            return self("format.none")
        return self("format.percent", value=self.number(100 * share, decimals))

    def seconds(self, value: float | None, decimals: int = 0) -> str:
        if value is None:
            return self("format.none")
        return self("format.seconds", value=self.number(value, decimals))

    def about(self, seconds: float) -> str:
        """A duration that claims no precision, for data that are old: to the nearest minute, hour or day.

        Never 0: a call that waits has waited.
        """
        if seconds < MINUTE_S:
            return self("format.under_a_minute")
        if (minutes := round(seconds / MINUTE_S)) * MINUTE_S < HOUR_S:
            return self("format.about_minutes", value=minutes)
        if (hours := round(seconds / HOUR_S)) * HOUR_S < DAY_S:
            return self("format.about_hours", value=hours)
        return self("format.about_days", value=round(seconds / DAY_S))

    def lasting(self, seconds: float) -> str:
        """A duration as a running clock; days where its seconds mean nothing any more."""
        if seconds >= LONGEST_CLOCK_S:
            return self("format.days", value=int(seconds // DAY_S))
        return clock(seconds)

    def ahead(self, seconds: float) -> str:
        """How far a clock is ahead: +1:00:03; or, below 0, behind: −00:05."""
        return ("−" if seconds < 0 else "+") + self.lasting(round(abs(seconds)))


def clock(seconds: float) -> str:
    """mm:ss below an hour, h:mm:ss from there on."""
    whole = int(seconds)
    minutes, second = divmod(whole, MINUTE_S)
    if whole < HOUR_S:
        return f"{minutes:02}:{second:02}"
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}"


def read_catalogue(language: Language) -> dict[str, str]:
    """Every entry by its dotted key."""
    path = RESOURCES / "translations" / f"{language.value}.toml"
    return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    entries: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            entries += _flat(value, f"{prefix}{key}.")
        else:
            entries.append((prefix + key, value))
    return entries
