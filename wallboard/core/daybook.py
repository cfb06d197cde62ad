"""What the wall has seen of the running day: its memory between snapshots, bounded by the day.

A snapshot tells every call that has not ended or ended within the last 60 minutes, so after one snapshot every call
*received* in those 60 minutes is known; what happened before comes from a backfill, or stays unknown. Of a source that
tells only calls that go on, that is what happened before it looked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from sys import intern
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.changes import Changes
from wallboard.core.entities import OTHER, Call, Disposition, Incident
from wallboard.core.hours import Hour, HourlyCounts, local_midnight
from wallboard.core.metrics import COMPLIANCE_WINDOW, OFFERED_WINDOW, Share, response_compliance, share

SNAPSHOT_REACH = timedelta(minutes=60)
"""How far back a snapshot is complete, by its contract."""

LONGEST_GAP = timedelta(minutes=1)
"""Most calls last longer."""


class CallsToday(Struct, frozen=True, kw_only=True):
    """Calls received since local midnight, or since `since` where the day has not been seen whole. `answered` is None
    where the feed tells no answers, `abandoned` where it does not tell both answers and ends.
    """

    since: datetime | None
    received: int
    answered: int | None
    abandoned: int | None
    dispositions: dict[str, int]
    """One count for each disposition of the contract, zero or not; those outside it under OTHER."""

    @property
    def verified_share(self) -> Share:
        return share(self.dispositions[Disposition.VERIFIED], self.received)


class IncidentsToday(Struct, frozen=True, kw_only=True):
    """Incidents dispatched and closed since local midnight, or since `since` where the day has not been seen whole.
    `dispatched` is None where the feed tells no dispatches, `closed` where it does not tell what is over; `closed` may
    count since another instant, `closed_since`.
    """

    since: datetime | None
    dispatched: int | None
    closed: int | None
    closed_since: datetime | None


class Daybook:
    """`zone` is the centre's. Feed it every change, in order; ask it at any instant not before the last change.

    `longest_gap` is that between two looks at a list of running calls, after which some may have come and gone.
    """

    def __init__(self, zone: ZoneInfo, longest_gap: timedelta = LONGEST_GAP) -> None:
        self.zone = zone
        self._longest_gap = longest_gap
        self._calls: dict[str, Call] = {}
        self._incidents: dict[str, Incident] = {}
        self._offered: dict[str, Call] = {}
        """Of the calls, those of the last 60 minutes, and no more than a few others."""
        self._offered_since: datetime | None = None
        self._hours = HourlyCounts(zone)
        self._calls_since: datetime | None = None
        self._incidents_since: datetime | None = None
        self.closings_seen = self.only_running_calls = False
        """As in the snapshots."""
        self._watched_since: datetime | None = None
        self._last_seen: datetime | None = None
        self.responses = 0
        """Rises with every response that is learnt of or corrected."""
        self._midnight: datetime | None = None
        self._counted_from: datetime | None = None
        """What was received before then is in no count."""
        self._counts: Counter[str] = Counter()
        self._dispositions: Counter[str] = Counter()
        self._dispatched = _Instants()
        self._closed = _Instants()
        self._current_calls: Mapping[str, Call] = {}
        self._current_incidents: Mapping[str, Incident] = {}

    def observe(self, server_time: datetime, changes: Changes) -> bool:
        """Take in a snapshot's changes. True when the day is not known back to midnight: time to ask for a backfill."""
        missed = self.still_the_same(server_time)
        self._turn_day(server_time)
        for call in changes.calls.come:
            self._put(call)
        for incident in changes.incidents.come:
            self._put_incident(incident)
        self._let_go(changes)
        self._current_calls, self._current_incidents = changes.calls.rows, changes.incidents.rows
        return missed

    def _let_go(self, changes: Changes) -> None:
        """Of what has left the snapshot, keep what counts."""
        for call in changes.calls.removed:
            for held in (self._calls, self._offered):
                if call.id in held:
                    held[call.id] = _past_call(call)
        for incident in changes.incidents.removed:
            if incident.id in self._incidents:
                self._incidents[incident.id] = _past_incident(incident)

    def still_the_same(self, server_time: datetime) -> bool:
        """The server said that its snapshot has not changed. True as for `observe`: what came and went within a gap
        longer than a snapshot's reach is not in it, nor what was before it where the server's clock was set back.
        """
        reach = server_time - SNAPSHOT_REACH
        calls_reach = server_time if self.only_running_calls else reach
        missed = self._last_seen is None or reach > self._last_seen
        missed = missed or (self._calls_since is not None and self._calls_since > calls_reach)
        missed_calls = missed or (self.only_running_calls and self._gap(server_time) > self._longest_gap)
        if missed:
            self._incidents_since = server_time if self.closings_seen else reach
            self._watched_since = server_time
        if missed_calls:
            self._calls_since = calls_reach
        self._last_seen = server_time
        return missed_calls

    def _gap(self, server_time: datetime) -> timedelta:
        return server_time - (self._last_seen or server_time)

    def fill(self, calls: Iterable[Call], calls_since: datetime | None) -> None:
        """Take in earlier calls, complete since `calls_since`. What the last snapshot holds is newer and stays; what an
        earlier one told may have gone on since, unseen.
        """
        for call in calls:
            if call.id not in self._current_calls:
                self._put(_past_call(call))
        if calls_since is not None and self._calls_since is not None:
            self._calls_since = min(self._calls_since, calls_since)

    def fill_incidents(self, incidents: Iterable[Incident], incidents_since: datetime | None) -> None:
        for incident in incidents:
            if incident.id not in self._current_incidents:
                self._put_incident(_past_incident(incident))
        if incidents_since is not None and self._incidents_since is not None:
            self._incidents_since = min(self._incidents_since, incidents_since)

    def offered(self, now: datetime) -> Iterable[Call]:
        """The calls received in (now - 60 min, now]."""
        opens = now - OFFERED_WINDOW
        if self._offered_since is not None and opens < self._offered_since:  # the server's clock was set back
            self._offered = dict(self._calls)
        self._offered_since = opens
        for key in [key for key, call in self._offered.items() if call.received_at <= opens]:
            del self._offered[key]
        return [call for call in self._offered.values() if call.received_at <= now]

    def offered_are_known(self, now: datetime) -> bool:
        """Whether all of them are. A list that also tells what has ended tells them at once."""
        seen_since = self._calls_since
        return not self.only_running_calls or (seen_since is not None and seen_since <= now - OFFERED_WINDOW)

    def calls_today(self, now: datetime) -> CallsToday:
        self._turn_day(now)
        midnight = local_midnight(now, self.zone)
        since = _since(self._calls_since, midnight)
        self._count_from(since or midnight)  # what is known of the time before is not all of it
        counts = self._counts
        named = {disposition.value: self._dispositions[disposition] for disposition in Disposition}
        return CallsToday(
            since=since,
            received=counts["received"],
            answered=counts["answered"],
            abandoned=counts["abandoned"],
            dispositions=named | {OTHER: counts["received"] - sum(named.values())},
        )

    def incidents_today(self, now: datetime) -> IncidentsToday:
        self._turn_day(now)
        midnight = local_midnight(now, self.zone)
        since = _since(self._incidents_since, midnight)
        closed_since = _since(self._watched_since, midnight) if self.closings_seen else since
        return IncidentsToday(
            since=since,
            dispatched=self._dispatched.within(since or midnight, now),
            closed=self._closed.within(closed_since or midnight, now),
            closed_since=closed_since,
        )

    def hours(self, now: datetime) -> tuple[Hour, ...]:
        self._turn_day(now)
        return self._hours.today(now, self._calls_since or now)

    def response_compliance(self, now: datetime, limit_s: float) -> dict[str, Share]:
        return response_compliance(self._incidents.values(), now, limit_s)

    def compliance_since(self, now: datetime) -> datetime | None:
        """Since when the 24 h compliance counts; None where the 24 h have been seen whole."""
        return _since(self._incidents_since, now - COMPLIANCE_WINDOW)

    def _put_incident(self, incident: Incident) -> None:
        old = self._incidents.get(incident.id)
        self._incidents[incident.id] = incident
        self._dispatched.replace(old.dispatched_at if old else None, incident.dispatched_at)
        self._closed.replace(old.closed_at if old else None, incident.closed_at)
        if _response(old) != _response(incident):
            self.responses += 1

    def _put(self, call: Call) -> None:
        old = self._calls.get(call.id)
        begins = self._counted_from
        if begins is None:
            raise RuntimeError("a call before the first snapshot")
        self._calls[call.id] = self._offered[call.id] = call
        self._hours.replace(old, call)
        for row, step in ((old, -1), (call, 1)):
            if row is not None and row.received_at >= begins:
                self._count(row, step)

    def _count(self, call: Call, step: int) -> None:
        counts = self._counts
        counts["received"] += step
        counts["answered"] += step * (call.answered_at is not None)
        counts["abandoned"] += step * call.abandoned
        self._dispositions[call.disposition] += step

    def _count_from(self, begins: datetime) -> None:
        if begins == self._counted_from:
            return
        self._counted_from = begins
        self._counts.clear()
        self._dispositions.clear()
        for call in self._calls.values():
            if call.received_at >= begins:
                self._count(call, 1)

    def _turn_day(self, now: datetime) -> None:
        """At local midnight: count anew from what is kept, and forget what no figure can need any more."""
        midnight = local_midnight(now, self.zone)
        if midnight == self._midnight:
            return
        self._midnight = midnight
        keep_calls = min(midnight, now - OFFERED_WINDOW)
        # A call in progress since before is kept by the snapshot, not here; should it end today it is yesterday's.
        self._calls = {key: call for key, call in self._calls.items() if call.received_at >= keep_calls}
        self._hours.forget_before(keep_calls)
        self._counted_from = None  # some are forgotten
        self._count_from(midnight)
        horizon = now - COMPLIANCE_WINDOW - SNAPSHOT_REACH
        self._incidents = {
            key: row
            for key, row in self._incidents.items()
            if key in self._current_incidents or (row.closed_at or row.arrived_at or row.reported_at) >= horizon
        }
        self._dispatched = _Instants(row.dispatched_at for row in self._incidents.values())
        self._closed = _Instants(row.closed_at for row in self._incidents.values())
        # A server's clock that is set back makes it yesterday again, and that is not known any more.
        if self._calls_since is not None:
            self._calls_since = max(self._calls_since, keep_calls)
        if self._incidents_since is not None:
            self._incidents_since = max(self._incidents_since, horizon)


