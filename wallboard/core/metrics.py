"""The figures of a call centre, as docs/figures.md defines them. Pure functions of rows and an instant.

Durations are seconds, shares 0 to 1. None is "no value": it cannot be computed, which is neither zero nor good.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.entities import OTHER, ROUNDING, Call, CallTaker, CallTakerStatus, Incident, Unit, UnitStatus

OFFERED_WINDOW = timedelta(minutes=60)
"""The window of the answering figures, (now - 60 min, now]."""

COMPLIANCE_WINDOW = timedelta(hours=24)

SERVICE_LEVEL_SECONDS = (15, 20)
"""NENA-STA-020.1-2020: 90 % of calls answered within 15 s, 95 % within 20 s."""

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution: a two-sided 95 % interval."""

BUSY = frozenset({UnitStatus.DISPATCHED, UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE, UnitStatus.TRANSPORTING})
AVAILABLE = frozenset({UnitStatus.AVAILABLE, UnitStatus.RETURNING})


class Share(Struct, frozen=True):
    """`value` is None where `n`, the denominator, is 0."""

    value: float | None
    n: int


class EstimatedShare(Share, frozen=True):
    """A share with its 95 % Wilson score interval."""

    low: float | None = None
    high: float | None = None


class AnsweringFigures(Struct, frozen=True, kw_only=True):
    """Over the calls offered in the last 60 minutes. A share is None where the feed does not tell what it is of,
    `offered` where it does not tell all of them.
    """

    offered: int | None
    service_level_15: EstimatedShare | None
    service_level_20: EstimatedShare | None
    average_speed_of_answer_s: float | None
    answer_p90_s: float | None
    abandonment_rate: Share | None

    def without_ends(self) -> AnsweringFigures:
        """What is left where nobody tells how calls end: which were given up decides on a service level too."""
        return replace(self, service_level_15=None, service_level_20=None, abandonment_rate=None)

    def without_answers(self) -> AnsweringFigures:
        """What is left of that where nobody tells when calls are answered either."""
        return replace(self.without_ends(), average_speed_of_answer_s=None, answer_p90_s=None)


class Staffing(Struct, frozen=True):
    """Occupancy is (on a call + wrapping up) / on duty."""

    on_duty: int
    free: int
    occupancy: float | None


class AgencyLoad(Struct, frozen=True):
    """Units by what they can do now. `load` is busy / (busy + available)."""

    busy: int = 0
    available: int = 0
    out: int = 0
    other: int = 0
    """Of a status outside the contract: nobody can say whether they could go."""

    @property
    def units(self) -> int:
        return self.busy + self.available + self.out + self.other

    @property
    def load(self) -> float | None:
        return share(self.busy, self.busy + self.available).value


def seconds_between(start: datetime, end: datetime) -> float:
    """Elapsed seconds, never negative: a stamp from the future has lasted no time yet."""
    return max(0.0, (end - start).total_seconds())


def told_duration_s(start: datetime, end: datetime) -> float | None:
    """Seconds between two instants that are both told. None where they are told in the wrong order, by more than what
    is rounded: a duration is not negative, and that it was 0 nobody said.
    """
    return None if end < start - ROUNDING else seconds_between(start, end)


def share(part: int, whole: int) -> Share:
    return Share(part / whole if whole else None, whole)


def estimated_share(part: int, whole: int) -> EstimatedShare:
    """Wilson, 1927: stays within 0 and 1 and is honest at small n, where the plain interval is not."""
    if not whole:
        return EstimatedShare(None, 0)
    p = part / whole
    spread = Z_95**2 / whole
    centre = (p + spread / 2) / (1 + spread)
    half = Z_95 / (1 + spread) * math.sqrt(p * (1 - p) / whole + spread / (4 * whole))
    return EstimatedShare(p, whole, max(0.0, centre - half), min(1.0, centre + half))


