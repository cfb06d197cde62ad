"""The days that a report is about, by the centre's own calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import MINYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

DAY = timedelta(days=1)

FORMS = (
    "2026-11-26, 2026-W48, 2026-11, 2026, 2026-11-01/2026-11-15 (both days are in it), "
    "today, yesterday, last-week, last-month"
)


class PeriodError(ValueError):
    """What is no period, or has not begun."""


class Days(Struct, frozen=True):
    """`last` is in it. Instants are UTC."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + number * DAY for number in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        """As `days_named` reads it, but for the stroke, which no name of a file may have."""
        if self.first == self.last:
            return self.first.isoformat()
        if self.is_month:
            return f"{self.first:%Y-%m}"
        if self.is_year:
            return f"{self.first:%Y}"
        return f"{self.first}_{self.last}"

    @property
    def is_month(self) -> bool:
        return self == month_of(self.first)

    @property
    def is_year(self) -> bool:
        return (self.first.month, self.first.day) == (1, 1) and self.last == date(self.first.year, 12, 31)

    def begins(self, zone: ZoneInfo) -> datetime:
        return datetime.combine(self.first, time(), zone).astimezone(UTC)

    def ends(self, zone: ZoneInfo) -> datetime:
        """Midnight after the last day: the first instant that is not in it."""
        return datetime.combine(self.last + DAY, time(), zone).astimezone(UTC)


def days_named(text: str, today: date) -> Days:
    """The days that a person names; weeks are those of ISO 8601, from Monday. Raises PeriodError."""
    try:
        named = _by_today(text, today) or (_of_calendar(text) if text.isascii() else None)
    except (ValueError, OverflowError):
        named = None
    if named is None or named.last < named.first or named.first.year == MINYEAR or named.last == date.max:
        raise PeriodError(f"{text!r} is no period; periods are written {FORMS}")
    return named


def _by_today(text: str, today: date) -> Days | None:
    monday = today - today.weekday() * DAY
    end_of_last_month = today.replace(day=1) - DAY
    return {
        "today": Days(today, today),
        "yesterday": Days(today - DAY, today - DAY),
        "last-week": Days(monday - 7 * DAY, monday - DAY),
        "last-month": Days(end_of_last_month.replace(day=1), end_of_last_month),
    }.get(text)


def _of_calendar(text: str) -> Days | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        day = date.fromisoformat(text)
        return Days(day, day)
    if match := re.fullmatch(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)", text):
        return Days(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    if match := re.fullmatch(r"(\d{4})-W(\d\d)", text):
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return Days(monday, monday + 6 * DAY)
    if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
        return month_of(date(int(match[1]), int(match[2]), 1))
    if re.fullmatch(r"\d{4}", text):
        return Days(date(int(text), 1, 1), date(int(text), 12, 31))
    return None


def month_of(day: date) -> Days:
    return Days(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
