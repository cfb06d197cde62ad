"""`rules backtest`: what the rules of a file would have told of a recorded day, and what other limits would.

The history is replayed through the very same core as the wall's: a situation and its alarm book, without Qt, without a
server, and with a clock that jumps from poll to poll. The same history and rules give the same figures.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from wallboard.core import alarm_rates
from wallboard.core.alarm_rates import Annunciations, Performance
from wallboard.core.alarms import AlarmEvent, Happening
from wallboard.core.hours import local_midnight
from wallboard.core.poll import Backfill, PollSuccess
from wallboard.core.rules import Levels, Rule
from wallboard.core.situation import Settings, Situation
from wallboard.core.watchable import METRICS, Unit
from wallboard.demo import scenarios
from wallboard.demo.world import HISTORY_S, World
from wallboard.feed.contract import decode_calls, decode_incidents, decode_snapshot

STEP_S = 2.0
"""Between polls, as walls have by default. Seldomer ones learn later that a call was answered, and tell more alarms."""

FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Times the rule's own limits, of times and counts."""

SHIFTS = (-0.10, -0.05, 0.0, 0.05, 0.10)
"""Beside the rule's own limits, of shares."""

OTHER = "\n"
"""Between a rule's name and the number of another limit of it: no name of a rule holds it."""

MOST_OF_A_HISTORY = 10_000_000


class Outcome(Struct, frozen=True, kw_only=True):
    """What a rule told. `raises` were heard; `in_alarm` is the time in which at least one of its alarms stood."""

    rule: str
    levels: tuple[Levels, ...]
    raises: int
    escalations: int
    in_alarm: timedelta
    median_to_clear: timedelta | None
    floods: int
    """Of this rule alone."""
    chattering: int
    """Of its alarms, how many."""
    unchanged: bool = True
    """It is as the file has it, and not with another limit."""


class Backtest(Struct, frozen=True, kw_only=True):
    """`outcomes` are of the rules in the file's order, `others` by rule with other limits."""

    begins: datetime
    ends: datetime
    performance: Performance
    outcomes: tuple[Outcome, ...]
    others: Mapping[str, tuple[Outcome, ...]]


