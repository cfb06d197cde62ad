"""What a poll costs: decoding a large snapshot, an unchanged poll, and a change of one row in the GUI thread."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from benchmarks.rig import HEIGHT, WIDTH, report
from benchmarks.serve import STORM, USUAL, world
from wallboard import heap
from wallboard.core.entities import Snapshot
from wallboard.core.merge import Delta, merged
from wallboard.core.poll import PollSuccess
from wallboard.demo.server import DemoServer
from wallboard.feed.client import DispatchClient
from wallboard.feed.contract import decode_snapshot
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.feed.transport import Transport
from wallboard.steady import steady_s

INCIDENTS, CALLS = 5_000, 2_000
TOKEN = "benchmark"
MS_PER_NS = 1e-6

PASSES = 7
"""Of the same changes: the least of each is what it costs where no other program is in the way."""


def snapshot_of(incidents: int, waiting: int, talking: int) -> bytes:
    return world(incidents, waiting, talking).snapshot(with_cursor=True, compressed=False)[1].plain


def large_snapshot() -> bytes:
    """Exactly so many incidents and calls: the simulated centre's own rows, told as often as it takes."""
    whole = msgspec.json.decode(snapshot_of(INCIDENTS, CALLS // 4, CALLS - CALLS // 4))
    for name, count in (("incidents", INCIDENTS), ("calls", CALLS)):
        rows = whole[name]
        whole[name] = [rows[n % len(rows)] | {"id": f"{name}-{n}"} for n in range(count)]
    return msgspec.json.encode(whole)


def decoding(times: int) -> None:
    body = large_snapshot()
    heap.settle()  # as the wall does once it is open
    took_ms = []
    for _ in range(times):
        started_ns = time.perf_counter_ns()
        decoded = decode_snapshot(body)
        took_ms.append((time.perf_counter_ns() - started_ns) * MS_PER_NS)
        assert not decoded.dropped_rows
        assert (len(decoded.snapshot.incidents), len(decoded.snapshot.calls)) == (INCIDENTS, CALLS)
    report(f"decode and check of {len(body) / 1e6:.1f} MB, {INCIDENTS} and {CALLS}", took_ms, "ms", "<= 12")


def unchanged(times: int) -> None:
    """Processor time of this process' threads, the server's own taken out by asking it alone."""
    with DemoServer(world(*map(int, USUAL)), TOKEN, offer_changes=False) as server:
        settings = FeedSettings(id="x", url=server.url, auth=Auth.BEARER)
        client = DispatchClient(Transport(settings, TOKEN))
        client.snapshot()
        took_ms = []
        for _ in range(times):
            started_ns = time.thread_time_ns()
            answer = client.snapshot()
            spent_ns = time.thread_time_ns() - started_ns
            if answer.snapshot is None:
                took_ms.append(spent_ns * MS_PER_NS)
        client.close()
    report("an unchanged poll (304), processor time", took_ms, "ms", "<= 2")


def one_change(name: str, size: tuple[str, ...], times: int) -> None:
    """A row of an incident changes; everything that the GUI thread then does, the painting included. Each change comes
    several times, there and back.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from wallboard.app import application
    from wallboard.composition import compose
    from wallboard.configuration.options import Configuration, Feed

    app = application()
    centres, window = compose(Configuration(feed=(Feed(id="x", url="http://127.0.0.1/x"),)))
    window.resize(WIDTH, HEIGHT)
    window.show()
    window.add_charts()
    state = decode_snapshot(snapshot_of(*map(int, size))).snapshot

    def tell(told: Snapshot) -> None:
        now_s = steady_s()
        (store,) = centres.stores
        store.receive(
            PollSuccess(snapshot=told, sent_s=now_s, received_s=now_s, size_bytes=0, server_time=told.server_time)
        )

    tell(state)
    app.processEvents()
    received_ms: list[float] = []
    painted_ms: list[float] = []
    for number in range(PASSES * times):
        incident = state.incidents[number % times % len(state.incidents)]
        status = "on_scene" if incident.status != "on_scene" else "en_route"
        delta = Delta(
            server_time=max(datetime.now(UTC), state.server_time) + timedelta(milliseconds=1),
            cursor=str(number),
            upserts={"incidents": (replace(incident, status=status),)},
        )
        state = merged(state, delta)
        started_ns = time.thread_time_ns()
        tell(state)
        received_ns = time.thread_time_ns()
        app.processEvents()
        received_ms.append((received_ns - started_ns) * MS_PER_NS)
        painted_ms.append((time.thread_time_ns() - started_ns) * MS_PER_NS)
    window.close()
    for what, took_ms in (("to the models and views", received_ms), ("with the painting", painted_ms)):
        report(f"one change, {name}: {what}", took_ms, "ms", "<= 2")
        report(f"the least of {PASSES} each", [min(took_ms[place::times]) for place in range(times)], "ms", "<= 2")


def main(times: int) -> None:
    decoding(times)
    unchanged(10 * times)
    one_change("200 incidents", USUAL, 10 * times)
    one_change("storm", STORM, 10 * times)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
