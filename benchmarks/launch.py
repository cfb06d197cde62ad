"""From the launch of the program to its first painted data, warm: python -m benchmarks.launch [LAUNCHES [FROZEN]]

FROZEN is the program of a bundle, in place of the project's own.
"""

from __future__ import annotations

import sys
import tempfile
import time

from benchmarks.rig import TOKENS, configuration, demo_server, python, report, virtual_screen

TILE = (3220, 420, 500, 260)
"""The active incidents: a dash until there are data, and then a figure that stands still in a quiet night."""

SETTLE_S = 4.0


def main(launches: int, frozen: str = "") -> None:
    launch_s: list[float] = []
    with virtual_screen() as screen, tempfile.TemporaryDirectory() as folder, demo_server("quiet") as url:
        arguments = [*([] if frozen else ["main.py"]), "--config", configuration(url, folder, 2.0)]
        program = frozen or sys.executable
        empty = screen.pixels(TILE)
        with python(*arguments, program=program, DISPLAY=screen.display, **TOKENS):
            time.sleep(SETTLE_S)
            data = screen.pixels(TILE)
        if data == empty:
            raise RuntimeError("no wall came on the screen")
        for _ in range(launches):
            time.sleep(1)
            if screen.pixels(TILE) == data:
                raise RuntimeError("the last wall is still on the screen")
            started_s = time.monotonic()
            with python(*arguments, program=program, DISPLAY=screen.display, **TOKENS):
                launch_s.append(screen.wait(TILE, lambda pixels: pixels == data) - started_s)
    report("launch to first painted data", launch_s, "s", "<= 1.2" if frozen else "<= 0.7")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, *sys.argv[2:3])
