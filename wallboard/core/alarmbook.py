"""The alarm book of one centre: which rules say what of which things, where each alarm stands, and what happened to it.

Pure: time comes in as an argument. The book is told what there is to watch (`last`, `measure`, `end`) and looks at it
when time passes (`advance`), in slices where the caller wants them. What grows by itself (a wait, an age) is told once:
the book knows when it crosses a limit, so a second's tick costs nothing where nothing crosses.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from wallboard.core import lifecycle
from wallboard.core.alarms import (
    SHOWN,
    WANT_ACKNOWLEDGING,
    Alarm,
    AlarmEvent,
    AlarmGroup,
    AlarmState,
    Happening,
    Severity,
    Shelf,
    Standing,
    Subject,
    display_order,
    group_order,
)
from wallboard.core.ladder import Ladder
from wallboard.core.metrics import seconds_between
from wallboard.core.rules import Levels, Rule, Traits, applying
from wallboard.core.usual import poisson_quantile
from wallboard.core.watchable import METRICS, Metric

EDGE_DECIMALS = 9
"""Of a dead band's edge: far finer than any limit that a person writes, far coarser than the rounding of a float."""

NO_TRAITS = Traits()

THE_RULE_ITSELF = ""
"""The key of a subject that is no thing but a rule, as what is taken out of service."""

_GROUPED = (AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED)
"""The states that are shown, what asks for a person first."""

LONGEST_HISTORY = 10_000
"""Events that wait to be taken: far more than a storm brings between two ticks. Without anybody who takes them, the
book must not grow."""


class Reading(NamedTuple):
    """A value and how many cases it is taken from; None is no value. `usual`: the mean that is usual for it."""

    value: float | None
    n: int | None = None
    usual: float | None = None


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
        self.entries: dict[str, _Entry] = {}
        self.known_already = known_already
        """It was there when the book began, and has not been looked at since."""

    @property
    def gone(self) -> bool:
        return self.start is None and self.reading is None


class _Entry(Struct, gc=False, eq=False):
    """One alarm that is not normal. Of these there may be tens of thousands, which the collector need not walk: they
    hold nothing that holds them.
    """

    subject: Subject
    rule: Rule
    since: datetime
    standing: Standing = lifecycle.NORMAL
    severity: Severity = Severity.WARNING
    """The last that was shown."""
    start: datetime | None = None
    """Of what lasts."""
    value: float | None = None
    """None while it lasts: it grows by itself."""
    limit: float = 0.0
    crossed: dict[Severity, datetime] = field(default_factory=dict)
    """Of what is measured: since when each limit is crossed."""
    over_since: datetime | None = None
    """The condition is over, and the rule's off-delay runs."""
    due: datetime | None = None
    shown_as: Severity | None = None
    """The severity of its group; None while it is not shown."""
    agencies: tuple[str, ...] = ()
    """Of the thing, as long as it was watched."""
    counted_as: AlarmState | None = None
    """Its state, as its group counts it; None while it is not shown."""

    def value_at(self, now: datetime) -> float:
        if self.value is not None or self.start is None:
            return self.value or 0.0
        return seconds_between(self.start, now)


def _rank(entry: _Entry) -> float:
    """The lower, the worse; comparable among the alarms of one rule."""
    if entry.start is not None:
        return entry.start.timestamp()
    value = entry.value or 0.0
    return value if entry.rule.crossed == "below" else -value


class _Group:
    """The shown alarms of a rule and severity. The oldest and the worst are looked for only when they have left."""

    __slots__ = ("first", "in_state", "members", "worst")

    def __init__(self) -> None:
        self.members: dict[str, _Entry] = {}
        self.in_state = dict.fromkeys(_GROUPED, 0)
        """How many members are in each."""
        self.first: tuple[datetime, str] | None = None
        self.worst: _Entry | None = None


