"""Walls in every state, from the demo's own worlds, with clocks of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec

from tests.core.builders import without
from wallboard.composition import compose
from wallboard.configuration.options import Alarms, Configuration, Feed, Page, Usual, Wall
from wallboard.core.alarms import AlarmEvent
from wallboard.core.entities import ANSWERED, Snapshot
from wallboard.core.hours import local_midnight
from wallboard.core.poll import Backfill, FailureKind, PollFailure, PollSuccess
from wallboard.demo import riau, scenarios
from wallboard.demo.bengkalis_facts import USUAL_CALLS_PER_HOUR
from wallboard.demo.world import World
from wallboard.feed.contract import decode_calls, decode_incidents, decode_snapshot
from wallboard.language import Language
from wallboard.models.centres import Centres
from wallboard.models.store import Store
from wallboard.views.wall import WallWindow

AFTERNOON = datetime(2026, 11, 24, 14, 32, tzinfo=timezone(timedelta(hours=7)))

UNTOLD: dict[str, frozenset[str]] = {
    "no calls": frozenset({"calls", "call_takers"}),
    "incidents only": frozenset({"calls", "call_takers", "units", "agencies"}),
    "phone only": frozenset({"incidents", "units", "agencies"}),
    "no answers": frozenset({ANSWERED}),
    "no units": frozenset({"units"}),
}
"""The lists and fields that a wall's source does not tell, by state."""

STATES = (
    "normal",
    "alarm",
    "stale",
    "quiet",
    "storm",
    "connecting",
    "failed",
    "without history",
    "wrong PC",
    "stale, wrong PC",
    *UNTOLD,
)


PC_AHEAD_S = -8 * 3600 - 12 * 60 - 34.0
"""Of a PC that believes to be elsewhere: as wide a figure as any but days."""


class Scene:
    """A wall on a world. `pass_time` moves every clock."""

    def __init__(self, world: World, store: Store, window: WallWindow, clock: Callable[[float], None]) -> None:
        self.world = world
        self.store = store
        self.window = window
        self.centres: Centres | None = None
        self._clock = clock
        self.now_s = 0.0
        self.untold: frozenset[str] = frozenset()

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        self._clock(self.now_s)
        self.store.advance()

    def poll(self) -> None:
        self.receive(self.told())

    def told(self) -> Snapshot:
        """What the server tells of now."""
        _, body = self.world.snapshot(with_cursor=False, compressed=False)
        return without(decode_snapshot(body.plain).snapshot, self.untold)

    def receive(self, told: Snapshot) -> None:
        """Now, which may be later than it is of, as from a cache."""
        self.store.receive(PollSuccess(snapshot=told, sent_s=self.now_s, received_s=self.now_s, size_bytes=1))

    def fail(self, kind: FailureKind = FailureKind.NETWORK, status: int | None = None) -> None:
        self.store.receive(PollFailure(kind=kind, message="", sent_s=self.now_s, failed_s=self.now_s, status=status))

    def read_history(self) -> None:
        now = self.world.instant
        midnight = local_midnight(now, ZoneInfo(self.world.centre.time_zone))
        calls, _ = self.world.calls(midnight, None, None, 1_000_000)
        incidents, _ = self.world.incidents(now - timedelta(hours=48), None, None, 1_000_000)
        self.store.receive(
            Backfill(
                calls=decode_calls(msgspec.json.encode({"calls": calls})).rows,
                calls_since=midnight,
                incidents=decode_incidents(msgspec.json.encode({"incidents": incidents})).rows,
                incidents_since=now - timedelta(hours=48),
            )
        )


