import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallboard.feed.mapping.declaration import TimeFormat
from wallboard.feed.mapping.times import BadValue, TimeReader, written

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 7, 32, tzinfo=UTC)


def reader(format_: str, zone: str | None = None, pattern: str | None = None) -> TimeReader:
    return TimeReader(format=TimeFormat(format_), zone=ZoneInfo(zone) if zone else None, pattern=pattern)


@pytest.mark.parametrize(
    ("format_", "value"),
    [
        ("rfc3339", "2026-11-24T07:20:00Z"),
        ("rfc3339", "2026-11-24T14:20:00.000+07:00"),
        ("utc", "2026-11-24T07:20:00"),
        ("utc", "2026-11-24T07:20:00.0000000"),
        ("utc", "2026-11-24T14:20:00+07:00"),
        ("utc", " 2026-11-24 07:20:00 "),
        ("local", "2026-11-24T14:20:00.000"),
        ("local", "2026-11-24T07:20:00Z"),
        ("epoch_s", 1795504800),
        ("epoch_s", "1795504800"),
        ("epoch_s", 1795504800.0),
        ("epoch_ms", 1795504800000),
        ("epoch_ms", "1795504800000"),
    ],
)
def test_that_every_way_to_write_a_time_is_read(format_: str, value: Any):
    assert reader(format_, "Asia/Jakarta")(value, NOW) == datetime(2026, 11, 24, 7, 20, tzinfo=UTC)


def test_that_a_time_is_read_by_its_pattern():
    one = reader("local", "Asia/Jakarta", "%d.%m.%Y %H:%M")
    assert one("24.11.2026 14:20", NOW) == datetime(2026, 11, 24, 7, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("format_", "value", "reason"),
    [
        ("rfc3339", "2026-11-24T07:20:00", "it has no offset"),
        ("rfc3339", "2026-11-24", "not a time with an offset"),
        ("utc", "20261124", "not a time without an offset"),
        ("local", "soon", "not a time without an offset"),
        ("local", 1795504800, "epoch_s or epoch_ms?"),
        ("epoch_s", 1795504800000, "epoch_ms?"),
        ("epoch_s", "2026-11-24T07:20:00Z", "not seconds since 1970"),
        ("epoch_s", True, "not seconds since 1970"),
        ("epoch_ms", 10**30, "not milliseconds since 1970"),
        ("utc", "0001-01-01T00:00:00", "outside of the months"),
        ("utc", {"at": 1}, "not a time without an offset"),
    ],
)
def test_that_what_is_no_such_time_says_what_is_wanted(format_: str, value: Any, reason: str):
    with pytest.raises(BadValue) as raised:
        reader(format_, "Asia/Jakarta")(value, NOW)
    assert reason in str(raised.value)


FIRST = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
SECOND = FIRST + timedelta(hours=1)
"""01:30 in New York in the night in which the clock is put back, twice."""


def test_that_in_the_hour_that_comes_twice_the_later_reading_counts_that_is_not_in_the_future():
    one = reader("local", "America/New_York")
    assert one("2026-11-01T01:30:00", FIRST + timedelta(minutes=10)) == FIRST
    assert one("2026-11-01T01:30:00", SECOND + timedelta(minutes=10)) == SECOND


def test_that_a_time_in_the_hour_that_comes_twice_does_not_move_once_it_was_read():
    one = reader("local", "America/New_York")
    known = one("2026-11-01T01:30:00", FIRST + timedelta(minutes=10))
    assert one("2026-11-01T01:30:00", SECOND + timedelta(minutes=10), known) == FIRST


def test_that_a_time_in_the_hour_that_is_left_out_is_read_on_the_clock_before_it():
    one = reader("local", "America/New_York")
    assert one("2026-03-08T02:30:00", NOW) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert one("2026-03-08T03:30:00", NOW) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@given(
    st.integers(min_value=0, max_value=4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from([TimeFormat.RFC3339, TimeFormat.UTC, TimeFormat.EPOCH_S, TimeFormat.EPOCH_MS]),
)
def test_that_what_is_written_for_a_query_is_read_again(instant: datetime, format_: TimeFormat):
    assert TimeReader(format=format_)(written(instant, format_, None), NOW) == instant


def test_that_a_local_time_is_written_on_the_systems_clock():
    assert written(datetime(2026, 3, 8, 7, 30, tzinfo=UTC), TimeFormat.LOCAL, NEW_YORK) == "2026-03-08T03:30:00"


@given(
    st.sampled_from(list(TimeFormat)),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.lists(st.integers(), max_size=2),
)
def test_that_nothing_but_a_bad_value_comes_of_a_bad_time(format_: TimeFormat, value: Any):
    with contextlib.suppress(BadValue):
        assert TimeReader(format=format_, zone=NEW_YORK)(value, NOW).utcoffset() == timedelta(0)