class AlarmBook:
    """`rules` in the order of the configuration; their names are unique."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.zone: ZoneInfo | None = None
        """The centre's, once known: rules that are in force at some hours need it."""
        self.out_of_service: dict[str, datetime] = {}
        """The rules that are, and since when."""
        self.events: list[AlarmEvent] = []
        """What happened. Whoever keeps it empties it."""
        self.touched: set[Subject] = set()
        """Those whose alarm was raised, ended, or changed its severity. Whoever shows them empties it."""
        self.revision = 0
        """Rises whenever an alarm is raised, ends, or changes its severity or state."""
        self._of_metric: dict[str, list[Rule]] = {}
        for rule in rules:
            self._of_metric.setdefault(rule.metric_name, []).append(rule)
        self._in_force = frozenset(rule.name for rule in rules if not rule.in_force)
        self._hourly = [rule for rule in rules if rule.in_force]
        self._chosen_by = {name: _chosen_by(of) for name, of in self._of_metric.items()}
        self._ladders: dict[tuple[str, Traits], Ladder] = {}
        self._applying: dict[tuple[str, Traits], dict[str, Rule]] = {}
        self._watched: dict[tuple[str, str], _Watched] = {}
        self._unjudged: dict[tuple[str, str], _Watched] = {}
        self._entries: dict[Subject, _Entry] = {}
        self._shelved: dict[Subject, _Entry] = {}
        self._unwatched: dict[tuple[str, str], dict[str, _Entry]] = {}
        """Alarms about things that are not watched now, by metric, key and rule."""
        self._restored = False
        """Some of them may be about things that are no longer there."""
        self._groups: dict[tuple[str, Severity], _Group] = {}
        self._severities: dict[Subject, Severity] = {}
        self._due: list[tuple[datetime, int, _Watched | _Entry]] = []
        self._wakings = 0
        self._advanced_to: datetime | None = None
        self._begun = False

    # What there is to watch

    def last(self, metric: str, key: str, start: datetime | None, traits: Traits = NO_TRAITS) -> None:
        """A thing lasts since `start`; None ends it."""
        if start is None:
            self._end(metric, key)
        elif metric in self._of_metric:
            watched = self._watched.get((metric, key)) or self._watch(metric, key)
            watched.agencies, traits = traits.agencies, self._narrowed(metric, traits)
            if watched.start != start or watched.traits != traits:
                watched.start, watched.traits, watched.ladder = start, traits, None
                self._unjudged[metric, key] = watched

    def measure(self, metric: str, key: str, reading: Reading | None, traits: Traits = NO_TRAITS) -> None:
        """A thing's value now; None ends it. A reading without a value is not known, which ends nothing."""
        if reading is None:
            self._end(metric, key)
        elif metric in self._of_metric:
            watched = self._watched.get((metric, key)) or self._watch(metric, key)
            watched.agencies, traits = traits.agencies, self._narrowed(metric, traits)
            if watched.reading != reading or watched.traits != traits:
                watched.reading, watched.traits = reading, traits
                self._unjudged[metric, key] = watched

    def measure_anew(self) -> None:
        """What is measured takes in more of the past from now on: what that raises is listed, and not heard."""
        for kind, watched in self._watched.items():
            if not watched.metric.lasting:
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
        return bool(self._unjudged or overdue)

    def advance(self, now: datetime, more: Callable[[], bool] | None = None) -> None:
        """Let time pass, and look at what was told; as long as `more`, where it is given. What is left is `unfinished`.

        Everything is judged anew where the server's clock was set back, and where a rule comes into force or goes out.
        """
        if self._hourly:
            self._look_at_the_clock(now)
        if self._advanced_to is not None and now < self._advanced_to:
            self._judge_all_anew()
        self._advanced_to = now
        while self._due and self._due[0][0] <= now and (more is None or more()):
            due, _, whose = heapq.heappop(self._due)
            if whose.due == due:  # or it has changed since
                whose.due = None
                self._turn(whose, now)
        while self._unjudged and (more is None or more()):
            key = next(iter(self._unjudged))
            self._judge(self._unjudged.pop(key), now)
        if self._restored and self._begun and not self._unjudged:
            self._restored = False
            for entries in list(self._unwatched.values()):
                for entry in list(entries.values()):
                    self._step(entry, lifecycle.gone(entry.standing, latches=entry.rule.latched), now)

    def look_at(self, metric: str, key: str, now: datetime) -> None:
        """Judge this one thing while time stands still for all others, whose data are old. Shelves end all the same."""
        if self._hourly:
            self._look_at_the_clock(now)
        for entry in list(self._shelved.values()):
            self._unshelve_when_due(entry, now)
        watched = self._watched.get((metric, key))
        if watched is not None:
            self._unjudged.pop((metric, key), None)
            self._judge(watched, now)

    # What is shown

    def severities(self) -> Mapping[Subject, Severity]:
        """The severity of every alarm that is active and shown, now and from now on."""
        return self._severities

    def severity(self, metric: str, key: str) -> Severity | None:
        """The worst that any rule on this metric says of a thing, active and shown."""
        scope = METRICS[metric].scope
        of = [self._severities.get(Subject(rule.name, scope, key)) for rule in self._of_metric.get(metric, ())]
        return max(filter(None, of), default=None)

    def alarms(self, now: datetime) -> list[Alarm]:
        """Every alarm that is not normal, in display order."""
        return sorted((_alarm(entry, now) for entry in self._entries.values()), key=display_order)

    def groups(self, now: datetime) -> list[AlarmGroup]:
        """The shown alarms by rule and severity, in display order: what nobody has seen first."""
        groups = []
        for (rule, severity), group in self._groups.items():
            if group.worst is None:
                group.worst = min(group.members.values(), key=_rank)
            if group.first is None:
                group.first = min((entry.since, key) for key, entry in group.members.items())
            groups.append(
                AlarmGroup(
                    rule=rule,
                    metric=self.rules[rule].metric_name,
                    severity=severity,
                    count=len(group.members),
                    unacknowledged=sum(group.in_state[state] for state in WANT_ACKNOWLEDGING),
                    state=next(state for state in _GROUPED if group.in_state[state]),
                    worst=_alarm(group.worst, now),
                    since=group.first[0],
                    keys=frozenset(group.members),
                )
            )
        return sorted(groups, key=group_order)

    def shown(self) -> list[Subject]:
        """What every shown alarm is about."""
        return [entry.subject for group in self._groups.values() for entry in group.members.values()]

    def alarm(self, subject: Subject, now: datetime) -> Alarm | None:
        entry = self._entries.get(subject)
        return None if entry is None else _alarm(entry, now)

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

    def take_out_of_service(self, rule: str, now: datetime, by: str = "", note: str = "") -> None:
        """None of the rule's alarms is shown or heard until it is put back."""
        if rule in self.rules and rule not in self.out_of_service:
            self.out_of_service[rule] = now
            self._put_in_service(rule, now, by, note, on=False)

    def put_into_service(self, rule: str, now: datetime, by: str = "") -> None:
        if rule in self.out_of_service:
            del self.out_of_service[rule]
            self._put_in_service(rule, now, by, on=True)

    def restore(self, last_events: Sequence[AlarmEvent]) -> None:
        """Be as a book was whose alarms each ended in one of these events. To be called before anything is told."""
        self._restored = True
        for event in last_events:
            rule = self.rules.get(event.subject.rule)
            if rule is None:
                continue
            if event.subject.key == THE_RULE_ITSELF:
                if event.standing.out_of_service:
                    self.out_of_service[rule.name] = event.at
                continue
            if lifecycle.is_over(event.standing):
                continue
            entry = self._enter(event.subject, rule, event.since or event.at)
            entry.standing = event.standing
            entry.value, entry.limit = event.value or 0.0, event.limit or 0.0
            entry.severity = event.severity or Severity.WARNING
            entry.agencies = event.agencies
            self._unwatched.setdefault((rule.metric_name, event.subject.key), {})[rule.name] = entry
            self._keep_shelf(entry)
            self._show(entry)
            self.revision += 1

    # The rest

    def _watch(self, metric: str, key: str) -> _Watched:
        watched = self._watched[metric, key] = _Watched(METRICS[metric], key, known_already=not self._begun)
        watched.entries = self._unwatched.pop((metric, key), {})
        return watched

    def _watched_of(self, entry: _Entry) -> _Watched | None:
        """None of an alarm about a thing that is not watched now: restored, or latched."""
        return self._watched.get((entry.rule.metric_name, entry.subject.key))

    def _end(self, metric: str, key: str) -> None:
        watched = self._watched.get((metric, key))
        if watched is not None:
            watched.start = watched.reading = watched.due = watched.ladder = None
            self._unjudged[metric, key] = watched

    def _narrowed(self, metric: str, traits: Traits) -> Traits:
        """Without what none of the metric's rules chooses by: the fewer kinds of things, the fewer ladders."""
        by = self._chosen_by[metric]
        return Traits(
            traits.priority if by.priority else None,
            traits.category if by.category else "",
            tuple([agency for agency in traits.agencies if agency in by.agencies]) if by.agencies else (),
        )

    def _look_at_the_clock(self, now: datetime) -> None:
        in_force = frozenset([name for name, rule in self.rules.items() if rule.is_in_force(now, self.zone)])
        if in_force != self._in_force:
            self._in_force = in_force
            self._ladders.clear()
            self._applying.clear()
            self._judge_all_anew()

    def _judge_all_anew(self) -> None:
        for watched in self._watched.values():
            watched.ladder = None
        self._unjudged.update(self._watched)

    def _rules_for(self, watched: _Watched) -> dict[str, Rule]:
        kind = (watched.metric.name, watched.traits)
        found = self._applying.get(kind)
        if found is None:
            rules = applying(self._of_metric[watched.metric.name], watched.traits, self._in_force)
            found = self._applying[kind] = {rule.name: rule for rule in rules}
        return found

    def _ladder_for(self, watched: _Watched) -> Ladder:
        kind = (watched.metric.name, watched.traits)
        found = self._ladders.get(kind)
        if found is None:
            found = self._ladders[kind] = Ladder(self._rules_for(watched).values(), watched.traits)
        return found

    def _turn(self, whose: _Watched | _Entry, now: datetime) -> None:
        """Its time has come."""
        watched = whose if isinstance(whose, _Watched) else self._watched_of(whose)
        if watched is not None:
            self._judge(watched, now)
        elif isinstance(whose, _Entry):
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
        ladder = self._ladder_for(watched)
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
                self._forget_extremes(entry)
            entry.since = start + timedelta(seconds=says.crossed_s)
            entry.start, entry.value = start, None
            entry.limit = rule.levels_for(watched.traits).of(active or pending or Severity.WARNING) or 0.0
            self._settle(entry, active, pending, now)
        for entry in list(watched.entries.values()) if anew else ():
            if entry.rule.name not in reached:
                self._judge_unsaid(entry, now)

    def _judge_measured(self, watched: _Watched, now: datetime) -> None:
        rules = self._rules_for(watched)
        for rule in rules.values():
            self._judge_value(watched, rule, now)
        for entry in list(watched.entries.values()):
            if entry.rule.name not in rules:
                self._judge_unsaid(entry, now)

    def _judge_value(self, watched: _Watched, rule: Rule, now: datetime) -> None:
        entry = watched.entries.get(rule.name)
        value, levels = watched.reading.value if watched.reading else None, _levels(rule, watched)
        if value is None or levels is None:
            if entry is not None:
                self._suppress(entry, now)
            return
        crossed = _crossed(rule, levels, value, entry, now)
        if entry is None:
            if not crossed:
                return
            entry = self._enter_into(watched, rule, now)
        held, delay = entry.standing.severity, timedelta(seconds=rule.on_delay_s)
        ripe = [severity for severity, at in crossed.items() if (held or 0) >= severity or at + delay <= now]
        active, pending = max(ripe, default=None), max(crossed, default=None)
        entry.crossed, entry.value = crossed, value
        if crossed:
            entry.limit = levels.of(active or max(crossed)) or 0.0
            if held is None:
                entry.since = min(crossed.values())
        self._forget_extremes(entry)
        self._settle(entry, active, pending, now)
        for severity in crossed.keys() - ripe:
            self._wake(entry, crossed[severity] + delay)

    def _judge_unsaid(self, entry: _Entry, now: datetime) -> None:
        """Its rule says nothing about the thing now: over, or suppressed where the rule is not in force for it."""
        watched = self._watched_of(entry)
        assert watched is not None
        if entry.rule.name in self._rules_for(watched) or not entry.rule.chooses(watched.traits):
            self._stop_counting(entry, now)
            self._settle(entry, None, None, now)
        else:
            self._suppress(entry, now)

    def _settle(self, entry: _Entry, active: Severity | None, pending: Severity | None, now: datetime) -> None:
        """The condition says so; an off-delay may have it stay."""
        if active is not None:
            entry.over_since = None
        elif self._stays(entry, now):
            return
        step = lifecycle.judged(entry.standing, active, pending, latches=entry.rule.latched)
        watched = self._watched_of(entry)
        # What was restored and goes on is as it was: if it grew behind a shelf, it is still to be heard.
        goes_on = active is not None and entry.standing.severity is active
        quiet = watched is not None and watched.known_already and not goes_on
        self._step(entry, lifecycle.quietly(step) if quiet else step, now)
        self._step(entry, lifecycle.suppressed(entry.standing, on=False), now)

    def _stays(self, entry: _Entry, now: datetime) -> bool:
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

    def _suppress(self, entry: _Entry, now: datetime) -> None:
        """What was only pending is forgotten: it must cross its limit anew."""
        self._stop_counting(entry, now)
        entry.crossed = {}
        entry.over_since = None
        self._step(entry, lifecycle.judged(entry.standing, entry.standing.severity), now)
        self._step(entry, lifecycle.suppressed(entry.standing, on=True), now)

    def _unshelve_when_due(self, entry: _Entry, now: datetime) -> None:
        shelf = entry.standing.shelf
        if shelf is None:
            return
        if shelf.until <= now:
            self._step(entry, lifecycle.unshelved(entry.standing), now)
        else:
            self._wake(entry, shelf.until)

    def _keep_shelf(self, entry: _Entry) -> None:
        shelf = entry.standing.shelf
        if shelf is None:
            self._shelved.pop(entry.subject, None)
        else:
            self._shelved[entry.subject] = entry
            self._wake(entry, shelf.until)

    def _stop_counting(self, entry: _Entry, now: datetime) -> None:
        if entry.value is None:
            entry.value = entry.value_at(now)

    def _put_in_service(self, rule: str, now: datetime, by: str, note: str = "", *, on: bool) -> None:
        happening = Happening.PUT_INTO_SERVICE if on else Happening.TAKEN_OUT_OF_SERVICE
        subject = Subject(rule, self.rules[rule].metric.scope, THE_RULE_ITSELF)
        standing = Standing(out_of_service=not on)
        self._keep(
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
        return bool(taken.happenings)

    def _enter_into(self, watched: _Watched, rule: Rule, now: datetime) -> _Entry:
        entry = self._enter(Subject(rule.name, watched.metric.scope, watched.key), rule, now)
        watched.entries[rule.name] = entry
        return entry

    def _enter(self, subject: Subject, rule: Rule, since: datetime) -> _Entry:
        entry = self._entries[subject] = _Entry(subject, rule, since)
        if rule.name in self.out_of_service:
            entry.standing = Standing(out_of_service=True)
        return entry

    def _leave(self, entry: _Entry) -> None:
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

    def _step(self, entry: _Entry, step: lifecycle.Step, now: datetime, *, by: str = "", note: str = "") -> None:
        if step.standing == entry.standing or entry.subject not in self._entries:
            return
        entry.standing = step.standing
        entry.severity = step.standing.shown_severity or entry.severity
        self._keep_shelf(entry)
        self.revision += 1
        for happening in step.happenings:
            self._note(entry, happening, now, rings=step.rings, by=by, note=note)
        self._show(entry)
        if lifecycle.is_over(step.standing):
            self._leave(entry)

    def _note(
        self, entry: _Entry, happening: Happening, now: datetime, *, rings: bool = False, by: str = "", note: str = ""
    ) -> None:
        watched = self._watched_of(entry)
        self._keep(
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
                agencies=watched.agencies if watched is not None else entry.agencies,
                by=by,
                note=note,
            )
        )

    def _keep(self, event: AlarmEvent) -> None:
        self.events.append(event)
        if len(self.events) > LONGEST_HISTORY:
            del self.events[0]

    def _show(self, entry: _Entry) -> None:
        """Bring up to date what is told of the shown alarms."""
        state = entry.standing.state
        shown_as = entry.standing.shown_severity if state in SHOWN else None
        counted_as = state if shown_as is not None else None
        if entry.shown_as is not shown_as or entry.counted_as is not counted_as:
            if entry.shown_as is not None:
                self._leave_group(entry, entry.shown_as)
            entry.shown_as, entry.counted_as = shown_as, counted_as
            if shown_as is not None:
                self._join_group(entry, shown_as)
        active = entry.standing.severity if shown_as is not None else None
        if self._severities.get(entry.subject) is not active:
            self.touched.add(entry.subject)
            if active is None:
                del self._severities[entry.subject]
            else:
                self._severities[entry.subject] = active

    def _join_group(self, entry: _Entry, severity: Severity) -> None:
        key = (entry.rule.name, severity)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group()
            group.first, group.worst = (entry.since, entry.subject.key), entry
        group.members[entry.subject.key] = entry
        if entry.counted_as is not None:
            group.in_state[entry.counted_as] += 1
        if group.worst is not None and _rank(entry) < _rank(group.worst):
            group.worst = entry
        if group.first is not None:
            group.first = min(group.first, (entry.since, entry.subject.key))

    def _leave_group(self, entry: _Entry, severity: Severity) -> None:
        key = (entry.rule.name, severity)
        group = self._groups[key]
        del group.members[entry.subject.key]
        if entry.counted_as is not None:
            group.in_state[entry.counted_as] -= 1
        if not group.members:
            del self._groups[key]
        elif group.worst is entry:
            group.worst = None
        if group.first is not None and group.first[1] == entry.subject.key:
            group.first = None

    def _forget_extremes(self, entry: _Entry) -> None:
        """Its value changes, or since when it is there."""
        if entry.shown_as is not None:
            group = self._groups[entry.rule.name, entry.shown_as]
            group.worst = group.first = None

    def _wake(self, whose: _Watched | _Entry, at: datetime) -> None:
        """Look at it then, if not before."""
        if whose.due is None or at < whose.due:
            whose.due = at
            self._wakings += 1
            heapq.heappush(self._due, (at, self._wakings, whose))


