"""All centres of a wall: when the store of each moves on, a row for each, and whose alarm comes first."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from wallboard.core.alarms import AlarmGroup, Severity, Subject
from wallboard.core.metrics import Share
from wallboard.core.poll import FailureKind, FeedEvent
from wallboard.core.situation import FeedState, Kpis
from wallboard.models.rows import Row, RowsModel
from wallboard.models.store import Store

TICK_S = 1.0

_log = logging.getLogger(__name__)

LONGEST_PASS_S = 0.006
"""Of work in the GUI thread at a time, but for the piece that was begun. With a thing of which three hundred rules have
something to say, 6 ms, a pass stays within 16 ms; with the largest snapshot, 8 ms, and what it changes on the screen,
8 ms, within 25."""


class FeedBridge(QObject):
    """Carries the feeds' outcomes from their threads into that of the centres, by a queued connection."""

    arrived = Signal(str, object)

    def deliver(self, feed_id: str, event: FeedEvent) -> None:
        """May be called in any thread."""
        self.arrived.emit(feed_id, event)


class Levels(NamedTuple):
    """The severity of each figure of a row: that of the worst alarm about it."""

    waiting: Severity | None = None
    longest: Severity | None = None
    service_level: Severity | None = None
    incidents: Severity | None = None
    load: Severity | None = None
    age: Severity | None = None


FIGURE_OF_METRIC = {
    "calls_waiting": "waiting",
    "call_waiting": "longest",
    "service_level": "service_level",
    "incident_unassigned": "incidents",
    "response_time": "incidents",
    "incident_open": "incidents",
    "agency_load": "load",
    "calls_offered": "waiting",
    "service_level_20": "service_level",
    "average_speed_of_answer": "service_level",
    "answer_p90": "service_level",
    "abandonment_rate": "service_level",
    "active_incidents": "incidents",
    "unassigned_incidents": "incidents",
    "agency_busy": "load",
    "agency_available": "load",
    "agency_out": "load",
    "data_stale": "age",
}
"""The figure that rules on these metrics are about."""


class CentreRow(Row, frozen=True, kw_only=True, gc=False):
    """A centre in one line; `id` is its feed's. A figure is None where it is not known.

    `waiting_since` is when the longest wait began; `busy` of `units` are at work, those out of service not counted.
    `failure` and `status` say why the last poll gave nothing, `old_answers` that it gave no news; `alarm` and `limit`
    are the worst alarm's rule and limit.
    """

    name: str
    short: str
    """The name without the words that all centres have in common."""
    state: FeedState
    waiting: int | None = None
    waiting_since: datetime | None = None
    service_level: Share | None = None
    incidents: int | None = None
    unassigned: int | None = None
    busy: int | None = None
    units: int | None = None
    failure: FailureKind | None = None
    status: int | None = None
    old_answers: bool = False
    alarm: str = ""
    limit: float = 0.0
    levels: Levels = Levels()


class CentreModel(RowsModel[CentreRow]):
    row_type = CentreRow

    def describe(self, row: CentreRow) -> str:
        return row.name


WITHOUT_DATA = ("", "data_stale")
"""The rules of a centre that is not known to be in need, but not known at all."""


class Alarming(Struct, frozen=True):
    """A centre with active alarms, by the worst of them that nobody has acknowledged, else the worst. One that never
    gave data has none, and is critical all the same: its `rule` is empty. `alarms` is how many there are, or 1;
    `standing` has the rules and severities of them.

    `rule`, `metric` and `since` are what is told of it first: among several centres, of one whose data are old, that
    they are, whatever its `severity` comes from.
    """

    store: Store
    severity: Severity
    rule: str = ""
    metric: str = ""
    since: datetime | None = None
    alarms: int = 1
    standing: frozenset[tuple[str, Severity]] = frozenset()
    asking: tuple[str, ...] = ()
    """The rules of those that nobody has acknowledged, the most urgent first."""

    @property
    def acknowledged(self) -> bool:
        """Somebody has seen every one of them."""
        return bool(self.rule) and not self.asking


