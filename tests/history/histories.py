"""What a centre's alarms live through, a step at a time: readings, waits, and what people do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.core.builders import at
from wallboard.core.alarmbook import AlarmBook
from wallboard.core.alarms import AlarmEvent, Scope, Shelf, Subject
from wallboard.core.crossing import Reading
from wallboard.core.rules import Levels, Rule
from wallboard.core.watchable import METRICS

LOAD = Subject("agency_load", Scope.AGENCY, "a1")
WAIT = Subject("call_waiting", Scope.CALL, "c1")
SUBJECTS = (LOAD, WAIT)

VALUES = (None, 0.1, 0.75, 0.85, 1.0)
SHELVED_S = (1, 5, 50)
ACTS = ("load", "load", "no agency", "wait", "answer", "acknowledge", "shelve", "unshelve", "comment", "out", "in")
PEOPLES_ACTS = frozenset(ACTS[5:])

Step = tuple[int, str, int, int]
"""Seconds that pass, what is done, to which subject, and with which of the values."""

steps = st.tuples(st.integers(0, 9), st.sampled_from(ACTS), st.integers(0, 1), st.integers(0, 4))


def rules(*, latched: bool) -> tuple[Rule, ...]:
    return (
        Rule(
            name="agency_load",
            metric_name="agency_load",
            levels=(Levels(0.8, 1.0),),
            crossed=METRICS["agency_load"].crossed,
            dead_band=0.1,
            latched=latched,
        ),
        Rule(
            name="call_waiting",
            metric_name="call_waiting",
            levels=(Levels(5, 10),),
            crossed=METRICS["call_waiting"].crossed,
            latched=latched,
        ),
    )


class Life:
    """A book, and what it was told."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.book = AlarmBook(rules)
        self.book.begin()
        self.second = 0
        self.load: Reading | None = None
        self.waits_since: int | None = None

    def live(self, step: Step) -> list[AlarmEvent]:
        passed, act, which, value = step
        self.second += passed
        now = at(self.second)
        if act in PEOPLES_ACTS:
            self.book.advance(now)
            self._act(act, SUBJECTS[which], value, now)
        else:
            self._change(act, value)
            self.tell()
            self.book.advance(now)
        events, self.book.events = self.book.events, []
        return events

    def _change(self, what: str, value: int) -> None:
        if what == "load":
            self.load = Reading(VALUES[value])
        elif what == "no agency":
            self.load = None
        else:
            self.waits_since = self.second if what == "wait" else None

    def _act(self, act: str, subject: Subject, value: int, now: datetime) -> None:
        book, by = self.book, "supervisor"
        if act == "acknowledge":
            book.acknowledge([subject], now, by)
        elif act == "shelve":
            until = now + timedelta(seconds=SHELVED_S[value % len(SHELVED_S)])
            book.shelve([subject], Shelf(until, "uji", by), now)
        elif act == "unshelve":
            book.unshelve([subject], now, by)
        elif act == "comment":
            book.comment(subject, "dicatat", now, by)
        elif act == "out":
            book.take_out_of_service(subject.rule, now, by, "uji")
        else:
            book.put_into_service(subject.rule, now, by)

    def tell(self) -> None:
        """All that there is now, as a snapshot does."""
        self.book.measure("agency_load", "a1", self.load)
        self.book.last("call_waiting", "c1", None if self.waits_since is None else at(self.waits_since))

    def restarted(self, last_events: tuple[AlarmEvent, ...]) -> Life:
        """Another program's, with what the log had kept and a first snapshot."""
        again = Life(self.rules)
        again.book = AlarmBook(self.rules)
        again.second, again.load, again.waits_since = self.second, self.load, self.waits_since
        again.book.restore(last_events)
        again.tell()
        again.book.advance(at(self.second))
        again.book.begin()
        again.book.advance(at(self.second))
        return again


def random_events(seed: int) -> Iterator[list[AlarmEvent]]:
    """Without an end, and the same for the same seed; each list is what one step came to."""
    chance = random.Random(seed)
    life = Life(rules(latched=bool(seed % 2)))
    while True:
        events = life.live((chance.randrange(9), chance.choice(ACTS), chance.randrange(2), chance.randrange(5)))
        if events:
            yield events
