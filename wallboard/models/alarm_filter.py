"""Which of the alarms that are there somebody wants to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from msgspec import Struct

from wallboard.core.alarms import Alarm, Severity
from wallboard.models.store import Store

Key = TypeVar("Key")


class Span(NamedTuple):
    """From the one to before the other; None is without end."""

    begins: datetime | None = None
    ends: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return (self.begins is None or self.begins <= now) and (self.ends is None or now < self.ends)


class Passing(NamedTuple):
    """What passes a filter, and for how long it is the same as long as the alarms are."""

    alarms: list[Alarm]
    rules: dict[str, datetime]
    span: Span = Span()


class AlarmFilter(Struct, frozen=True, kw_only=True):
    """None is all. `within` and `longer_than`: for how long it has been there, by its centre's clock.

    A rule that is out of service has neither severity nor agency; a call, a centre and a feed have no agency.
    """

    feed_id: str | None = None
    severity: Severity | None = None
    rule: str | None = None
    agency: str | None = None
    within: timedelta | None = None
    longer_than: timedelta | None = None

    def of(self, store: Store, alarms: list[Alarm], rules: Mapping[str, datetime]) -> Passing:
        """Those of a centre's alarms, in their order, and of its rules that are out of service, by their beginning."""
        if self.feed_id not in (None, store.situation.settings.feed_id):
            return Passing([], {})
        if self.severity is not None:
            alarms = [alarm for alarm in alarms if alarm.severity is self.severity]
        if self.rule is not None:
            alarms = [alarm for alarm in alarms if alarm.subject.rule == self.rule]
        if self.agency is not None:
            agencies_of = store.situation.alarms.agencies
            alarms = [alarm for alarm in alarms if self.agency in agencies_of(alarm.subject)]
        of_rules = {
            rule: since
            for rule, since in rules.items()
            if self.rule in (None, rule) and self.severity is None and self.agency is None
        }
        return self._of_their_time(alarms, of_rules, store.now)

    def _of_their_time(self, alarms: list[Alarm], rules: dict[str, datetime], now: datetime) -> Passing:
        begun, ends = None, set[datetime]()
        for period, young_pass in ((self.within, True), (self.longer_than, False)):
            if period is None:
                continue
            begun, begins = now, now - period
            youngest = [since for since in _beginnings(alarms, rules) if since > begins]
            if youngest:
                ends.add(min(youngest) + period)
            alarms = [alarm for alarm in alarms if (alarm.since > begins) is young_pass]
            rules = {rule: since for rule, since in rules.items() if (since > begins) is young_pass}
        return Passing(alarms, rules, Span(begun, min(ends, default=None)))


def _beginnings(alarms: Iterable[Alarm], rules: Mapping[str, datetime]) -> Iterable[datetime]:
    yield from [alarm.since for alarm in alarms]
    yield from rules.values()


EVERY_ALARM = AlarmFilter()