class Centres(QObject):
    """One store for each centre, in the configuration's order.

    `advanced` comes with the stores that moved on, when the rows are up to date; `happened` with a store and the events
    of its alarms, in their order, as soon as the screen can show them; `told` when that was all of the moment. There is
    one tick for all of them: as the second turns that the screen shows, `leading` moves on, and then the others, some
    at a time. What the feeds bring is taken in likewise, so that many answers at once hold nothing up.
    """

    advanced = Signal(object)
    happened = Signal(object, object)
    told = Signal()

    def __init__(
        self,
        stores: Sequence[Store],
        *,
        pass_clock: Callable[[], float] = time.perf_counter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stores = tuple(stores)
        self.leading = self.stores[0]
        """The centre whose clock is on the screen."""
        self.model = CentreModel(self)
        self._pass_clock = pass_clock
        self._by_id = {store.situation.settings.feed_id: store for store in self.stores}
        self._names: tuple[str, ...] = ()
        self._short: dict[Store, str] = {}
        self._rows = {store: _row(store, (), store.situation.name) for store in self.stores}
        self._alarming: dict[Store, Alarming | None] = {}
        self._ordered: list[Alarming] | None = []
        self._told: dict[Store, tuple[object, tuple[AlarmGroup, ...]]] = {}
        self._events: deque[tuple[Store, FeedEvent]] = deque()
        self._due: deque[Store] = deque()
        self._moved: set[Store] = set()
        self._faulty: set[Store] = set()
        self._working = False
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._second)
        self._worker = QTimer(self)
        self._worker.setSingleShot(True)
        self._worker.setInterval(0)  # when the screen and the keys have had their turn
        self._worker.timeout.connect(self._work)
        for store in self.stores:
            store.setParent(self)
            store.advanced.connect(self._note)
        self.model.show_rows(list(self._rows.values()))

    def __getitem__(self, feed_id: str) -> Store:
        return self._by_id[feed_id]

    def get(self, feed_id: str) -> Store | None:
        return self._by_id.get(feed_id)

    def __len__(self) -> int:
        return len(self.stores)

    def start(self) -> None:
        """Begin to tick."""
        self._arm()

    def stop(self) -> None:
        self._tick.stop()
        self._worker.stop()

    @Slot(str, object)
    def receive(self, feed_id: str, event: FeedEvent) -> None:
        """Take in what a feed brought, in its turn."""
        self._events.append((self._by_id[feed_id], event))
        if not self._worker.isActive():
            self._worker.start()

    @Slot()
    def advance(self) -> None:
        """Let the time that has passed count for every centre."""
        self._working = True
        try:
            for store in self.stores:
                self._advance(store)
        finally:
            self._publish()

    @Slot()
    def acknowledge_all(self) -> None:
        """Somebody has seen every alarm that is shown."""
        self.acknowledge({store: store.situation.alarms.shown() for store in self.stores})

    def acknowledge(self, subjects: Mapping[Store, Iterable[Subject]]) -> None:
        """Somebody has seen these."""
        self._working = True
        try:
            for store, of_store in subjects.items():
                store.acknowledge(of_store)
        finally:
            self._publish()

    def row(self, store: Store) -> CentreRow:
        return self._rows[store]

    def alarming(self) -> Sequence[Alarming]:
        """The centres with alarms, whose comes first: what nobody has acknowledged, the worst, then the oldest. Of the
        same severity, one whose data are missing comes after those that have something to tell: it may go on for days.
        """
        if self._ordered is None:
            self._ordered = sorted(filter(None, self._alarming.values()), key=_urgency)
        return self._ordered

    @Slot()
    def _second(self) -> None:
        try:
            self.leading.advance(self._until(self._pass_clock() + LONGEST_PASS_S))
        finally:  # whatever breaks, the wall goes on ticking
            if self.leading.unfinished:
                self._due.append(self.leading)
            # What a slow machine left over from the last second is not caught up with.
            # But whoever had no turn comes first now.
            self._due.extend([store for store in self.stores if store is not self.leading and store not in self._due])
            if self._due and not self._worker.isActive():
                self._worker.start()
            self._arm()

    def _arm(self) -> None:
        past_s = self.leading.now.microsecond / 1e6
        self._tick.start(max(1, round((TICK_S - past_s) * 1000)))

    @Slot()
    def _work(self) -> None:
        ends_s = self._pass_clock() + LONGEST_PASS_S
        more = self._until(ends_s)
        self._working = True
        try:
            while self._events or self._due:
                if self._events:
                    store, event = self._events.popleft()
                    self._receive(store, event, more)
                else:
                    store = self._due.popleft()
                    self._advance(store, more)
                if store.unfinished and store not in self._due:
                    self._due.append(store)
                if self._pass_clock() >= ends_s:
                    break
        finally:
            if self._events or self._due:
                self._worker.start()
            self._publish()

    def _until(self, ends_s: float) -> Callable[[], bool]:
        def more() -> bool:
            return self._pass_clock() < ends_s

        return more

    def _advance(self, store: Store, more: Callable[[], bool] | None = None) -> None:
        try:
            store.advance(more)
        except Exception:  # noqa: BLE001 (one centre's fault stops no other)
            self._log_fault(store)

    def _receive(self, store: Store, event: FeedEvent, more: Callable[[], bool]) -> None:
        try:
            store.receive(event, more)
        except Exception:  # noqa: BLE001 (one centre's fault stops no other)
            self._log_fault(store)

    @Slot()
    def _note(self) -> None:
        store = self.sender()
        assert isinstance(store, Store)
        self._moved.add(store)
        if not self._working:
            self._publish()

    def _publish(self) -> None:
        self._working = False
        moved, self._moved = frozenset(self._moved), set()
        if not moved:
            return
        self._shorten_names()
        several = len(self.stores) > 1
        for store in moved:
            try:
                self._take(store, several=several)
            except Exception:  # noqa: BLE001 (one centre's fault stops no other)
                self._log_fault(store)
        self.model.show_rows(list(self._rows.values()))
        self.advanced.emit(moved)
        for store in self.stores:
            if store in moved and (events := store.take_events()):
                self.happened.emit(store, events)
        self.told.emit()

    def _take(self, store: Store, *, several: bool) -> None:
        groups = self._groups(store)
        name = store.situation.name
        row = _row(store, groups, self._short.get(store, name))
        if row != self._rows[store]:  # one that is the same object is compared at no cost
            self._rows[store] = row
        alarming = _alarming(store, groups, several=several)
        if alarming != self._alarming.get(store):
            self._ordered = None
            self._alarming[store] = alarming

    def _log_fault(self, store: Store) -> None:
        if store not in self._faulty:  # once, not each second
            _log.exception("feed %s: a fault of the wallboard's", store.situation.settings.feed_id)
        self._faulty.add(store)

    def _shorten_names(self) -> None:
        """Of those that have told their names. When one more does, the others' rows follow with their next data."""
        known = [store for store in self.stores if store.situation.centre is not None]
        names = tuple([store.situation.name for store in known])
        if names != self._names:
            self._names = names
            ids = [store.situation.settings.feed_id for store in known]
            self._short = dict(zip(known, distinct(names, ids), strict=True))

    def _groups(self, store: Store) -> tuple[AlarmGroup, ...]:
        """The store's, as long as they are the same ones: their values may have grown since."""
        revision = store.situation.alarms.revision
        held = self._told.get(store)
        if held is None or held[0] != revision:
            held = self._told[store] = (revision, tuple(store.alarm_groups()))
        return held[1]


