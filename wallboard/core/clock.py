"""The server's time, learnt from polls and carried on by this machine's monotonic clock.

This machine's wall clock takes no part: it may be wrong, and it may jump.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wallboard.core.poll import PollSuccess, Way

DATE_RESOLUTION_S = 1.0
"""A Date header counts whole seconds (RFC 9110, section 5.6.7)."""


class ServerClock:
    """`monotonic_s` is always this machine's monotonic clock, the one that stamps the polls.

    The server made `server_time` somewhere between the sending of the request and the end of the answer: the midpoint
    is the estimate and half the round trip its error, `error_s`.
    """

    def __init__(self) -> None:
        self._at_zero: datetime | None = None
        """The server's time (UTC) when the monotonic clock read 0."""
        self._confirmed_s: float | None = None
        """When the last good answer was made, by the monotonic clock."""
        self.error_s: float | None = None

    def observe(self, poll: PollSuccess) -> None:
        """Learn from a good poll. One without a server time (304) confirms the data; its Date header, which is coarse,
        sets the clock only where it contradicts it by more than its own resolution and the round trip.
        """
        round_trip_s = poll.received_s - poll.sent_s
        midpoint_s = poll.sent_s + round_trip_s / 2
        if poll.snapshot is not None and poll.way is Way.SNAPSHOT:
            self._set(poll.snapshot.server_time, midpoint_s, round_trip_s / 2)
        elif self._at_zero is None:
            return
        elif poll.date is not None:
            date = poll.date + timedelta(seconds=DATE_RESOLUTION_S / 2)
            contradiction_s = abs((date - self._at_zero).total_seconds() - midpoint_s)
            if contradiction_s > DATE_RESOLUTION_S + round_trip_s:
                self._set(date, midpoint_s, (DATE_RESOLUTION_S + round_trip_s) / 2)
        self._confirmed_s = midpoint_s

    def now(self, monotonic_s: float) -> datetime | None:
        """The server's time, UTC; None before the first good poll."""
        return None if self._at_zero is None else self._at_zero + timedelta(seconds=monotonic_s)

    def age_s(self, monotonic_s: float) -> float | None:
        """The age of the data: seconds since the last good answer was made; None before the first."""
        return None if self._confirmed_s is None else max(0.0, monotonic_s - self._confirmed_s)

    def clock_offset_s(self, monotonic_s: float, wall_clock: datetime) -> float | None:
        """The server's clock minus this PC's, in seconds; None before the first good poll."""
        now = self.now(monotonic_s)
        return None if now is None else (now - wall_clock).total_seconds()

    def _set(self, server_time: datetime, monotonic_s: float, error_s: float) -> None:
        self._at_zero = server_time.astimezone(UTC) - timedelta(seconds=monotonic_s)
        self.error_s = error_s
