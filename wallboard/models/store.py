"""Where, in the GUI thread, what a centre's feed brought and the passing of time meet the models of that centre."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, Signal

from wallboard.core.alarms import Alarm, AlarmEvent, AlarmGroup, Scope, Severity, Shelf, Subject
from wallboard.core.entities import DISPATCHED
from wallboard.core.poll import FeedEvent
from wallboard.core.situation import FeedState, Situation
from wallboard.core.skew import SkewWatch
from wallboard.history.entries import Exportable
from wallboard.models.agencies import AgencyModel
from wallboard.models.calls import CallModel
from wallboard.models.incidents import IncidentModel, Location
from wallboard.steady import steady_s


def pc_clock() -> datetime:
    """This machine's wall clock, which may be wrong and may jump."""
    return datetime.now(UTC)


class Store(QObject):
    """Holds the situation of one centre and the models over it.

    `advanced` comes after every second and every outcome, when the models are up to date: a view then compares what it
    shows with what it should show. `monotonic` and `wall_clock` are the machine's clocks; of the second
    nothing is computed but how wrong it is, and it is shown as long as the server's is unknown. `position` is that of
    whoever acts on alarms here, `log` what keeps what happens to them, where anything does.
    """

    advanced = Signal()
    backfill_wanted = Signal()

    def __init__(
        self,
        situation: Situation,
        location: Location = Location.FULL,
        *,
        position: str = "",
        monotonic: Callable[[], float] = steady_s,
        wall_clock: Callable[[], datetime] = pc_clock,
        log: Exportable | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.situation = situation
        self.incidents = IncidentModel(location, self)
        self.calls = CallModel(self)
        self.agencies = AgencyModel(self)
        self.log = log
        self._position = position
        self._monotonic = monotonic
        self._wall_clock = wall_clock
        self.pc_ahead_s: float | None = None
        """By how much the PC's wall clock is ahead of the server's, below 0 behind; None where it is right enough."""
        self._skew = SkewWatch()
        self._shown: object = None

    def restore(self, last_events: Sequence[AlarmEvent]) -> None:
        """Have the alarms stand as they stood when the program ended. To be called before the first data."""
        self.situation.restore(last_events)

    def receive(self, event: FeedEvent, more: Callable[[], bool] | None = None) -> None:
        """Take in what the feed brought. Alarms are looked at as long as there is `more` time; see `unfinished`."""
        changes = self.situation.observe(event, self._monotonic(), more)
        if changes is not None and changes.agencies:
            self.incidents.forget_all()
        if changes is not None and (changes.agencies or changes.call_takers):
            self.calls.forget_all()
        self._compare_clocks()
        self._show()
        if self.situation.backfill_wanted:
            self.situation.backfill_wanted = False
            self.backfill_wanted.emit()
        self.advanced.emit()

    @property
    def unfinished(self) -> bool:
        """Alarms are left to be looked at: advance again."""
        return self.situation.unfinished

    def advance(self, more: Callable[[], bool] | None = None) -> None:
        """Let the time that has passed count. `more` as in `receive`. While the server's time is not known, restored
        shelves end by this machine's.
        """
        self.situation.advance(self._monotonic(), more)
        if self.state is FeedState.FAILED:
            self.situation.alarms.end_shelves(self._wall_clock())
        self._compare_clocks()
        self._show()
        self.advanced.emit()

    # What a person does about alarms; each returns how many alarms it was done to

    def acknowledge_all(self) -> int:
        """Somebody has seen every alarm that is shown."""
        return self.acknowledge(self.situation.alarms.shown())

    def acknowledge(self, subjects: Iterable[Subject]) -> int:
        return self._acted(self.situation.alarms.acknowledge(subjects, self.now, self._position))

    def shelve(self, subjects: Iterable[Subject], for_s: float, reason: str) -> int:
        """Put aside for so many seconds from now."""
        shelf = Shelf(self.now + timedelta(seconds=for_s), reason, self._position)
        return self._acted(self.situation.alarms.shelve(subjects, shelf, self.now))

    def unshelve(self, subjects: Iterable[Subject]) -> int:
        return self._acted(self.situation.alarms.unshelve(subjects, self.now, self._position))

    def comment(self, subject: Subject, note: str) -> int:
        return self._acted(self.situation.alarms.comment(subject, note, self.now, self._position))

    def take_out_of_service(self, rule: str, note: str) -> int:
        """The rule is silent until it is put back."""
        return self._acted(self.situation.alarms.take_out_of_service(rule, self.now, self._position, note))

    def put_into_service(self, rule: str) -> int:
        return self._acted(self.situation.alarms.put_into_service(rule, self.now, self._position))

    def take_events(self) -> list[AlarmEvent]:
        """What happened to alarms since this was last asked, in its order."""
        book = self.situation.alarms
        events, book.events = book.events, []
        return events

    def _acted(self, count: int) -> int:
        if count:
            self._show()
            self.advanced.emit()
        return count

    @property
    def severities(self) -> Mapping[Subject, Severity]:
        """The severity of every active alarm."""
        return self.situation.alarms.severities()

    @property
    def state(self) -> FeedState:
        return self.situation.state(self._monotonic())

    @property
    def data_age_s(self) -> float | None:
        return self.situation.clock.age_s(self._monotonic())

    @property
    def monotonic_s(self) -> float:
        """This machine's monotonic clock, by which polls are stamped."""
        return self._monotonic()

    @property
    def clock_offset_s(self) -> float | None:
        """The server's clock less this computer's; None before the first good poll."""
        return self.situation.clock.clock_offset_s(self._monotonic(), self._wall_clock())

    @property
    def clock_error_s(self) -> float | None:
        """By how much the server's clock may err either way; None before the first good poll."""
        return self.situation.clock.error_s(self._monotonic())

    @property
    def server_now(self) -> datetime | None:
        """The server's time; None before the first good poll."""
        return self.situation.clock.now(self._monotonic())

    @property
    def now(self) -> datetime:
        """The server's time, and this machine's as long as the server's is unknown."""
        return self.server_now or self._wall_clock()

    def alarms(self) -> list[Alarm]:
        """Every one that is not normal, in display order."""
        return self.situation.alarms.alarms(self.situation.alarms_as_of or self.now)

    def alarm_groups(self, among: Container[Subject] | None = None) -> list[AlarmGroup]:
        """What is shown of them, or of those `among` these subjects, by rule and severity, in display order."""
        return self.situation.alarms.groups(self.situation.alarms_as_of or self.now, among)

    def agency_names(self, keys: Container[str]) -> tuple[str, ...]:
        """Of these agencies, in the feed's order."""
        return tuple([agency.name for agency in self.situation.agencies() if agency.id in keys])

    def _compare_clocks(self) -> None:
        now_s, clock = self._monotonic(), self.situation.clock
        offset_s = clock.clock_offset_s(now_s, self._wall_clock())
        self.pc_ahead_s = self._skew.pc_ahead_s(offset_s, clock.error_s(now_s))

    def _show(self) -> None:
        """Bring the models up to date, where anything they show can have changed."""
        situation = self.situation
        agencies = situation.agencies()
        state = (situation.revision, situation.alarms.revision, agencies)
        if state == self._shown:
            return
        self._shown = state
        if situation.rows is None:
            return
        alarms = situation.alarms
        for subject in alarms.touched:
            if subject.scope is Scope.INCIDENT:
                self.incidents.forget(subject.key)
            elif subject.scope is Scope.CALL:
                self.calls.forget(subject.key)
        alarms.touched.clear()
        names = {agency.id: agency.name for agency in agencies}
        self.incidents.show(
            situation.active_incidents(),
            names,
            alarms.severity,
            tells_dispatch=situation.tells(DISPATCHED),
        )
        self.calls.show(
            situation.waiting_calls(),
            situation.talking_calls(),
            situation.rows.call_takers.rows,
            names,
            alarms.severity,
        )
        self.agencies.show(agencies, alarms.severity)