def _urgency(alarming: Alarming) -> tuple[bool, int, bool, float, str]:
    since = alarming.since.timestamp() if alarming.since else 0.0
    return (alarming.acknowledged, -alarming.severity, alarming.rule in WITHOUT_DATA, since, alarming.rule)


def _alarming(store: Store, groups: Sequence[AlarmGroup], *, several: bool) -> Alarming | None:
    asking = tuple([group.rule for group in groups if group.unacknowledged])
    if store.state is FeedState.FAILED:
        # Beside what stood when the program ended before: of that, nothing is known to be over.
        return Alarming(store, Severity.CRITICAL, alarms=1 + sum(group.count for group in groups), asking=asking)
    if not groups:
        return None
    first = told = groups[0]
    if several and store.state is FeedState.STALE:
        # What was alarming then is not for now, where other centres know what is. But it is not over, and it is heard.
        told = next((group for group in groups if group.rule == "data_stale"), first)
    return Alarming(
        store,
        first.severity,
        told.rule,
        told.metric,
        told.since,
        sum(group.count for group in groups),
        frozenset((group.rule, group.severity) for group in groups),
        asking=asking,
    )


def _row(store: Store, groups: Sequence[AlarmGroup], short: str) -> CentreRow:
    situation, state = store.situation, store.state
    failure = situation.failure
    kpis = situation.kpis()
    waiting = situation.waiting_calls()
    busy, units = situation.units_at_work() or (None, None)
    alarm = max(groups, key=_group_severity, default=None)
    return CentreRow(
        id=situation.settings.feed_id,
        name=situation.name,
        short=short,
        state=state,
        severity=Severity.CRITICAL if state is FeedState.FAILED else alarm.severity if alarm else None,
        waiting=kpis.calls.waiting if kpis and kpis.calls else None,
        waiting_since=waiting[0].received_at if waiting else None,
        service_level=_share(kpis),
        incidents=kpis.incidents.active if kpis and kpis.incidents else None,
        unassigned=kpis.incidents.unassigned if kpis and kpis.incidents else None,
        busy=busy,
        units=units,
        failure=failure.kind if failure else None,
        status=failure.status if failure else None,
        old_answers=situation.old_answer_s is not None,
        alarm=alarm.rule if alarm else "",
        limit=alarm.worst.limit if alarm else 0.0,
        levels=_levels(groups),
    )