def scene(
    state: str, language: Language = Language.INDONESIAN, size: tuple[int, int] = (1920, 1080), **wall: object
) -> Scene:
    clock = [0.0]
    name = {"storm": "storm", "quiet": "quiet"}.get(state, "bengkalis")
    start = None if name == "quiet" else AFTERNOON
    world = scenarios.build(name, start=start, monotonic=lambda: clock[0])
    configuration = Configuration(
        feed=(Feed(id="demo", url="http://127.0.0.1/"),),
        language=language,
        theme="light" if wall.pop("light", False) else "dark",
        alarms=Alarms(acknowledge=bool(wall.pop("acknowledges", True)), position="supervisor"),
        rule=tuple(wall.pop("rules", ())),  # type: ignore[arg-type]
        wall=msgspec.convert(wall, Wall),
        usual=Usual(calls_per_hour=USUAL_CALLS_PER_HOUR if name == "bengkalis" else ()),
    )
    pc_ahead_s = PC_AHEAD_S if state.endswith("wrong PC") else 0.0
    centres, window = compose(configuration, lambda: clock[0], lambda: world.instant + timedelta(seconds=pc_ahead_s))
    window.resize(*size)
    window.show()
    made = Scene(world, centres.stores[0], window, lambda now_s: clock.__setitem__(0, now_s))
    made.centres = centres
    made.untold = UNTOLD.get(state, frozenset())
    if state == "failed":
        made.fail(FailureKind.NOT_JSON)
    elif state != "connecting":
        if state == "alarm":
            for waited_s in (28, 22, 17):
                world.inject_call(waited_s, None)
        made.poll()
        if state != "without history":
            made.read_history()
        if state.startswith("stale"):
            made.pass_time(47)
            made.fail(FailureKind.SERVER, 502)
    window.add_charts()
    return made


class CentresScene:
    """A wall on several worlds, one for each centre."""

    def __init__(self, centres: Centres, window: WallWindow, parts: Sequence[Scene], clock: list[float]) -> None:
        self.centres = centres
        self.window = window
        self.parts = parts
        self._clock = clock

    def pass_time(self, seconds: float) -> None:
        """For every centre; none has news."""
        self._clock[0] += seconds
        for part in self.parts:
            part.now_s = self._clock[0]
        self.centres.advance()


def centres_scene(
    states: Sequence[str],
    language: Language = Language.INDONESIAN,
    size: tuple[int, int] = (1920, 1080),
    page: tuple[Page, ...] = (),
    restored: Sequence[AlarmEvent] = (),
    **wall: object,
) -> CentresScene:
    """A centre of Riau for each state: of STATES, "quiet", "alarm", "stale", "failed" and "connecting". `restored` is
    the last of each alarm, as the log has it.
    """
    clock = [0.0]
    night = AFTERNOON.replace(hour=2, minute=30)
    names = riau.centres(len(states))
    configuration = Configuration(
        feed=tuple(Feed(id=centre.id, url="http://127.0.0.1/", poll_interval_s=5) for centre in names),
        language=language,
        page=page,
        rule=tuple(wall.pop("rules", ())),  # type: ignore[arg-type]
        wall=msgspec.convert(wall, Wall),
    )
    centres, window = compose(configuration, lambda: clock[0])
    for store in centres.stores:
        store.restore(restored)
    parts = []
    for index, centre in enumerate(names):
        world = scenarios.build("quiet", seed=index, start=night, centre=centre, monotonic=lambda: clock[0])
        parts.append(Scene(world, centres.stores[index], window, lambda now_s: clock.__setitem__(0, now_s)))
    window.resize(*size)
    window.show()
    made = CentresScene(centres, window, parts, clock)
    for state, part in zip(states, parts, strict=True):
        if state == "stale":
            part.world.inject_call(28, None)
            part.poll()
    made.pass_time(67)
    for state, part in zip(states, parts, strict=True):
        if state == "failed":
            part.fail(FailureKind.NAME)
        elif state == "stale":
            part.fail(FailureKind.SERVER, 502)
        elif state != "connecting":
            for waited_s in (28, 22, 17) if state == "alarm" else (16,) if state == "warning" else ():
                part.world.inject_call(waited_s, None)
            part.poll()
            part.read_history()
    window.add_charts()
    return made