def nearest_rank(ordered: Sequence[float], quantile: float) -> float | None:
    """The smallest value with at least `quantile` of the values at or below it."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(quantile * len(ordered)) - 1)]


def answering(offered: Iterable[Call], now: datetime, short_abandon_s: float) -> AnsweringFigures:
    """The answering figures over calls already narrowed to the window.

    A service level's denominator is: answered, abandoned that were not short, and still waiting longer than its time.
    A call whose wait is not known counts where the wait is of no matter.
    """
    waits: list[float] = []
    waiting: list[float] = []
    answered = abandoned = count = 0
    for call in offered:
        count += 1
        wait_ends = call.answered_at or call.ended_at
        if wait_ends is None:
            waiting.append(seconds_between(call.received_at, now))
            continue
        answered += call.answered_at is not None
        waited_s = told_duration_s(call.received_at, wait_ends)
        if waited_s is None:
            continue
        if call.answered_at is not None:
            waits.append(waited_s)
        elif waited_s >= short_abandon_s:
            abandoned += 1
    waits.sort()
    waiting.sort()

    def service_level(seconds: float) -> EstimatedShare:
        late = len(waiting) - bisect_right(waiting, seconds)
        return estimated_share(bisect_right(waits, seconds), len(waits) + abandoned + late)

    level_15, level_20 = (service_level(seconds) for seconds in SERVICE_LEVEL_SECONDS)
    return AnsweringFigures(
        offered=count,
        service_level_15=level_15,
        service_level_20=level_20,
        average_speed_of_answer_s=math.fsum(waits) / len(waits) if waits else None,
        answer_p90_s=nearest_rank(waits, 0.90),
        abandonment_rate=share(abandoned, answered + abandoned),
    )


def staffing(call_takers: Iterable[CallTaker]) -> Staffing:
    count = Counter(taker.status for taker in call_takers)
    on_duty = count.total() - count[CallTakerStatus.OFFLINE]
    occupied = count[CallTakerStatus.ON_CALL] + count[CallTakerStatus.WRAP_UP]
    return Staffing(on_duty, count[CallTakerStatus.AVAILABLE], share(occupied, on_duty).value)


def agency_loads(units: Iterable[Unit]) -> dict[str, AgencyLoad]:
    """By agency identifier, those that have units."""
    count: dict[str, Counter[str]] = {}
    for unit in units:
        if unit.status in BUSY:
            ability = "busy"
        elif unit.status in AVAILABLE:
            ability = "available"
        else:
            ability = "out" if unit.status == UnitStatus.OUT_OF_SERVICE else OTHER
        count.setdefault(unit.agency_id, Counter())[ability] += 1
    return {agency: AgencyLoad(**abilities) for agency, abilities in count.items()}


def response_s(incident: Incident, now: datetime) -> float | None:
    """From the receipt of the report to the arrival, as Permendagri 114/2018 counts; until now where nobody arrived."""
    return _since_report_s(incident, incident.arrived_at, now)


def dispatch_delay_s(incident: Incident, now: datetime) -> float | None:
    return _since_report_s(incident, incident.dispatched_at, now)


def _since_report_s(incident: Incident, moment: datetime | None, now: datetime) -> float | None:
    if moment is None:
        return seconds_between(incident.reported_at, now)
    return told_duration_s(incident.reported_at, moment)


def response_compliance(incidents: Iterable[Incident], now: datetime, limit_s: float) -> dict[str, Share]:
    """By agency: of the incidents arrived at within the last 24 h, the share whose response was within the limit. One
    whose response time is not known is neither.
    """
    opens = now - COMPLIANCE_WINDOW
    met: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for incident in incidents:
        arrived = incident.arrived_at
        if arrived is None or not opens < arrived <= now:
            continue
        taken_s = response_s(incident, now)
        if taken_s is None:
            continue
        within = taken_s <= limit_s
        for agency in set(incident.agency_ids):
            all_of[agency] += 1
            met[agency] += within
    return {agency: share(met[agency], n) for agency, n in all_of.items()}
