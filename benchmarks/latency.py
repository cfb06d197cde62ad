"""From the server's learning of a call to its pixel on a 4K wall, polling every 2 s and following changes."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import urllib.request

from benchmarks.rig import TOKEN, TOKENS, configuration, demo_server, python, report, virtual_screen

CALLS_PANEL = (2300, 830, 1400, 240)
"""Inside the panel of calls, where on a quiet night nothing moves."""

POLL_INTERVAL_S = 2.0
SETTLE_S = 5.0


def post(url: str, path: str, **body: object) -> dict[str, float]:
    request = urllib.request.Request(
        url.removesuffix("/api/v1") + path, json.dumps(body).encode(), {"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request) as response:
        answer: dict[str, float] = json.load(response)
        return answer


def measure(calls: int, *server: str) -> list[float]:
    """Seconds from the server's learning of each call to its pixel."""
    chance = random.Random(0)
    appeared_s: list[float] = []
    with (
        virtual_screen() as screen,
        tempfile.TemporaryDirectory() as folder,
        demo_server(*server) as url,
        python("main.py", "--config", configuration(url, folder, POLL_INTERVAL_S), DISPLAY=screen.display, **TOKENS),
    ):
        time.sleep(SETTLE_S)
        empty = screen.pixels(CALLS_PANEL)
        for _ in range(calls):
            time.sleep(chance.uniform(0, POLL_INTERVAL_S))  # at any moment between two polls
            call = post(url, "/demo/calls", waiting_s=0)
            visible_s = screen.wait(CALLS_PANEL, lambda pixels: pixels != empty)
            appeared_s.append(visible_s - call["known_at_s"])
            post(url, "/demo/end-call", id=call["id"])
            screen.wait(CALLS_PANEL, lambda pixels: pixels == empty)
    return appeared_s


def main(calls: int) -> None:
    print("server learns of a call to the pixel")
    report("  polling every 2 s", measure(calls, "quiet"), "s", "p99 <= 2.1")
    followed_ms = [1000 * one_s for one_s in measure(calls, "--changes", "quiet")]
    report("  following changes (long poll)", followed_ms, "ms", "p99 <= 100")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
