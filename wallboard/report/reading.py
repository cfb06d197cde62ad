"""Reads from a dispatch system what a report is made of: one poll, for the centre and its clock, and the history."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from wallboard.core.entities import CLOSED, ENDED, Call, Incident, Snapshot
from wallboard.core.poll import DroppedRow, PollFailure
from wallboard.feed import credentials
from wallboard.feed.contract import SAME_IDENTIFIER
from wallboard.feed.poller import Poller, TokenOf
from wallboard.feed.settings import FeedSettings
from wallboard.report.period import Days, PeriodError, days_named

LOOK_BACK = timedelta(days=7)
"""How long before the period the history is asked for: whether it reaches back to the period's first day shows in what
came before. A centre may be closed for some days; a week without a call has not been seen."""

TRIES = 3
LONGEST_WISH_S = 60.0
"""Of a server to be asked later: a long history is many requests, and some count them."""

Answer = TypeVar("Answer")
Row = TypeVar("Row", Call, Incident)


class Unknown(StrEnum):
    """Why nothing is known of a list."""

    NO_HISTORY = "no_history"
    """The system offers none."""
    FORGOTTEN = "forgotten"
    """It tells nothing of the period, nor of the days before: perhaps nothing happened."""
    UNREADABLE = "unreadable"
    """None of the period can be read, and there are rows that cannot."""


class Past(Struct, Generic[Row], frozen=True, kw_only=True):
    """The rows of the period, up to now where it has not ended, each once. `since` is when the first of them was where
    nothing was told of the time before it: nobody knows then whether nothing happened or the system has forgotten.
    """

    rows: tuple[Row, ...]
    since: datetime | None = None


class Told(Struct, frozen=True, kw_only=True):
    """What a centre told of a period."""

    feed_id: str
    snapshot: Snapshot
    days: Days
    calls: Past[Call] | Unknown
    incidents: Past[Incident] | Unknown
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


def read(feed: FeedSettings, period: str, token_of: TokenOf = credentials.token) -> Told | PollFailure:
    """`period` is one that `days_named` knows, by the centre's day. Raises PeriodError where it has not begun."""
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
        raise PeriodError(
            f"{period} has not begun: at the centre ({feed_id}) it is {now.astimezone(zone):%Y-%m-%d %H:%M}"
        )
    history = _patiently(poller, lambda: poller.history(begins - LOOK_BACK, until))
    if isinstance(history, PollFailure):
        return history
    incidents = {row.id: row for row in (*snapshot.incidents, *history.incidents)}.values()
    going_on = frozenset(_going_on(incidents, snapshot))
    calls_past: Past[Call] | Unknown = Unknown.NO_HISTORY
    if history.calls_since is not None:
        running = {row.id for row in snapshot.calls} if snapshot.only_running_calls else None
        calls_past = _past(
            {row.id: row for row in (*snapshot.calls, *history.calls)}.values(),
            [row for row in history.calls if _is_over(row, running, snapshot)],
            lambda row: row.received_at,
            (begins, until),
            some_are_lost=_are_lost(history.dropped_rows, "calls"),
        )
    incidents_past: Past[Incident] | Unknown = Unknown.NO_HISTORY
    if history.incidents_since is not None:
        incidents_past = _past(
            incidents,
            [row for row in history.incidents if row.id not in going_on],
            lambda row: row.reported_at,
            (begins, until),
            some_are_lost=_are_lost(history.dropped_rows, "incidents"),
        )
    return Told(
        feed_id=feed_id,
        snapshot=snapshot,
        days=days,
        calls=calls_past,
        incidents=incidents_past,
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


def _are_lost(dropped: Iterable[DroppedRow], list_name: str) -> bool:
    return any(row.list_name == list_name and not row.reason.endswith(SAME_IDENTIFIER) for row in dropped)


def _past(
    rows: Iterable[Row],
    over: Iterable[Row],
    instant_of: Callable[[Row], datetime],
    period: tuple[datetime, datetime],
    *,
    some_are_lost: bool,
) -> Past[Row] | Unknown:
    """`over` are the rows of the history that do not go on: what does is kept for as long as that, and is no sign of
    how far back the history reaches.
    """
    begins, until = period
    first = min(map(instant_of, over), default=until)
    since = None if first < begins else first
    within = tuple([row for row in rows if (since or begins) <= instant_of(row) < until])
    if not within and some_are_lost:
        return Unknown.UNREADABLE
    if since is not None and since >= until:
        return Unknown.FORGOTTEN
    return Past(rows=within, since=since)
