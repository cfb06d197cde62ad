"""The situation of one centre: what its feed told, what that means at an instant, and what is alarming about it.

Everything the wall, `check` and the tests know comes from here. No thread, no Qt: outcomes of polls go in through
`observe`, time through `advance`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.alarmbook import AlarmBook
from wallboard.core.alarms import AlarmEvent, Scope
from wallboard.core.changes import Changes, RowChanges, diff
from wallboard.core.clock import ServerClock
from wallboard.core.crossing import Reading
from wallboard.core.daybook import LONGEST_GAP, CallsToday, Daybook, IncidentsToday
from wallboard.core.entities import (
    ANSWERED,
    ARRIVED,
    AT_WORK,
    CLOSED,
    DISPATCHED,
    ENDED,
    Call,
    Centre,
    Incident,
    Snapshot,
)
from wallboard.core.hours import Hour, local_midnight
from wallboard.core.metrics import (
    AgencyLoad,
    AnsweringFigures,
    Share,
    Staffing,
    agency_loads,
    answering,
    seconds_between,
    staffing,
)
from wallboard.core.ordered import Ordered
from wallboard.core.poll import Backfill, DroppedRow, FeedEvent, PollFailure
from wallboard.core.polllog import PollLog
from wallboard.core.rules import Rule
from wallboard.core.watching import (
    forget_agency,
    forget_call,
    forget_centre,
    forget_incident,
    watch_agency,
    watch_call,
    watch_centre,
    watch_incident,
)

STALE_POLLS = 3
"""Data older than this many poll intervals are stale: one lost poll is chance, three in a row are not."""

MISSING_POLLS = 3
"""A row that is back within so many poll intervals never left: of a source of several machines, one answers with it and
one without, and no call ends and then waits since the same instant. As many as it takes for data to be stale.
"""

SMALLEST_SETTING = timedelta(seconds=15)
"""Of the server's clock: what is less makes no difference to a shelf of minutes, each moving of which is logged. It is
drift, or the clock of another of a source's machines, of which every poll may ask another one.
"""

SHORTEST_SHARE_OF_AN_HOUR = 0.25
"""Of the usual hour, that the running one is compared with: in the first minute a single call is above what is usual in
99 of 100, in a quarter of an hour it takes a surge.
"""

SCOPES = {"calls": Scope.CALL, "incidents": Scope.INCIDENT, "agencies": Scope.AGENCY}
"""Of alarms about the rows of a list."""

Value = TypeVar("Value")


class FeedState(StrEnum):
    CONNECTING = "connecting"
    """No poll has come to an end yet."""
    LIVE = "live"
    STALE = "stale"
    """There are data, and they are older than three poll intervals."""
    FAILED = "failed"
    """There never were any data."""


class Settings(Struct, frozen=True, kw_only=True):
    """`response_limit_s` is the time within which a response is compliant; `usual_calls_per_hour` is empty or holds 24
    means, by local clock hour.
    """

    feed_id: str
    name: str = ""
    """What the centre is called until its data tell it."""
    poll_interval_s: float
    rules: tuple[Rule, ...]
    short_abandon_s: float
    response_limit_s: float
    usual_calls_per_hour: tuple[float, ...] = ()

    @property
    def service_level_target(self) -> float | None:
        """The share below which the built-in rule warns."""
        return next((rule.levels[0].warning for rule in self.rules if rule.name == "service_level"), None)


class CallFigures(Struct, frozen=True, kw_only=True):
    """`waiting` and `talking` are None where the feed does not tell both answers and ends."""

    waiting: int | None
    longest_waiting_s: float | None
    talking: int | None
    answering: AnsweringFigures
    today: CallsToday


class IncidentFigures(Struct, frozen=True, kw_only=True):
    """`unassigned` is None where the feed tells no dispatches."""

    active: int
    unassigned: int | None
    today: IncidentsToday


class Kpis(Struct, frozen=True, kw_only=True):
    """Each group is None where the feed does not tell the list that it is computed from."""

    calls: CallFigures | None
    incidents: IncidentFigures | None
    staffing: Staffing | None


class AgencyFigures(Struct, frozen=True, kw_only=True):
    """`load` is None where the feed tells no units, `incidents` where it tells no incidents or not who works on them,
    `compliance` where it tells no arrivals either.
    """

    id: str
    name: str
    load: AgencyLoad | None
    incidents: int | None
    compliance: Share | None


class Situation:
    """Before the first good poll there are no figures: None, or nothing in the list. The same holds of what the feed
    does not tell, so whoever says that a list is empty asks first whether the feed `tells` it.

    While the feed is live, figures are computed at the server's now. Once it is stale, `as_of` stands still at the
    last moment at which they were true.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = ServerClock()
        self.alarms = AlarmBook(settings.rules, missing_s=MISSING_POLLS * settings.poll_interval_s)
        self.centre: Centre | None = None
        self.rows: Changes | None = None
        """What the last good poll left behind, with what it changed."""
        self.untold: frozenset[str] = frozenset()
        """The names of the lists that the feed does not tell."""
        self.failure: PollFailure | None = None
        self.dropped_rows: tuple[DroppedRow, ...] = ()
        self.unknown_values: Mapping[str, int] = {}
        self._unread: set[tuple[str, str]] = set()
        """By list and identifier, rows that were read before and are there, but cannot be read now."""
        self.polls = PollLog()
        self.as_of: datetime | None = None
        self._restored_as_of: datetime | None = None
        self._at_zero: datetime | None = None
        """What the server's clock showed when the monotonic clock read 0."""
        self.backfill_wanted = False
        """The day has a gap that a backfill could close. Whoever asks for one sets it back."""
        self._daybook: Daybook | None = None
        self._active = Ordered(_is_active, incident_order)
        self._unassigned = Ordered(_is_unassigned, incident_order)
        self._waiting = Ordered(_is_waiting, _received)
        self._talking = Ordered(_is_talking, _answered)
        self._named: Counter[str] = Counter()
        """How many active incidents name each agency."""
        self._misplaced: Counter[str] = Counter()
        self._loads: dict[str, AgencyLoad] = {}
        self._staffing = staffing(())
        self._watched_agencies: tuple[AgencyFigures, ...] = ()
        self.unfinished = False
        """Alarms are left to be looked at."""
        self.revision = 0
        """Rises with every change of what the feed told."""
        self._cache: dict[str, tuple[object, Any]] = {}

    @property
    def zone(self) -> ZoneInfo | None:
        """The centre's time zone, once known."""
        return self._daybook.zone if self._daybook else None

    @property
    def name(self) -> str:
        """The centre's, as it tells it or, until then, as the configuration does."""
        return self.centre.name if self.centre is not None else self.settings.name or self.settings.feed_id

    def state(self, monotonic_s: float) -> FeedState:
        age_s = self.clock.age_s(monotonic_s)
        if age_s is None:
            return FeedState.FAILED if self.failure else FeedState.CONNECTING
        return FeedState.STALE if age_s > STALE_POLLS * self.settings.poll_interval_s else FeedState.LIVE

    @property
    def old_answer_s(self) -> float | None:
        """Where answers do come, and the last was as old as to be no news: by how much."""
        behind_s = self.clock.behind_s
        old = self.failure is None and behind_s > STALE_POLLS * self.settings.poll_interval_s
        return behind_s if old else None

    def observe(self, event: FeedEvent, monotonic_s: float, more: Callable[[], bool] | None = None) -> Changes | None:
        """Take in what the feed brought. Returns the changes of the rows; None where none could have changed. `more` as
        in `advance`.
        """
        changes = None
        if not isinstance(event, Backfill):
            self.polls.observe(event)
        if isinstance(event, PollFailure):
            self.failure = event
        elif isinstance(event, Backfill):
            self._observe_backfill(event)
        else:
            self.failure = None
            self.clock.observe(event, monotonic_s)
            if event.snapshot is not None:
                self.dropped_rows, self.unknown_values = event.dropped_rows, event.unknown_values
                changes = self._observe_snapshot(event.snapshot)
            elif (
                self._daybook is not None
                and (confirmed_at := self.clock.confirmed_at)
                and self._daybook.still_the_same(confirmed_at)
            ):
                self._miss()
        self.advance(monotonic_s, more)
        return changes

    def advance(self, monotonic_s: float, more: Callable[[], bool] | None = None) -> None:
        """Let time pass: figures and alarms move on to now, unless the data are too old to say anything about now.

        With `more`, alarms are looked at as long as it says so; what is left is `unfinished`.
        """
        now = self.clock.now(monotonic_s)
        if now is None:
            return
        self._keep_time(now, monotonic_s)
        settings = self.settings
        self.alarms.measure("data_stale", settings.feed_id, Reading(self.clock.age_s(monotonic_s)))
        if self.state(monotonic_s) is FeedState.LIVE:
            self.as_of = now
            self._watch_centre()
            self.alarms.advance(now, more)
            self.unfinished = self.alarms.unfinished
            if self.rows is not None:
                self.alarms.begin()
        else:
            self.unfinished = False  # time stands still for all others
            self.alarms.look_at("data_stale", settings.feed_id, now)

    def _keep_time(self, now: datetime, monotonic_s: float) -> None:
        """Shelves last by the steady clock, whatever the server's is set to."""
        at_zero = now - timedelta(seconds=monotonic_s)
        if self._at_zero is None:
            self._at_zero = at_zero
            self.alarms.bound_shelves(now)
        elif abs(set_by := at_zero - self._at_zero) > SMALLEST_SETTING:
            self.alarms.move_shelves(set_by, now)
            self._at_zero = at_zero

    def restore(self, last_events: Sequence[AlarmEvent]) -> None:
        """Have the alarms stand as they stood when the program ended. To be called before anything is observed."""
        self.alarms.restore(last_events)
        self._restored_as_of = max((event.at for event in last_events), default=None)

    @property
    def alarms_as_of(self) -> datetime | None:
        """The last moment at which alarms were judged: by the program that ran before, until there are data."""
        return self.as_of or self._restored_as_of

    def tells(self, name: str) -> bool:
        """Whether the list of this name, or the field "list.field", is known: where not, none means nothing."""
        return self.rows is not None and name not in self.untold

    @property
    def misplaced_instants(self) -> dict[str, int]:
        """How many instants lie before the receipt of their call or the report of their incident, by path:
        `calls.answered_at`. What would be counted from one to the other is not known.
        """
        return {path: count for path, count in sorted(self._misplaced.items()) if count}

    @property
    def tells_call_states(self) -> bool:
        """Whether it is known who waits and who talks: that follows from when calls are answered and end."""
        return all(map(self.tells, ("calls", ANSWERED, ENDED)))

    def active_incidents(self) -> list[Incident]:
        """In the panel's order: by priority, then the oldest first."""
        return self._active.rows

    def waiting_calls(self) -> list[Call]:
        """The longest waiting first; nobody where it is not known who waits."""
        return self._waiting.rows if self.tells_call_states else []

    def talking_calls(self) -> list[Call]:
        """The longest talking first; nobody where it is not known who talks."""
        return self._talking.rows if self.tells_call_states else []

    def kpis(self) -> Kpis | None:
        now, rows, daybook = self.as_of, self.rows, self._daybook
        if now is None or rows is None or daybook is None:
            return None
        return self._cached("kpis", (now, self.revision), lambda: self._kpis(now, daybook))

    def hours(self) -> tuple[Hour, ...]:
        """Calls per hour since local midnight; nothing where no calls are told."""
        now, daybook = self.as_of, self._daybook
        if now is None or daybook is None or not self.tells("calls"):
            return ()
        return self._cached("hours", (now, self.revision), lambda: self._hours(now, daybook))

    def usual_hour(self, start: datetime) -> float | None:
        """The mean number of calls that is usual for the clock hour that begins at `start`."""
        usual = self.settings.usual_calls_per_hour
        return usual[start.astimezone(self.zone).hour] if usual and self.zone else None

    def agencies(self) -> tuple[AgencyFigures, ...]:
        """In the feed's order."""
        now, rows, daybook = self.as_of, self.rows, self._daybook
        if now is None or rows is None or daybook is None:
            return ()
        minute = now.replace(second=0, microsecond=0)  # a 24 h window need not slide every second
        return self._cached("agencies", (self.revision, minute), lambda: self._agencies(now, rows, daybook))

    def units_at_work(self) -> tuple[int, int] | None:
        """How many of all agencies' units are busy, and how many are in service; None where no units are told."""
        if not self.tells("units"):
            return None
        loads = [agency.load for agency in self.agencies() if agency.load is not None]
        busy = sum([load.busy for load in loads])
        return busy, busy + sum([load.available for load in loads])

    def compliance_since(self) -> datetime | None:
        """Since when the agencies' compliance counts; None where the 24 h have been seen whole."""
        return self._daybook.compliance_since(self.as_of) if self._daybook and self.as_of else None

    def _kpis(self, now: datetime, daybook: Daybook) -> Kpis:
        return Kpis(
            calls=self._call_figures(now, daybook) if self.tells("calls") else None,
            incidents=self._incident_figures(now, daybook) if self.tells("incidents") else None,
            staffing=self._staffing if self.tells("call_takers") else None,
        )

    def _call_figures(self, now: datetime, daybook: Daybook) -> CallFigures:
        waiting = self.waiting_calls()
        day = (self.revision, local_midnight(now, daybook.zone))
        figures = CallFigures(
            waiting=len(waiting),
            longest_waiting_s=seconds_between(waiting[0].received_at, now) if waiting else None,
            talking=len(self.talking_calls()),
            answering=answering(daybook.offered(now), now, self.settings.short_abandon_s),
            today=self._cached("calls_today", day, lambda: daybook.calls_today(now)),
        )
        if not daybook.offered_are_known(now):
            figures = replace(figures, answering=replace(figures.answering, offered=None))
        if daybook.only_running_calls:
            figures = _without_ends(figures)
        return figures if self.tells_call_states else self._without_states(figures)

    def _without_states(self, figures: CallFigures) -> CallFigures:
        """What is left where answers or ends are not told."""
        figures = replace(_without_ends(figures), waiting=None, longest_waiting_s=None, talking=None)
        if self.tells(ANSWERED):
            return figures
        return replace(
            figures, answering=figures.answering.without_answers(), today=replace(figures.today, answered=None)
        )

    def _hours(self, now: datetime, daybook: Daybook) -> tuple[Hour, ...]:
        hours = daybook.hours(now)
        if self.tells_call_states and not daybook.only_running_calls:
            return hours
        left = {"abandoned": None} if self.tells(ANSWERED) else {"abandoned": None, "answered": None}
        return tuple([replace(hour, count=replace(hour.count, **left)) for hour in hours])

    def _incident_figures(self, now: datetime, daybook: Daybook) -> IncidentFigures:
        day = (self.revision, local_midnight(now, daybook.zone))
        today = self._cached("incidents_today", day, lambda: daybook.incidents_today(now))
        dispatches = self.tells(DISPATCHED)
        return IncidentFigures(
            active=len(self._active.rows),
            unassigned=len(self._unassigned.rows) if dispatches else None,
            today=replace(
                today,
                dispatched=today.dispatched if dispatches else None,
                closed=today.closed if self.tells(CLOSED) else None,
            ),
        )

    def _agencies(self, now: datetime, rows: Changes, daybook: Daybook) -> tuple[AgencyFigures, ...]:
        minute = now.replace(second=0, microsecond=0)
        met = self._cached(
            "compliance",
            (daybook, daybook.responses, minute),
            lambda: daybook.response_compliance(now, self.settings.response_limit_s),
        )
        units = self.tells("units")
        named = self.tells("incidents") and self.tells(AT_WORK)
        arrivals = named and self.tells(ARRIVED)
        return tuple(
            [
                AgencyFigures(
                    id=agency.id,
                    name=agency.short_name or agency.name,
                    load=self._loads.get(agency.id, AgencyLoad()) if units else None,
                    incidents=self._named[agency.id] if named else None,
                    compliance=met.get(agency.id, Share(None, 0)) if arrivals else None,
                )
                for agency in rows.agencies.rows.values()
            ]
        )

    def _observe_snapshot(self, snapshot: Snapshot) -> Changes:
        zone = ZoneInfo(snapshot.centre.time_zone)
        changes = diff(self.rows, snapshot)
        other_lists = snapshot.untold != self.untold
        if self.centre is not None and self.centre.id != snapshot.centre.id:
            forget_centre(self.alarms, self.centre.id)
        self.centre, self.rows, self.untold = snapshot.centre, changes, snapshot.untold
        seen = changes
        if self._daybook is None or self._daybook.zone != zone:
            stale = timedelta(seconds=STALE_POLLS * self.settings.poll_interval_s)
            self._daybook = Daybook(zone, max(LONGEST_GAP, stale))
            self.alarms.zone = zone
            seen = diff(None, snapshot)
        self._daybook.closings_seen = snapshot.closings_seen
        self._daybook.only_running_calls = snapshot.only_running_calls
        if self._daybook.observe(snapshot.server_time, seen):
            self._miss()
        if changes or other_lists:
            self.revision += 1
            self._follow(changes)
            self._watch_rows(changes)
        unread = {(row.list_name, row.id) for row in self.dropped_rows if row.id}
        self.alarms.cannot_tell(frozenset((SCOPES[name], key) for name, key in unread if name in SCOPES))
        if changes or self._unread:
            self._forget_rows(changes, unread)
        return changes

    def _follow(self, changes: Changes) -> None:
        """Bring up to date what is kept of the rows, touching only those that changed."""
        for incidents in (self._active, self._unassigned):
            incidents.follow(changes.incidents)
        for calls in (self._waiting, self._talking):
            calls.follow(changes.calls)
        if changes.units:
            self._loads = agency_loads(changes.units.rows.values())
        if changes.call_takers:
            self._staffing = staffing(changes.call_takers.rows.values())
        for gone in changes.incidents.gone:
            if gone.active:
                self._named.subtract(set(gone.agency_ids))
        for come in changes.incidents.come:
            if come.active:
                self._named.update(set(come.agency_ids))
        for name, gone_rows, come_rows in (
            ("calls", changes.calls.gone, changes.calls.come),
            ("incidents", changes.incidents.gone, changes.incidents.come),
        ):
            self._misplaced.subtract(_misplaced_in(name, gone_rows))
            self._misplaced.update(_misplaced_in(name, come_rows))

    def _miss(self) -> None:
        """The day has a gap: the figures count since another instant, though no row may have changed."""
        self.backfill_wanted = True
        self.revision += 1

    def _observe_backfill(self, backfill: Backfill) -> None:
        if self._daybook is None:
            return
        self._daybook.fill(backfill.calls, backfill.calls_since)
        self._daybook.fill_incidents(backfill.incidents, backfill.incidents_since)
        self.alarms.measure_anew()
        self.revision += 1

    def _watch_rows(self, changes: Changes) -> None:
        book = self.alarms
        for call in changes.calls.come:
            watch_call(book, call, known=self.tells_call_states)
        for incident in changes.incidents.come:
            watch_incident(book, incident, self.untold)

    def _forget_rows(self, changes: Changes, unread: Container[tuple[str, str]]) -> None:
        """Those that left. One that is there and cannot be read just now has not: nothing about it is over."""
        left = self._unread
        self._unread = set()
        for name, forget in (("calls", forget_call), ("incidents", forget_incident), ("agencies", forget_agency)):
            of: RowChanges[Any] = getattr(changes, name)
            keys = {row.id for row in of.removed} | {key for list_name, key in left if list_name == name}
            for key in sorted([key for key in keys if key not in of.rows]):
                if (name, key) in unread:
                    self._unread.add((name, key))
                else:
                    forget(self.alarms, key)

    def _watch_centre(self) -> None:
        kpis = self.kpis()
        if kpis is None or self.centre is None:
            return
        watch_centre(self.alarms, self.centre.id, kpis, *self._running_hour())
        agencies = self.agencies()
        if agencies is not self._watched_agencies:  # which are the same ones as long as nothing about them changes
            self._watched_agencies = agencies
            for agency in agencies:
                watch_agency(self.alarms, agency, partial=self.compliance_since() is not None)

    def _running_hour(self) -> tuple[Hour | None, float | None]:
        """With the number of calls that is usual for as much of it as has passed."""
        hours = self.hours()
        if not hours:
            return None, None
        usual = self.usual_hour(hours[-1].start)
        share = max(SHORTEST_SHARE_OF_AN_HOUR, hours[-1].elapsed)
        return hours[-1], None if usual is None else usual * share

    def _cached(self, name: str, key: object, compute: Callable[[], Value]) -> Value:
        held = self._cache.get(name)
        if held is None or held[0] != key:
            held = self._cache[name] = (key, compute())
        value: Value = held[1]
        return value


def _without_ends(figures: CallFigures) -> CallFigures:
    """What is left where nobody tells how calls end."""
    return replace(figures, answering=figures.answering.without_ends(), today=replace(figures.today, abandoned=None))


def _misplaced_in(name: str, rows: Sequence[Call | Incident]) -> list[str]:
    return [f"{name}.{field}" for row in rows for field in row.misplaced]


def incident_order(incident: Incident) -> tuple[int, datetime, str]:
    """The panel's order: by priority, then the oldest first."""
    return (incident.priority, incident.reported_at, incident.id)


def _is_active(incident: Incident) -> bool:
    return incident.active


def _is_unassigned(incident: Incident) -> bool:
    return incident.unassigned


def _is_waiting(call: Call) -> bool:
    return call.waiting


def _is_talking(call: Call) -> bool:
    return call.talking


def _received(call: Call) -> tuple[datetime, str]:
    return (call.received_at, call.id)


def _answered(call: Call) -> tuple[datetime | None, str]:
    return (call.answered_at, call.id)
