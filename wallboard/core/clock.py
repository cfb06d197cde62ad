"""The server's time, learnt from polls and carried on by this machine's monotonic clock.

This machine's wall clock takes no part: it may be wrong, and it may jump. The monotonic clock is one that counts
through sleep (wallboard.steady).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from wallboard.core.poll import PollSuccess

DATE_RESOLUTION_S = 1.0
"""A Date header counts whole seconds (RFC 9110, section 5.6.7)."""

AGE_RESOLUTION_S = 1.0
"""So does Age, rounded down (RFC 9111, section 5.1)."""

DRIFT = 500e-6
"""Seconds a second by which two clocks may drift apart: the most that NTP steers a clock by (RFC 5905, section 11.1,
MAXFREQ); the quartz of a PC errs by less.
"""

SMALLEST_STEP_BACK_S = 2.0
"""The wall counts whole seconds. Where its time turns out to be ahead by less than this, it stands still until time has
caught up; by more, it steps back, for a clock that stands still for long is as wrong as one that runs backwards.
"""

READINGS_OF_A_DOUBT = 8
"""So many answers in a row must agree that the server's time is a little behind what it was; as many as NTP's clock
filter looks back (RFC 5905, section 10, NSTAGE).
"""

LARGEST_DOUBT_S = 10.0
"""An answer that can have been made at any time within more than this (a machine slept while it was under way) is taken
for as old as it can be.
"""


class _Reading(NamedTuple):
    """The server's clock, read once: it showed `at_zero` (UTC) when the monotonic clock read 0, to `error_s` either way
    at `read_s`.
    """

    at_zero: datetime
    error_s: float
    read_s: float

    def error_at(self, monotonic_s: float) -> float:
        return self.error_s + DRIFT * abs(monotonic_s - self.read_s)

    def agrees(self, other: _Reading) -> bool:
        apart_s = abs((self.at_zero - other.at_zero).total_seconds())
        return apart_s <= self.error_s + other.error_at(self.read_s)


class _Told(NamedTuple):
    """An instant of the server's clock that an answer tells, to `error_s` either way."""

    instant: datetime
    error_s: float


