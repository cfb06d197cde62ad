"""The days that a person names."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wallboard.report.period import Days, days_named

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-26", "2026-11-26", "2026-11-26"),
        ("2026-W48", "2026-11-23", "2026-11-29"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2026-11", "2026-11-01", "2026-11-30"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2025-07-01/2025-10-17", "2025-07-01", "2025-10-17"),
        ("today", "2026-11-27", "2026-11-27"),
        ("yesterday", "2026-11-26", "2026-11-26"),
        ("last-week", "2026-11-16", "2026-11-22"),
        ("last-month", "2026-10-01", "2026-10-31"),
    ],
)
def test_that_a_period_is_the_days_of_the_calendar(text, first, last):
    assert days_named(text, FRIDAY) == Days(date.fromisoformat(first), date.fromisoformat(last))


def test_that_last_month_of_january_is_december():
    assert days_named("last-month", date(2027, 1, 31)) == Days(date(2026, 12, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-13", "2026-02-30", "2026-W54", "26", "2026-11-02/2026-11-01", "2026-11/2026-12", "9999",
     "٢٠٢٦", "0000", "0001", "0001-01-08", "2026-11-26T00:00"],
)  # fmt: skip
def test_that_what_is_no_period_is_refused_with_what_would_be(text):
    with pytest.raises(ValueError, match="last-month") as refused:
        days_named(text, FRIDAY)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2026-11-26", "2026-11-26"),
        ("2026-02", "2026-02"),
        ("2026-12-01/2026-12-31", "2026-12"),
        ("2026-12-01/2026-12-30", "2026-12-01_2026-12-30"),
        ("2026", "2026"),
        ("2026-01-02/2026-12-31", "2026-01-02_2026-12-31"),
    ],
)
def test_that_a_period_names_a_file(text, name):
    assert str(days_named(text, FRIDAY)) == name


def test_that_a_day_has_the_hours_of_the_centre_whatever_the_clocks_do():
    zone = ZoneInfo("Europe/Berlin")
    short = Days(date(2026, 3, 29), date(2026, 3, 29))
    assert short.ends(zone) - short.begins(zone) == timedelta(hours=23)
    assert short.begins(zone) == datetime.fromisoformat("2026-03-29T00:00:00+01:00")
    assert [day.day for day in Days(date(2026, 2, 27), date(2026, 3, 2))] == [27, 28, 1, 2]
