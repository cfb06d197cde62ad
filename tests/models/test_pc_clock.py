"""Two walls on one feed: on one the PC's clock is right, on the other it does whatever it likes. They show the same."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core import builders, strategies
from tests.core.builders import at, backfill, bad, call, good, snapshot
from wallboard.core.poll import FeedEvent
from wallboard.models.store import Store

HOUR_S = 3600.0
NIGHT_S = 9 * HOUR_S

CENTURY_S = 3.2e9

wrong_clocks = st.sampled_from([HOUR_S, -HOUR_S, 8 * HOUR_S, 1.0, -1.0]) | st.floats(-CENTURY_S / 2, CENTURY_S)
"""Seconds from T0."""

pc_zones = st.sampled_from(["Asia/Jakarta", "UTC", "America/St_Johns", "Asia/Jayapura"])


@contextmanager
def pc_in(zone: str) -> Iterator[None]:
    """The PC's own time zone, where that of a running process can be set: on Unix."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    if sys.platform != "win32":
        time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        if sys.platform != "win32":
            time.tzset()


@st.composite
def days(draw: st.DrawFn) -> list[tuple[float, FeedEvent | None, datetime]]:
    """What happens, when, and what the wrong clock shows: polls of every kind, ticks, and nights of sleep."""
    seconds, told = 0.0, []
    for step_s in draw(st.lists(st.sampled_from([1.0, 2.0, 7.0, 600.0, NIGHT_S]), min_size=1, max_size=8)):
        seconds += step_s
        kind = draw(st.sampled_from(["snapshot", "snapshot", "304", "failure", "tick", "history"]))
        round_trip_s = draw(st.sampled_from([0.0, 0.5])) if step_s > 0.5 else 0.0
        event: FeedEvent | None = None
        if kind == "snapshot":
            event = good(draw(strategies.snapshots(seconds, most=5)), seconds - round_trip_s, seconds)
        elif kind == "304":
            event = good(None, seconds - round_trip_s, seconds, at(seconds).replace(microsecond=0))
        elif kind == "failure":
            event = bad(seconds)
        elif kind == "history":
            event = backfill([call("early", seconds - 7200, seconds - 7190, seconds - 7100)], at(seconds - 86_400))
        told.append((seconds, event, at(draw(wrong_clocks))))
    return told


class Wall:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.wall_clock = at(0)
        self.store = Store(builders.situation(), monotonic=lambda: self.now_s, wall_clock=lambda: self.wall_clock)

    def live(self, now_s: float, event: FeedEvent | None, wall_clock: datetime) -> None:
        self.now_s, self.wall_clock = now_s, wall_clock
        if event is None:
            self.store.advance()
        else:
            self.store.receive(event)

    def shown(self) -> dict[str, Any]:
        """All that a view can read, but how wrong the PC is."""
        store = self.store
        known = store.server_now is not None
        return {
            "now": store.server_now,
            "state": store.state,
            "age": store.data_age_s,
            "as of": store.situation.as_of,
            "kpis": store.situation.kpis(),
            "hours": store.situation.hours(),
            "agencies": store.situation.agencies(),
            "known since": store.situation.compliance_since(),
            "rows": [list(model.rows) for model in (store.incidents, store.calls, store.agencies)],
            "severities": store.severities,
            "alarms": store.alarms() if known else [],
            "groups": store.alarm_groups() if known else [],
        }


@settings(max_examples=80)
@given(days(), pc_zones)
def test_that_whatever_the_pcs_clock_does_every_timer_figure_hour_and_alarm_is_the_same(qapp, day, zone):
    right, wrong = Wall(), Wall()
    for now_s, event, wrong_clock in day:
        with pc_in("Asia/Jakarta"):
            right.live(now_s, event, at(now_s))
            shown = right.shown()
        with pc_in(zone):
            wrong.live(now_s, event, wrong_clock)
            assert wrong.shown() == shown
        assert right.store.pc_ahead_s is None


def test_that_how_wrong_the_pc_is_is_known_at_once_and_forgotten_once_it_is_set_right(qapp):
    wall = Wall()
    wall.live(0, None, at(3603))
    assert wall.store.pc_ahead_s is None, "nobody knows yet"
    wall.live(0, good(snapshot(0), 0), at(3603))
    assert wall.store.pc_ahead_s == 3603
    wall.live(1, None, at(1 - 3600))
    assert wall.store.pc_ahead_s == -3600
    wall.live(2, None, at(2) + timedelta(seconds=0.2))
    assert wall.store.pc_ahead_s is None
