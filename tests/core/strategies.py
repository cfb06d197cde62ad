"""Random rows and snapshots that keep the contract: identifiers unique, nothing from the future. Instants are in order,
but for those of a system that told a few backwards.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.core import builders
from wallboard.core.entities import (
    Agency,
    Call,
    CallTaker,
    CallTakerStatus,
    Disposition,
    Incident,
    Snapshot,
    Unit,
    UnitStatus,
)

AGENCIES = ("a1", "a2", "a3")
HOUR_S = 3600

dispositions = st.sampled_from([*(one.value for one in Disposition), "callback requested"])
unit_statuses = st.sampled_from([*(one.value for one in UnitStatus), "refuelling"])
call_taker_statuses = st.sampled_from([*(one.value for one in CallTakerStatus), "in training"])
# Waits that lie on a limit are as likely as those that lie between.
waits_s = st.sampled_from([0, 4.999, 5, 5.001, 14.999, 15, 15.001, 19.999, 20, 20.001]) | st.floats(0, 400)


backwards_s = st.sampled_from([-0.001, -30.0])


@st.composite
def calls(draw: st.DrawFn, key: str, now: float, reach_s: float = HOUR_S) -> Call:
    """A call received at most `reach_s` before `now`, in any state that it can be in by then."""
    received = now - draw(st.sampled_from([0.0, 1.0, float(reach_s)]) | st.floats(0, reach_s))
    answered = ended = None
    if draw(st.booleans()):
        answered = received + draw(waits_s | backwards_s)
    if answered is not None and answered > now:
        answered = None
    if draw(st.booleans()):
        ended = (received if answered is None else answered) + draw(waits_s | backwards_s)
    if ended is not None and ended > now:
        ended = None
    return builders.call(key, received, answered, ended, draw(dispositions))


@st.composite
def incidents(draw: st.DrawFn, key: str, now: float, reach_s: float = 3 * HOUR_S) -> Incident:
    """An incident reported at most `reach_s` before `now`; its instants are ordered, and closed ones say so."""
    reported = now - draw(st.floats(0, reach_s))
    steps = draw(st.integers(0, 3))
    marks = sorted(draw(st.lists(st.floats(reported, now), min_size=steps, max_size=steps)))
    dispatched, arrived, closed = (*marks, None, None, None)[:3]
    if arrived is not None and draw(st.integers(0, 9)) == 0:
        arrived = reported - 30.0
    status = ("new", "dispatched", "on_scene", "closed")[steps]
    if draw(st.integers(0, 9)) == 0:
        status = "cancelled"
    named = tuple(draw(st.lists(st.sampled_from([*AGENCIES, "nobody's"]), max_size=3, unique=True)))
    priority = draw(st.integers(1, 4))
    return builders.incident(
        key, reported, dispatched, arrived, closed, priority=priority, status=status, agencies=named
    )


def _keys(prefix: str, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.integers(0, most).map(lambda number: f"{prefix}{number}"), max_size=most, unique=True)


@st.composite
def units(draw: st.DrawFn, most: int = 12) -> list[Unit]:
    owners = st.sampled_from([*AGENCIES, "nobody's"])
    return [builders.unit(key, draw(unit_statuses), draw(owners)) for key in draw(_keys("u", most))]


@st.composite
def call_takers(draw: st.DrawFn, most: int = 8) -> list[CallTaker]:
    return [builders.call_taker(key, draw(call_taker_statuses)) for key in draw(_keys("t", most))]


agencies: st.SearchStrategy[list[Agency]] = st.lists(st.sampled_from(AGENCIES), unique=True).map(
    lambda keys: [builders.agency(key) for key in keys]
)


untold = st.frozensets(st.sampled_from(("agencies", "units", "call_takers", "calls", "incidents")))


@st.composite
def snapshots(draw: st.DrawFn, seconds: float = 0.0, most: int = 20) -> Snapshot:
    """All that a centre knew `seconds` after T0."""
    return builders.snapshot(
        seconds,
        calls=[draw(calls(key, seconds)) for key in draw(_keys("c", most))],
        incidents=[draw(incidents(key, seconds)) for key in draw(_keys("i", most))],
        units=draw(units()),
        agencies=draw(agencies),
        call_takers=draw(call_takers()),
    )