class _ChosenBy(NamedTuple):
    """What a metric's rules choose their things by."""

    priority: bool
    category: bool
    agencies: frozenset[str]


def _chosen_by(rules: Sequence[Rule]) -> _ChosenBy:
    return _ChosenBy(
        priority=any(len(rule.levels) > 1 or rule.priorities is not None for rule in rules),
        category=any(rule.categories is not None for rule in rules),
        agencies=frozenset[str]().union(*(rule.agencies or () for rule in rules)),
    )


def _alarm(entry: _Entry, now: datetime) -> Alarm:
    return Alarm(
        subject=entry.subject,
        severity=entry.severity,
        state=entry.standing.state,
        value=entry.value_at(now),
        limit=entry.limit,
        since=entry.since,
        shelf=entry.standing.shelf,
        start=entry.start if entry.value is None else None,
    )


def _levels(rule: Rule, watched: _Watched) -> Levels | None:
    """The rule's limits for this thing; None where they or the value are not known well enough."""
    reading = watched.reading
    if reading is None or (reading.n is not None and reading.n < rule.minimum_sample):
        return None
    if rule.percentile is None:
        return rule.levels_for(watched.traits)
    return None if reading.usual is None else Levels(poisson_quantile(reading.usual, rule.percentile), None)


def _crossed(rule: Rule, levels: Levels, value: float, entry: _Entry | None, now: datetime) -> dict[Severity, datetime]:
    """The limits that the value crosses, and since when."""
    held = entry.standing.severity if entry is not None else None
    before = entry.crossed if entry is not None else {}
    return {
        severity: min(now, before.get(severity, now))
        for severity, limit in levels.items()
        if _crosses(rule, value, limit, rule.dead_band if (held or 0) >= severity else 0.0)
    }


def _crosses(rule: Rule, value: float, limit: float, dead_band: float) -> bool:
    """Whether the value is on the bad side of the limit, or within the dead band of an alarm that is already active."""
    if dead_band:
        # Rounded, or 0.80 + 0.02 would lie above a share of 0.82.
        edge = round(limit + (dead_band if rule.crossed == "below" else -dead_band), EDGE_DECIMALS)
        return value < edge if rule.crossed == "below" else value > edge
    if rule.crossed == "below":
        return value < limit
    if rule.crossed == "above":
        return value > limit
    return value >= limit