def _past_call(call: Call) -> Call:
    """A call that has left the snapshot: what it counts by, and no more of it in memory to midnight."""
    return replace(call, disposition=intern(call.disposition), call_taker_id=None, incident_id=None)


def _past_incident(incident: Incident) -> Incident:
    """An incident that has left the snapshot: its times and agencies; nobody needs its words and place for a day."""
    return replace(
        incident,
        number="",
        category="",
        status="",
        title="",
        address=None,
        district=None,
        latitude=None,
        longitude=None,
        agency_ids=tuple([intern(agency) for agency in incident.agency_ids]),
    )


def _response(incident: Incident | None) -> tuple[object, ...]:
    """All that compliance depends on."""
    if incident is None or incident.arrived_at is None:
        return ()
    return (incident.reported_at, incident.arrived_at, incident.agency_ids)


def _since(seen_since: datetime | None, start: datetime) -> datetime | None:
    return seen_since if seen_since is not None and seen_since > start else None


class _Instants:
    """Instants in order, so that those of a period can be counted without looking at each."""

    def __init__(self, instants: Iterable[datetime | None] = ()) -> None:
        self._ordered = sorted(instant for instant in instants if instant is not None)

    def replace(self, old: datetime | None, new: datetime | None) -> None:
        if old == new:
            return
        if old is not None:
            del self._ordered[bisect_left(self._ordered, old)]
        if new is not None:
            insort(self._ordered, new)

    def within(self, start: datetime, end: datetime) -> int:
        """How many lie in [start, end]."""
        return bisect_right(self._ordered, end) - bisect_left(self._ordered, start)
