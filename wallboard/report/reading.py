"""Reads from a dispatch system what a report is made of: one poll, for the centre and its clock, and the history."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from wallboard.core.entities import CLOSED, ENDED, Call, Incident, Snapshot
from wallboard.core.poll import DroppedRow, PollFailure
from wallboard.feed import credentials
from wallboard.feed.contract import SAME_IDENTIFIER
from wallboard.feed.poller import Poller, TokenOf
from wallboard.feed.settings import FeedSettings
from wallboard.report.period import Days, days_named

LOOK_BACK = timedelta(days=7)
"""How long before the period the history is asked for: whether it reaches back to the period's first day shows in what
came before. A centre may be closed for some days; a week without a call has not been seen."""

TRIES = 3
LONGEST_WISH_S = 60.0
"""Of a server to be asked later: a long history is many requests, and some count them."""

Answer = TypeVar("Answer")


class Told(Struct, frozen=True, kw_only=True):
    """What a centre told of a period. `calls` and `incidents` are those of the period itself, up to `now` where it has
    not ended, each once; None where the system has no history of them.

    `calls_since` is when the first was received where nothing was told of the time before it: nobody knows then whether
    nothing happened or the system has forgotten. With no call at all it is the end; likewise where none of the period
    can be read, and there are some that cannot. So with `incidents_since`.
    """

    feed_id: str
    snapshot: Snapshot
    days: Days
    calls: tuple[Call, ...] | None
    calls_since: datetime | None
    incidents: tuple[Incident, ...] | None
    incidents_since: datetime | None
    going_on: frozenset[str]
    """The identifiers of incidents that do; none where it is not told what is over."""
    dropped_rows: tuple[DroppedRow, ...] = ()
    """Of the period and of the days that are asked for before it."""

    @property
    def now(self) -> datetime:
        return self.snapshot.server_time

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.snapshot.centre.time_zone)

    @property
    def begins(self) -> datetime:
        return self.days.begins(self.zone)

    @property
    def ends(self) -> datetime:
        return self.days.ends(self.zone)

    @property
    def until(self) -> datetime:
        """Where what is known ends."""
        return min(self.ends, self.now)

    @property
    def calls_known(self) -> bool:
        return self.calls is not None and (self.calls_since is None or self.calls_since < self.until)

    @property
    def incidents_known(self) -> bool:
        return self.incidents is not None and (self.incidents_since is None or self.incidents_since < self.until)


def read(feed: FeedSettings, period: str, token_of: TokenOf = credentials.token) -> Told | PollFailure:
    """`period` is one that `days_named` knows, by the centre's day. Raises ValueError where it has not begun."""
    poller = Poller(feed, lambda _: None, token_of=token_of)
    try:
        outcome = _patiently(poller, poller.poll)
        if isinstance(outcome, PollFailure):
            return outcome
        snapshot = outcome.snapshot
        if snapshot is None:
            raise RuntimeError("a first poll without a snapshot")
        return _told(poller, feed.id, snapshot, period)
    finally:
        poller.close()


def _told(poller: Poller, feed_id: str, snapshot: Snapshot, period: str) -> Told | PollFailure:
    now, zone = snapshot.server_time, ZoneInfo(snapshot.centre.time_zone)
    days = days_named(period, now.astimezone(zone).date())
    begins, until = days.begins(zone), min(days.ends(zone), now)
    if begins > now:
        raise ValueError(
            f"{period} has not begun: at the centre ({feed_id}) it is {now.astimezone(zone):%Y-%m-%d %H:%M}"
        )
    history = _patiently(poller, lambda: poller.history(begins - LOOK_BACK, until))
    if isinstance(history, PollFailure):
        return history
    calls = {row.id: row for row in (*snapshot.calls, *history.calls)}.values()
    incidents = {row.id: row for row in (*snapshot.incidents, *history.incidents)}.values()
    going_on = frozenset(_going_on(incidents, snapshot))
    # What goes on is kept for as long as it does: it is no sign of how far back a history reaches.
    running = {row.id for row in snapshot.calls} if snapshot.only_running_calls else None
    over = [row.received_at for row in history.calls if _is_over(row, running, snapshot)]
    calls_since = _since(over, begins, until)
    over = [row.reported_at for row in history.incidents if row.id not in going_on]
    incidents_since = _since(over, begins, until)
    # Nothing that can be read and something that cannot is not nothing.
    if _lost(history.dropped_rows, "calls") and not any(begins <= row.received_at < until for row in calls):
        calls_since = until
    if _lost(history.dropped_rows, "incidents") and not any(begins <= row.reported_at < until for row in incidents):
        incidents_since = until
    return Told(
        feed_id=feed_id,
        snapshot=snapshot,
        days=days,
        calls=None
        if history.calls_since is None
        else tuple([row for row in calls if (calls_since or begins) <= row.received_at < until]),
        calls_since=calls_since,
        incidents=None
        if history.incidents_since is None
        else tuple([row for row in incidents if (incidents_since or begins) <= row.reported_at < until]),
        incidents_since=incidents_since,
        going_on=going_on,
        # A mapping also names what a row is kept without; that row is counted.
        dropped_rows=tuple([row for row in history.dropped_rows if row.list_name]),
    )


def _patiently(poller: Poller, ask: Callable[[], Answer | PollFailure]) -> Answer | PollFailure:
    for left in reversed(range(TRIES)):
        answer = ask()
        wish_s = poller.retry_after_s
        if not left or not isinstance(answer, PollFailure) or wish_s is None or wish_s > LONGEST_WISH_S:
            break
        time.sleep(wish_s)
    return answer


def _going_on(incidents: Iterable[Incident], snapshot: Snapshot) -> Iterator[str]:
    """A snapshot holds every incident that does: where closings have to be seen, a history does not tell them."""
    if CLOSED in snapshot.untold:
        return
    active = {row.id for row in snapshot.incidents if row.active}
    yield from (row.id for row in incidents if row.active and (row.id in active or not snapshot.closings_seen))


def _is_over(call: Call, running: Container[str] | None, snapshot: Snapshot) -> bool:
    """As far as it can be told where ends are not. `running` are the identifiers of a list that tells no others."""
    if running is not None:
        return call.id not in running
    return call.ended_at is not None or ENDED in snapshot.untold


def _lost(dropped: Iterable[DroppedRow], list_name: str) -> bool:
    return any(row.list_name == list_name and not row.reason.endswith(SAME_IDENTIFIER) for row in dropped)


def _since(over: Sequence[datetime], begins: datetime, until: datetime) -> datetime | None:
    """None where something was told of the time before."""
    first = min(over, default=until)
    return None if first < begins else min(first, until)
