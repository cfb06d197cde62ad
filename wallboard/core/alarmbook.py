"""The alarm book of one centre: which rules say what of which things, where each alarm stands, and what happened to it.

Pure: time comes in as an argument. The book is told what there is to watch (`last`, `measure`, `end`) and looks at it
when time passes (`advance`), in slices where the caller wants them. What grows by itself (a wait, an age) is told once:
the book knows when it crosses a limit, so a second's tick costs nothing where nothing crosses.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from wallboard.core import crossing, lifecycle
from wallboard.core.alarmgroups import AlarmGroups, Entry
from wallboard.core.alarms import (
    LONGEST_SHELF,
    SHOWN,
    Alarm,
    AlarmEvent,
    AlarmGroup,
    Happening,
    Scope,
    Severity,
    Shelf,
    Standing,
    Subject,
    display_order,
    rule_itself,
)
from wallboard.core.crossing import Reading
from wallboard.core.ladder import Ladder
from wallboard.core.rulebook import Rulebook
from wallboard.core.rules import Rule, Traits
from wallboard.core.watchable import METRICS, Metric

NO_TRAITS = Traits()


class _Watched:
    """A thing as one metric sees it, with the alarms about it by rule. Without start and reading it is gone."""

    __slots__ = (
        "agencies",
        "due",
        "entries",
        "key",
        "known_already",
        "ladder",
        "metric",
        "position",
        "reading",
        "start",
        "traits",
    )

    def __init__(self, metric: Metric, key: str, *, known_already: bool) -> None:
        self.metric = metric
        self.key = key
        self.traits = NO_TRAITS
        """Those that its rules choose by."""
        self.agencies: tuple[str, ...] = ()
        """All that it names."""
        self.start: datetime | None = None
        self.reading: Reading | None = None
        self.ladder: Ladder | None = None
        """The one that `position` is on; None when it is to be found anew."""
        self.position = 0
        self.due: datetime | None = None
        self.entries: dict[str, Entry] = {}
        self.known_already = known_already
        """It was there when the book began, and has not been looked at since."""

    @property
    def gone(self) -> bool:
        return self.start is None and self.reading is None


class _Left(NamedTuple):
    """Where an active alarm stood when what it is about, and lasted since `start`, was gone."""

    at: datetime
    start: datetime
    standing: Standing


class AlarmBook:
    """`rules` in the order of the configuration; their names are unique. What lasts and is back within `missing_s`,
    since the same instant, is what it was: nobody need see or hear it again.
    """

    def __init__(self, rules: Sequence[Rule], *, missing_s: float = 0.0) -> None:
        self._rulebook = Rulebook(rules)
        self.rules = self._rulebook.rules
        self.zone: ZoneInfo | None = None
        """The centre's, once known: rules that are in force at some hours need it."""
        self.out_of_service: dict[str, datetime] = {}
        """The rules that are, and since when."""
        self.events: list[AlarmEvent] = []
        """What happened. Whoever lets the book live on takes them out, else it grows."""
        self.touched: set[Subject] = set()
        """Those whose alarm was raised, ended, or changed its severity. Whoever shows them empties it."""
        self.revision = 0
        """Rises whenever an alarm is raised, ends, or changes its severity or state."""
        self._watched: dict[tuple[str, str], _Watched] = {}
        self._unjudged: dict[tuple[str, str], _Watched] = {}
        self._entries: dict[Subject, Entry] = {}
        self._shelved: dict[Subject, Entry] = {}
        self._unwatched: dict[tuple[str, str], dict[str, Entry]] = {}
        """Alarms about things that are not watched now, by metric, key and rule."""
        self._unconfirmed: deque[Entry] = deque()
        """The restored, which may be about things that are no longer there."""
        self._unread: frozenset[tuple[Scope, str]] = frozenset()
        self._restored_unread: list[Entry] = []
        self._missing = timedelta(seconds=missing_s)
        self._left: dict[Subject, _Left] = {}
        """Those that may be back, the first to have left first."""
        self._groups = AlarmGroups()
        self._severities: dict[Subject, Severity] = {}
        self._due: list[tuple[datetime, int, _Watched | Entry]] = []
        self._wakings = 0
        self._advanced_to: datetime | None = None
        self._begun = False

    # What there is to watch

    def last(self, metric: str, key: str, start: datetime | None, traits: Traits = NO_TRAITS) -> None:
        """A thing lasts since `start`; None ends it."""
        if start is None:
            self._end(metric, key)
        elif self._rulebook.watches(metric):
            watched = self._watched.get((metric, key)) or self._watch(metric, key)
            watched.agencies, traits = traits.agencies, self._rulebook.narrowed(metric, traits)
            if watched.start != start or watched.traits != traits:
                watched.start, watched.traits, watched.ladder = start, traits, None
                self._unjudged[metric, key] = watched

    def measure(self, metric: str, key: str, reading: Reading | None, traits: Traits = NO_TRAITS) -> None:
        """A thing's value now; None ends it. A reading without a value is not known, which ends nothing."""
        if reading is None:
            self._end(metric, key)
        elif self._rulebook.watches(metric):
            watched = self._watched.get((metric, key)) or self._watch(metric, key)
            watched.agencies, traits = traits.agencies, self._rulebook.narrowed(metric, traits)
            if watched.reading != reading or watched.traits != traits:
                watched.reading, watched.traits = reading, traits
                self._unjudged[metric, key] = watched

    def cannot_tell(self, unread: frozenset[tuple[Scope, str]]) -> None:
        """These are there, and nothing is known of them now: what was restored about them is not over."""
        self._unread = unread
        self._unconfirmed += self._restored_unread
        self._restored_unread = []

    def measure_anew(self) -> None:
        """The history told more of the past: what that raises is listed, and not heard."""
        for kind, watched in self._watched.items():
            if watched.metric.over_time:
                watched.known_already = True
                self._unjudged[kind] = watched

    def begin(self) -> None:
        """All that was there at first has been told: from now on, what is new is heard."""
        self._begun = True

    # Time

    @property
    def unfinished(self) -> bool:
        """Something was told, or has come due, that was not looked at yet."""
        overdue = self._due and self._advanced_to is not None and self._due[0][0] <= self._advanced_to
        return bool(self._unjudged or overdue or (self._begun and self._unconfirmed))

    def advance(self, now: datetime, more: Callable[[], bool] | None = None) -> None:
        """Let time pass, and look at what was told; as long as `more`, where it is given. What is left is `unfinished`.

        Everything is judged anew where the server's clock was set back, and where a rule comes into force or goes out.
        """
        self._look_at_the_clock(now)
        if self._advanced_to is not None and now < self._advanced_to:
            self._judge_all_anew()
            self._left.clear()
        self._advanced_to = now
        self._forget_left(now)
        while self._due and self._due[0][0] <= now and (more is None or more()):
            due, _, whose = heapq.heappop(self._due)
            if whose.due == due:  # or it has changed since
                whose.due = None
                self._turn(whose, now)
        while self._unjudged and (more is None or more()):
            key = next(iter(self._unjudged))
            self._judge(self._unjudged.pop(key), now)
        while self._begun and self._unconfirmed and (more is None or more()):
            self._end_unless_told(self._unconfirmed.popleft(), now)

    def look_at(self, metric: str, key: str, now: datetime) -> None:
        """Judge this one thing while time stands still for all others, whose data are old. Shelves end all the same."""
        self._look_at_the_clock(now)
        self.end_shelves(now)
        watched = self._watched.get((metric, key))
        if watched is not None:
            self._unjudged.pop((metric, key), None)
            self._judge(watched, now)

    def end_shelves(self, now: datetime) -> None:
        """Those whose time is over. `advance` does so too."""
        for entry in list(self._shelved.values()):
            self._unshelve_when_due(entry, now)

    def move_shelves(self, by: timedelta, now: datetime) -> None:
        """The clock was set: what is put aside stays so for as long as was said, after a restart too."""
        for entry, shelf in self._shelves():
            self._move_shelf(entry, shelf, by, now)

    def bound_shelves(self, now: datetime) -> None:
        """By whatever clock it was made, none lasts for longer than the longest from now on."""
        for entry, shelf in self._shelves():
            too_long = shelf.until - now - LONGEST_SHELF
            if too_long > timedelta():
                self._move_shelf(entry, shelf, -too_long, now)

    # What is shown

    def severities(self) -> Mapping[Subject, Severity]:
        """The severity of every alarm that is active and shown, now and from now on."""
        return self._severities

    def severity(self, metric: str, key: str) -> Severity | None:
        """The worst that any rule on this metric says of a thing, active and shown."""
        scope = METRICS[metric].scope
        of = [self._severities.get(Subject(rule.name, scope, key)) for rule in self._rulebook.of(metric)]
        return max(filter(None, of), default=None)

    def alarms(self, now: datetime) -> list[Alarm]:
        """Every alarm that is not normal, in display order."""
        return sorted((entry.alarm(now) for entry in self._entries.values()), key=display_order)

    def groups(self, now: datetime, among: Container[Subject] | None = None) -> list[AlarmGroup]:
        """The shown alarms by rule and severity, in display order: what nobody has seen first. Those `among` these
        subjects alone, where they are given.
        """
        return self._groups.told(now, among)

    def agencies(self, subject: Subject) -> tuple[str, ...]:
        """The ids of those that the thing names, or named last; an agency its own, a call and a centre none."""
        entry = self._entries.get(subject)
        return () if entry is None else self._agencies_of(entry)

    def shown(self) -> list[Subject]:
        """What every shown alarm is about."""
        return self._groups.subjects()

    def alarm(self, subject: Subject, now: datetime) -> Alarm | None:
        entry = self._entries.get(subject)
        return None if entry is None else entry.alarm(now)

    # What a person does; each returns how many alarms it was done to

    def acknowledge(self, subjects: Iterable[Subject], now: datetime, by: str = "") -> int:
        return sum(self._act(subject, lifecycle.acknowledged, now, by) for subject in subjects)

    def shelve(self, subjects: Iterable[Subject], shelf: Shelf, now: datetime) -> int:
        def step(standing: Standing) -> lifecycle.Step:
            return lifecycle.shelved(standing, shelf)

        return sum(self._act(subject, step, now, shelf.by, shelf.reason) for subject in subjects)

    def unshelve(self, subjects: Iterable[Subject], now: datetime, by: str = "") -> int:
        return sum(self._act(subject, lifecycle.unshelved, now, by) for subject in subjects)

    def comment(self, subject: Subject, note: str, now: datetime, by: str = "") -> int:
        entry = self._entries.get(subject)
        if entry is None:
            return 0
        self._note(entry, Happening.COMMENTED, now, by=by, note=note)
        return 1

    def take_out_of_service(self, rule: str, now: datetime, by: str = "", note: str = "") -> int:
        """None of the rule's alarms is shown or heard until it is put back. 1, or 0 where it is out already."""
        if rule not in self.rules or rule in self.out_of_service:
            return 0
        self.out_of_service[rule] = now
        self._put_in_service(rule, now, by, note, on=False)
        return 1

    def put_into_service(self, rule: str, now: datetime, by: str = "") -> int:
        if self.out_of_service.pop(rule, None) is None:
            return 0
        self._put_in_service(rule, now, by, on=True)
        return 1

    def restore(self, last_events: Sequence[AlarmEvent]) -> None:
        """Be as a book was whose alarms each ended in one of these events. To be called before anything is told."""
        left = [
            (rule, event)
            for event in last_events
            if (rule := self.rules.get(event.subject.rule))
            and lifecycle.leaves_something(event.subject, event.standing)
        ]
        self.out_of_service |= {rule.name: event.at for rule, event in left if event.subject.is_rule}
        for rule, event in left:
            if not event.subject.is_rule:
                self._restore(rule, event)

    # The rest

    def _restore(self, rule: Rule, event: AlarmEvent) -> None:
        entry = self._enter(event.subject, rule, event.since or event.at)
        entry.standing = replace(event.standing, out_of_service=rule.name in self.out_of_service)
        entry.value, entry.limit = event.value or 0.0, event.limit or 0.0
        entry.severity = event.severity or Severity.WARNING
        entry.agencies = event.agencies
        self._unwatched.setdefault((rule.metric_name, event.subject.key), {})[rule.name] = entry
        self._unconfirmed.append(entry)
        self._keep_shelf(entry)
        self._show(entry)
        self.revision += 1

    def _end_unless_told(self, restored: Entry, now: datetime) -> None:
        subject = restored.subject
        if self._entries.get(subject) is not restored or self._watched_of(restored) is not None:
            return
        if (subject.scope, subject.key) in self._unread:
            self._restored_unread.append(restored)
        else:
            self._step(restored, lifecycle.gone(restored.standing, latches=restored.rule.latched), now)

    def _watch(self, metric: str, key: str) -> _Watched:
        watched = self._watched[metric, key] = _Watched(METRICS[metric], key, known_already=not self._begun)
        watched.entries = self._unwatched.pop((metric, key), {})
        return watched

    def _watched_of(self, entry: Entry) -> _Watched | None:
        """None of an alarm about a thing that is not watched now: restored, or latched."""
        return self._watched.get((entry.rule.metric_name, entry.subject.key))

    def _end(self, metric: str, key: str) -> None:
        watched = self._watched.get((metric, key))
        if watched is not None:
            watched.start = watched.reading = watched.due = watched.ladder = None
            self._unjudged[metric, key] = watched

    def _look_at_the_clock(self, now: datetime) -> None:
        if self._rulebook.has_hours and self._rulebook.turn(now, self.zone):
            self._judge_all_anew()

    def _judge_all_anew(self) -> None:
        for watched in self._watched.values():
            watched.ladder = None
        self._unjudged.update(self._watched)

    def _rules_for(self, watched: _Watched) -> dict[str, Rule]:
        return self._rulebook.applying(watched.metric.name, watched.traits)

    def _turn(self, whose: _Watched | Entry, now: datetime) -> None:
        """Its time has come."""
        watched = whose if isinstance(whose, _Watched) else self._watched_of(whose)
        if watched is not None:
            self._judge(watched, now)
        elif isinstance(whose, Entry):
            self._unshelve_when_due(whose, now)

    def _judge(self, watched: _Watched, now: datetime) -> None:
        if watched.gone:
            self._judge_gone(watched, now)
        elif watched.metric.lasting:
            self._judge_lasting(watched, now)
        else:
            self._judge_measured(watched, now)
        watched.known_already = False
        for entry in list(watched.entries.values()):
            self._unshelve_when_due(entry, now)

    def _judge_gone(self, watched: _Watched, now: datetime) -> None:
        for entry in list(watched.entries.values()):
            self._stop_counting(entry, now)
            if self._stays(entry, now):
                continue
            entry.crossed = {}  # if it comes back, it crosses its limits anew
            if watched.metric.lasting and entry.standing.severity is not None and entry.start is not None:
                self._left.pop(entry.subject, None)  # it goes to the end
                self._left[entry.subject] = _Left(now, entry.start, entry.standing)
            self._step(entry, lifecycle.gone(entry.standing, latches=entry.rule.latched), now)
        if any(entry.over_since is not None for entry in watched.entries.values()):
            return  # an off-delay runs
        kind = (watched.metric.name, watched.key)
        self._watched.pop(kind, None)
        if watched.entries:
            self._unwatched[kind] = watched.entries
            for entry in watched.entries.values():
                entry.agencies = watched.agencies

    def _judge_lasting(self, watched: _Watched, now: datetime) -> None:
        start = watched.start
        assert start is not None  # it is not gone
        ladder = self._rulebook.ladder(watched.metric.name, watched.traits)
        position = ladder.position((now - start).total_seconds())
        anew = watched.ladder is not ladder
        reached = ladder.reached(position, 0 if anew else watched.position)
        watched.ladder, watched.position = ladder, position
        watched.due = None
        due = ladder.due(start, position)
        if due is not None:
            self._wake(watched, due)
        for name, says in reached.items():
            rule, active, pending = says.rule, says.active, says.pending
            entry = watched.entries.get(name) or self._enter_into(watched, rule, now)
            if entry.start != start or entry.value is not None:
                self._groups.forget_extremes(entry)
            entry.since = start + timedelta(seconds=says.crossed_s)
            entry.start, entry.value = start, None
            entry.limit = rule.levels_for(watched.traits).of(active or pending or Severity.WARNING) or 0.0
            if active is not None and entry.standing.severity is None:
                self._resume(entry, start)
            self._settle(entry, active, pending, now)
        for entry in list(watched.entries.values()) if anew else ():
            if entry.rule.name not in reached:
                self._judge_unsaid(entry, now)

    def _resume(self, entry: Entry, start: datetime) -> None:
        left = self._left.pop(entry.subject, None)
        if left is not None and left.start == start:
            entry.standing = lifecycle.resumed(entry.standing, left.standing)

    def _forget_left(self, now: datetime) -> None:
        for subject in list(takewhile(lambda subject: self._left[subject].at + self._missing < now, self._left)):
            del self._left[subject]

    def _judge_measured(self, watched: _Watched, now: datetime) -> None:
        rules = self._rules_for(watched)
        for rule in rules.values():
            self._judge_value(watched, rule, now)
        for entry in list(watched.entries.values()):
            if entry.rule.name not in rules:
                self._judge_unsaid(entry, now)

    def _judge_value(self, watched: _Watched, rule: Rule, now: datetime) -> None:
        entry = watched.entries.get(rule.name)
        value = watched.reading.value if watched.reading else None
        levels = crossing.levels(rule, watched.reading, watched.traits)
        if value is None or levels is None:
            if entry is not None:
                self._suppress(entry, now)
            return
        held, before = (entry.standing.severity, entry.crossed) if entry is not None else (None, None)
        crossed = crossing.crossed(rule, levels, value, now, held=held, before=before)
        partial = watched.reading is not None and watched.reading.partial
        raised_on_a_part = entry is not None and entry.partial
        if partial and not raised_on_a_part and held is not None and held > max(crossed, default=0):
            return  # what is not seen whole ends nothing
        if entry is None:
            if not crossed:
                return
            entry = self._enter_into(watched, rule, now)
        delay = timedelta(seconds=rule.on_delay_s)
        ripe = [severity for severity, at in crossed.items() if (held or 0) >= severity or at + delay <= now]
        active, pending = max(ripe, default=None), max(crossed, default=None)
        entry.crossed, entry.value = crossed, value
        entry.partial = partial and (held is None or entry.partial)
        if crossed:
            entry.limit = levels.of(active or max(crossed)) or 0.0
            if held is None:
                entry.since = min(crossed.values())
        self._groups.forget_extremes(entry)
        self._settle(entry, active, pending, now)
        for severity in crossed.keys() - ripe:
            self._wake(entry, crossed[severity] + delay)

    def _judge_unsaid(self, entry: Entry, now: datetime) -> None:
        """Its rule says nothing about the thing now: over, or suppressed where the rule is not in force for it."""
        watched = self._watched_of(entry)
        assert watched is not None
        if entry.rule.name in self._rules_for(watched) or not entry.rule.chooses(watched.traits):
            self._stop_counting(entry, now)
            self._settle(entry, None, None, now)
        else:
            self._suppress(entry, now)

    def _settle(self, entry: Entry, active: Severity | None, pending: Severity | None, now: datetime) -> None:
        """The condition says so; an off-delay may have it stay."""
        if active is not None:
            entry.over_since = None
        elif self._stays(entry, now):
            return
        step = lifecycle.judged(entry.standing, active, pending, latches=entry.rule.latched)
        watched = self._watched_of(entry)
        # What was restored and goes on is as it was: if it grew behind a shelf, it is still to be heard.
        before = entry.standing
        goes_on = before.severity is active if active is not None else pending is not None and before.pending is pending
        quiet = watched is not None and watched.known_already and not goes_on
        self._step(entry, lifecycle.quietly(entry.standing, step) if quiet else step, now)
        self._step(entry, lifecycle.suppressed(entry.standing, on=False), now)

    def _stays(self, entry: Entry, now: datetime) -> bool:
        """An active alarm whose condition is over, as long as the rule's off-delay runs."""
        if entry.standing.severity is None or not entry.rule.off_delay_s:
            return False
        if entry.over_since is None or entry.over_since > now:
            entry.over_since = now
        ends = entry.over_since + timedelta(seconds=entry.rule.off_delay_s)
        if now < ends:
            self._wake(entry, ends)
            return True
        entry.over_since = None
        return False

    def _suppress(self, entry: Entry, now: datetime) -> None:
        """What was only pending is forgotten: it must cross its limit anew."""
        self._stop_counting(entry, now)
        entry.crossed = {}
        entry.over_since = None
        self._step(entry, lifecycle.judged(entry.standing, entry.standing.severity), now)
        self._step(entry, lifecycle.suppressed(entry.standing, on=True), now)

    def _unshelve_when_due(self, entry: Entry, now: datetime) -> None:
        shelf = entry.standing.shelf
        if shelf is None:
            return
        if shelf.until <= now:
            self._step(entry, lifecycle.unshelved(entry.standing), now)
        else:
            self._wake(entry, shelf.until)

    def _keep_shelf(self, entry: Entry) -> None:
        shelf = entry.standing.shelf
        if shelf is None:
            self._shelved.pop(entry.subject, None)
        else:
            self._shelved[entry.subject] = entry
            self._wake(entry, shelf.until)

    def _shelves(self) -> Iterator[tuple[Entry, Shelf]]:
        for entry in self._shelved.values():
            if entry.standing.shelf is not None:
                yield entry, entry.standing.shelf

    def _move_shelf(self, entry: Entry, shelf: Shelf, by: timedelta, now: datetime) -> None:
        entry.standing = replace(entry.standing, shelf=replace(shelf, until=shelf.until + by))
        self._wake(entry, shelf.until + by)
        self._note(entry, Happening.SHELF_MOVED, now, note=f"{by.total_seconds():+.0f} s")
        self.revision += 1

    def _stop_counting(self, entry: Entry, now: datetime) -> None:
        if entry.value is None:
            entry.value = entry.value_at(now)

    def _put_in_service(self, rule: str, now: datetime, by: str, note: str = "", *, on: bool) -> None:
        happening = Happening.PUT_INTO_SERVICE if on else Happening.TAKEN_OUT_OF_SERVICE
        subject = rule_itself(rule, self.rules[rule].metric.scope)
        standing = Standing(out_of_service=not on)
        self.events.append(
            AlarmEvent(at=now, subject=subject, happening=happening, standing=standing, severity=None, by=by, note=note)
        )
        for entry in [entry for entry in self._entries.values() if entry.rule.name == rule]:
            self._step(entry, lifecycle.in_service(entry.standing, on=on), now, by=by, note=note)
        self.revision += 1

    def _act(
        self, subject: Subject, step: Callable[[Standing], lifecycle.Step], now: datetime, by: str, note: str = ""
    ) -> bool:
        entry = self._entries.get(subject)
        if entry is None:
            return False
        taken = step(entry.standing)
        self._step(entry, taken, now, by=by, note=note)
        left = self._left.get(subject)  # or it would be back as if nobody had done anything
        if left is not None and Happening.ACKNOWLEDGED in taken.happenings:
            was = left.standing
            seen = max(filter(None, (was.severity, was.rung)), default=None)
            self._left[subject] = left._replace(standing=replace(was, acknowledged=seen, shelf=None))
        return bool(taken.happenings)

    def _enter_into(self, watched: _Watched, rule: Rule, now: datetime) -> Entry:
        entry = self._enter(Subject(rule.name, watched.metric.scope, watched.key), rule, now)
        watched.entries[rule.name] = entry
        return entry

    def _enter(self, subject: Subject, rule: Rule, since: datetime) -> Entry:
        entry = self._entries[subject] = Entry(subject, rule, since)
        if rule.name in self.out_of_service:
            entry.standing = Standing(out_of_service=True)
        return entry

    def _leave(self, entry: Entry) -> None:
        subject, rule = entry.subject, entry.rule
        del self._entries[subject]
        self._shelved.pop(subject, None)
        entry.due = None
        watched = self._watched_of(entry)
        if watched is not None:
            del watched.entries[rule.name]
            return
        kind = (rule.metric_name, subject.key)
        others = self._unwatched[kind]
        del others[rule.name]
        if not others:
            del self._unwatched[kind]

    def _step(self, entry: Entry, step: lifecycle.Step, now: datetime, *, by: str = "", note: str = "") -> None:
        if step.standing == entry.standing or entry.subject not in self._entries:
            return
        entry.standing = step.standing
        entry.severity = step.standing.present_severity or entry.severity
        self._keep_shelf(entry)
        self.revision += 1
        for happening in step.happenings:
            self._note(entry, happening, now, rings=step.rings, by=by, note=note)
        self._show(entry)
        if lifecycle.is_over(step.standing):
            self._leave(entry)

    def _agencies_of(self, entry: Entry) -> tuple[str, ...]:
        watched = self._watched_of(entry)
        return watched.agencies if watched is not None else entry.agencies

    def _note(
        self, entry: Entry, happening: Happening, now: datetime, *, rings: bool = False, by: str = "", note: str = ""
    ) -> None:
        self.events.append(
            AlarmEvent(
                at=now,
                subject=entry.subject,
                happening=happening,
                standing=entry.standing,
                severity=entry.severity,
                value=entry.value_at(now),
                limit=entry.limit,
                since=entry.since,
                rings=rings,
                agencies=self._agencies_of(entry),
                by=by,
                note=note,
            )
        )

    def _show(self, entry: Entry) -> None:
        """Bring up to date what is told of the shown alarms."""
        state = entry.standing.state
        shown_as = entry.standing.present_severity if state in SHOWN else None
        self._groups.place(entry, shown_as)
        active = entry.standing.severity if shown_as is not None else None
        if self._severities.get(entry.subject) is not active:
            self.touched.add(entry.subject)
            if active is None:
                del self._severities[entry.subject]
            else:
                self._severities[entry.subject] = active

    def _wake(self, whose: _Watched | Entry, at: datetime) -> None:
        """Look at it then, if not before."""
        if whose.due is None or at < whose.due:
            whose.due = at
            self._wakings += 1
            heapq.heappush(self._due, (at, self._wakings, whose))