class Clock:
    """Seconds since the replay began, for the world and the situation alike."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def replay(
    settings: Settings,
    begins: datetime,
    ends: datetime,
    *,
    scenario: str,
    folder: Path | None = None,
    seed: int = 0,
    limits: Mapping[str, Sequence[float]] | None = None,
) -> tuple[Backtest, ZoneInfo]:
    """Of a scenario of the demo's, or of a folder of records; with the centre's zone. Raises ValueError, OSError."""
    if ends <= begins:
        raise ValueError("--to must come after --from")
    names = [rule.name for rule in settings.rules]
    for name in limits or ():
        if name not in names:
            raise ValueError(f"there is no rule {name!r}; there are: {', '.join(names)}")
    clock = Clock()
    world = scenarios.build(scenario, seed=seed, start=begins, folder=folder, monotonic=clock)
    return run(world, clock, settings, ends - begins, limits), world.zone


def run(
    world: World,
    clock: Clock,
    settings: Settings,
    length: timedelta,
    limits: Mapping[str, Sequence[float]] | None = None,
    step_s: float = STEP_S,
) -> Backtest:
    """Replay so much of a world whose clock this is. `limits` has warning limits to try, by rule; critical ones keep
    their proportion. Without them, every rule is tried with others around its own.
    """
    rules = settings.rules
    trials = {rule.name: _trials(rule, (limits or {}).get(rule.name), every=limits is None) for rule in rules}
    every = (*[_in_place_of(rule, trials) for rule in rules], *(one for tried in trials.values() for one in tried))
    situation = Situation(replace(settings, rules=every))
    begins = world.instant
    events = _replay(world, clock, situation, length.total_seconds(), step_s)
    ends = begins + length
    by_rule: dict[str, list[AlarmEvent]] = {rule.name: [] for rule in every}
    for event in events:
        by_rule[event.subject.rule].append(event)
    names = {rule.name for rule in rules}
    return Backtest(
        begins=begins,
        ends=ends,
        performance=alarm_rates.performance(
            Annunciations(event for event in events if event.subject.rule in names), begins, ends
        ),
        outcomes=tuple([_outcome(rule, by_rule[rule.name], ends) for rule in rules]),
        others={
            name: tuple([replace(_outcome(one, by_rule[one.name], ends), rule=name, unchanged=False) for one in tried])
            for name, tried in trials.items()
            if tried
        },
    )


def _replay(world: World, clock: Clock, situation: Situation, length_s: float, step_s: float) -> list[AlarmEvent]:
    events: list[AlarmEvent] = []
    tag = ""
    while clock.now_s <= length_s:
        now_s = clock.now_s
        held, body = (tag, None) if world.snapshot_tag() == tag else world.snapshot(with_cursor=False, compressed=False)
        tag = held
        situation.observe(
            PollSuccess(
                snapshot=decode_snapshot(body.plain).snapshot if body is not None else None,
                sent_s=now_s,
                received_s=now_s,
                size_bytes=0,
                server_time=None if body is not None else world.instant,
            ),
            now_s,
        )
        if situation.backfill_wanted:
            situation.backfill_wanted = False
            situation.observe(_history(world), now_s)
        events += situation.alarms.events
        situation.alarms.events.clear()
        for second in range(1, round(step_s)):
            situation.advance(now_s + second)
        events += situation.alarms.events
        situation.alarms.events.clear()
        clock.now_s = now_s + step_s
    return events


def _history(world: World) -> Backfill:
    now = world.instant
    midnight = local_midnight(now, ZoneInfo(world.centre.time_zone))
    reach = now - timedelta(seconds=HISTORY_S)
    calls, _ = world.calls(midnight, None, None, MOST_OF_A_HISTORY)
    incidents, _ = world.incidents(reach, None, None, MOST_OF_A_HISTORY)
    return Backfill(
        calls=decode_calls(msgspec.json.encode({"calls": calls})).rows,
        calls_since=midnight,
        incidents=decode_incidents(msgspec.json.encode({"incidents": incidents})).rows,
        incidents_since=reach,
    )


def _trials(rule: Rule, warnings: Sequence[float] | None, *, every: bool) -> list[Rule]:
    """The rule with other limits, each under a name of its own."""
    if warnings is not None:
        tried = [_with_warning(rule, warning) for warning in warnings]
    elif every and rule.percentile is None and rule.metric_name != "data_stale":
        tried = _neighbours(rule)
    else:
        tried = []
    return [
        replace(rule, name=f"{rule.name}{OTHER}{number}", levels=levels, percentile=None, replaces=frozenset())
        for number, levels in enumerate(tried)
    ]


def _in_place_of(rule: Rule, trials: Mapping[str, Sequence[Rule]]) -> Rule:
    """What it takes over from a rule, it takes over from the trials of that rule too."""
    others = [trial.name for name in rule.replaces for trial in trials.get(name, ())]
    return replace(rule, replaces=rule.replaces.union(others))


def _neighbours(rule: Rule) -> list[tuple[Levels, ...]]:
    """Other limits than the rule's own, each once: of counts, only whole ones differ."""
    unit = METRICS[rule.metric_name].unit
    if unit is Unit.SHARE:
        made = [tuple([_shifted(levels, by) for levels in rule.levels]) for by in SHIFTS]
    else:
        made = [tuple([_scaled(levels, by, whole=unit is Unit.COUNT) for levels in rule.levels]) for by in FACTORS]
    return [levels for levels in dict.fromkeys(made) if levels != rule.levels]


def _with_warning(rule: Rule, warning: float) -> tuple[Levels, ...]:
    """Of several priorities, the first one's warning; the others follow."""
    first = rule.levels[0].warning or rule.levels[0].critical
    if not first:
        return tuple([Levels(warning, None) for _ in rule.levels])
    if METRICS[rule.metric_name].unit is Unit.SHARE:
        return tuple([_shifted(levels, warning - first) for levels in rule.levels])
    return tuple([_scaled(levels, warning / first) for levels in rule.levels])


def _scaled(levels: Levels, by: float, *, whole: bool = False) -> Levels:
    return Levels(*(None if limit is None else float(round(limit * by)) if whole else limit * by for limit in levels))


def _shifted(levels: Levels, by: float) -> Levels:
    return Levels(*(None if limit is None else min(1.0, max(0.0, round(limit + by, 6))) for limit in levels))


def _outcome(rule: Rule, events: Sequence[AlarmEvent], ends: datetime) -> Outcome:
    spells = alarm_rates.spells(events)
    cleared_s = [(spell.ends - spell.begins).total_seconds() for spell in spells if spell.ends and spell.cleared]
    return Outcome(
        rule=rule.name,
        levels=rule.levels,
        raises=_count(events, Happening.RAISED),
        escalations=_count(events, Happening.ESCALATED),
        in_alarm=alarm_rates.time_in_alarm(spells, ends),
        median_to_clear=timedelta(seconds=statistics.median(cleared_s)) if cleared_s else None,
        floods=len(Annunciations(events).floods(ends)),
        chattering=len(alarm_rates.chattering(events)),
    )


def _count(events: Iterable[AlarmEvent], happening: Happening) -> int:
    return sum(event.rings and event.happening is happening for event in events)