def _group_severity(group: AlarmGroup) -> Severity:
    return group.severity


def _share(kpis: Kpis | None) -> Share | None:
    """Without the interval, whose last digits nobody reads."""
    if kpis is None or kpis.calls is None:
        return None
    level = kpis.calls.answering.service_level_15
    return None if level is None else Share(level.value, level.n)


def _levels(groups: Sequence[AlarmGroup]) -> Levels:
    worst: dict[str, Severity] = {}
    for group in groups:
        figure = FIGURE_OF_METRIC.get(group.metric)
        if figure is not None:
            worst[figure] = max(group.severity, worst.get(figure, group.severity))
    return Levels(**worst)


def distinct(names: Sequence[str], ids: Sequence[str] = ()) -> list[str]:
    """Without the words with which all of them begin or end: "112 Siak" among other centres of 112 is Siak. Of names
    that are the same, the feeds' ids.
    """
    count = Counter(names)
    if max(count.values(), default=0) > 1 and ids:
        own = [key if count[name] > 1 else name for name, key in zip(names, ids, strict=True)]
        return own if len(count) == 1 else distinct(own)
    split = [name.split() for name in names]
    if len(split) < 2:
        return list(names)
    shortest = min(map(len, split))
    first = last = 0
    while first + 1 < shortest and len({words[first] for words in split}) == 1:
        first += 1
    while first + last + 1 < shortest and len({words[-1 - last] for words in split}) == 1:
        last += 1
    return [" ".join(words[first : len(words) - last]) for words in split]