class ServerClock:
    """`monotonic_s` is always this machine's monotonic clock, the one that stamps the polls.

    The server made `server_time` somewhere between the sending of the request and the end of the answer: the midpoint
    is the estimate and half the round trip its error. Of several readings the one with the smallest error is kept, as
    in NTP's clock filter (RFC 5905, section 10); its error grows with time, so that a later one takes its place. One
    that contradicts it says that the server's clock was set, or that the answer was made before it was asked for: a
    cache told it. The two differ in that an answer can be old but never from the future.
    """

    def __init__(self) -> None:
        self._reading: _Reading | None = None
        self._newest: datetime | None = None
        """The latest instant told since the server's clock was last set."""
        self._doubts: list[_Reading] = []
        """Readings in a row that agree with each other and are behind the one that is kept."""
        self._date_lead_s: float | None = None
        """By how much the Date header is ahead of `server_time`: they may come from two machines."""
        self._not_before: datetime | None = None
        """Where the clock stands still until time has caught up."""
        self._made_s: float | None = None
        """When the last good answer was made, by the monotonic clock."""
        self.behind_s = 0.0
        """By how much the last good answer was made before it was asked for: a cache told it, or the server's clock was
        set back since.
        """

    def observe(self, poll: PollSuccess, monotonic_s: float) -> None:
        """Learn from a good poll, now. One without a snapshot (304) confirms the data; its Date header, which is
        coarse, sets the clock only where it contradicts it.
        """
        if poll.snapshot is None and self._reading is None:
            return
        before = self.now(monotonic_s)
        told = self._told(poll)
        # An answer from a cache was made before it was asked for, by its age at most.
        earliest_s = poll.sent_s if poll.age_s is None else poll.sent_s - poll.age_s - AGE_RESOLUTION_S
        if told is not None:
            self._learn(told, earliest_s, poll.received_s)
        self._made_s = self._made(told, earliest_s, poll.received_s)
        self.behind_s = max(0.0, poll.sent_s - self._made_s)
        ahead_s = (before - self._estimate(monotonic_s)).total_seconds() if before is not None else 0.0
        self._not_before = before if 0 < ahead_s <= SMALLEST_STEP_BACK_S else None

    def now(self, monotonic_s: float) -> datetime | None:
        """The server's time, UTC; None before the first good poll. It runs backwards only where the server's clock was
        set back. Ask for no time before the last poll's.
        """
        if self._reading is None:
            return None
        now = self._estimate(monotonic_s)
        return now if self._not_before is None else max(now, self._not_before)

    def error_s(self, monotonic_s: float) -> float | None:
        """By how much `now` may err either way; None before the first good poll."""
        return None if self._reading is None else self._reading.error_at(monotonic_s)

    def age_s(self, monotonic_s: float) -> float | None:
        """The age of the data: seconds since the last good answer was made; None before the first."""
        return None if self._made_s is None else max(0.0, monotonic_s - self._made_s)

    @property
    def confirmed_at(self) -> datetime | None:
        """The server's time at which the last good answer was made; None before the first."""
        return None if self._made_s is None else self._estimate(self._made_s)

    def clock_offset_s(self, monotonic_s: float, wall_clock: datetime) -> float | None:
        """The server's clock minus this PC's, in seconds; None before the first good poll."""
        return None if self._reading is None else (self._estimate(monotonic_s) - wall_clock).total_seconds()

    def _estimate(self, monotonic_s: float) -> datetime:
        assert self._reading is not None
        return self._reading.at_zero + timedelta(seconds=monotonic_s)

    def _told(self, poll: PollSuccess) -> _Told | None:
        server_time = poll.server_time if poll.snapshot is None else poll.snapshot.server_time
        if server_time is not None:
            server_time = server_time.astimezone(UTC)
            if poll.date is not None:
                self._date_lead_s = (poll.date - server_time).total_seconds() + DATE_RESOLUTION_S / 2
            half_s = poll.server_time_resolution_s / 2
            return _Told(server_time + timedelta(seconds=half_s), half_s)
        if poll.date is None:
            return None
        date = poll.date.astimezone(UTC) + timedelta(seconds=DATE_RESOLUTION_S / 2)
        if self._date_lead_s is None:
            return _Told(date, DATE_RESOLUTION_S / 2)
        return _Told(date - timedelta(seconds=self._date_lead_s), DATE_RESOLUTION_S)

    def _learn(self, told: _Told, sent_s: float, received_s: float) -> None:
        round_trip_s = received_s - sent_s
        new = _Reading(
            told.instant - timedelta(seconds=sent_s + round_trip_s / 2),
            told.error_s + round_trip_s * (1 / 2 + DRIFT),
            received_s,
        )
        held = self._reading
        if held is None:
            self._set(new, told.instant)
        elif new.agrees(held):
            self._doubts.clear()
            if new.error_s <= held.error_at(received_s):
                self._reading = new
            elif not told.error_s:
                self._reading = _moved_up(held, told.instant - timedelta(seconds=received_s), received_s)
            self._newest = max(told.instant, self._newest or told.instant)
        elif new.at_zero > held.at_zero or self._ran_backwards(told):
            self._set(new, told.instant)
        else:
            self._doubt(new, told.instant)

    def _ran_backwards(self, told: _Told) -> bool:
        """An older answer than the last can come from a cache; one so much older does not."""
        latest = told.instant + timedelta(seconds=told.error_s + SMALLEST_STEP_BACK_S)
        return self._newest is not None and latest < self._newest

    def _doubt(self, new: _Reading, instant: datetime) -> None:
        """An old answer of a cache's, or a server's clock that was set back by less than the time since the last poll.
        Ages of old answers differ, and one that is told again and again falls ever further behind.
        """
        if self._doubts and not new.agrees(self._doubts[0]):
            self._doubts.clear()
        self._doubts.append(new)
        if len(self._doubts) == READINGS_OF_A_DOUBT:
            self._set(min(self._doubts, key=lambda one: one.error_at(new.read_s)), instant)

    def _set(self, reading: _Reading, instant: datetime) -> None:
        self._reading, self._newest = reading, instant
        self._doubts.clear()

    def _made(self, told: _Told | None, sent_s: float, received_s: float) -> float:
        """When the answer was made, by the monotonic clock: within the exchange, or before it where a cache told it."""
        first_s, last_s = sent_s, received_s
        if told is not None and self._reading is not None:
            made_s = (told.instant - self._reading.at_zero).total_seconds()
            error_s = told.error_s + self._reading.error_at(received_s)
            if made_s + error_s < sent_s:
                return made_s
            first_s = min(max(first_s, made_s - error_s), received_s)
            last_s = min(last_s, made_s + error_s)
        return first_s if last_s - first_s > LARGEST_DOUBT_S else (first_s + last_s) / 2


def _moved_up(held: _Reading, at_zero: datetime, read_s: float) -> _Reading:
    """What is held, moved up to the earliest that an answer leaves possible: it was not made after it came in."""
    later_s = (at_zero - held.at_zero).total_seconds()
    if later_s <= 0:
        return held
    return _Reading(at_zero, max(0.0, held.error_at(read_s) - later_s), read_s)
