"""From the server's learning of a call that has waited too long to the start of its sound. Needs no screen, and no
audio device: what is measured ends where the sound is handed to Qt.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMetaObject, Qt

from benchmarks.latency import POLL_INTERVAL_S, SETTLE_S, post
from benchmarks.rig import TOKEN, configuration, demo_server, report
from wallboard.app import Wall, application
from wallboard.configuration.load import load
from wallboard.core.attention import SHORTEST_PAUSE_S, Sound

WAITED_S = 60
"""Beyond the critical limit: the condition is true as soon as the server knows of the call."""

PATIENCE_S = 10.0


def measure(calls: int, *server: str) -> list[float]:
    """Seconds from the condition to its sound, of each call."""
    app = application()
    sounded_s: list[float] = []
    heard = threading.Event()
    taken_s: list[float] = []

    def play(sound: Sound, volume: float) -> None:
        sounded_s.append(time.monotonic())
        heard.set()

    def inject(url: str) -> None:
        chance = random.Random(0)
        time.sleep(SETTLE_S)
        for _ in range(calls):
            time.sleep(SHORTEST_PAUSE_S + chance.uniform(0, POLL_INTERVAL_S))
            heard.clear()
            call = post(url, "/demo/calls", waiting_s=WAITED_S)
            if not heard.wait(PATIENCE_S):
                raise SystemExit("a call was not heard")
            taken_s.append(sounded_s[-1] - call["known_at_s"])
            post(url, "/demo/end-call", id=call["id"])
        QMetaObject.invokeMethod(app, "quit", Qt.ConnectionType.QueuedConnection)

    with tempfile.TemporaryDirectory() as folder, demo_server(*server) as url:
        wall = Wall(load(Path(configuration(url, folder, POLL_INTERVAL_S))), lambda _: TOKEN)
        assert wall.herald.loudspeaker is not None
        wall.herald.loudspeaker.play = play  # type: ignore[method-assign]
        wall.window.resize(1920, 1080)
        wall.window.show()
        wall.start()
        threading.Thread(target=inject, args=(url,), daemon=True).start()
        app.exec()
        wall.stop()
        wall.window.close()
    return taken_s


def main(calls: int) -> None:
    print("condition true at the server to sound started")
    report("  polling every 2 s", measure(calls, "quiet"), "s", "<= 2.1")
    followed_ms = [1000 * one_s for one_s in measure(calls, "--changes", "quiet")]
    report("  following changes (long poll)", followed_ms, "ms", "<= 100, of no interval")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
