"""Processor time and memory of a 4K wall that polls each second, at 200 incidents and 40 calls and in storm."""

from __future__ import annotations

import sys
import tempfile
import time

from benchmarks.rig import TOKENS, configuration, demo_server, processor_s, pss_mb, python, virtual_screen
from benchmarks.serve import STORM, USUAL

WARM_UP_S = 8.0


def main(seconds: float) -> None:
    for name, size, share in (("200 incidents, 40 calls", USUAL, 4), ("storm", STORM, 6)):
        with virtual_screen() as screen, tempfile.TemporaryDirectory() as folder, demo_server(*size) as url:
            arguments = ("main.py", "--config", configuration(url, folder, 1.0))
            with python(*arguments, DISPLAY=screen.display, **TOKENS) as (process, _):
                time.sleep(WARM_UP_S)
                before_s, started_s = processor_s(process.pid), time.monotonic()
                time.sleep(seconds)
                used = (processor_s(process.pid) - before_s) / (time.monotonic() - started_s)
                memory = pss_mb(process.pid)
        print(f"{name:<24} processor {used:6.1%} of a core (to reach: <= {share} %), PSS {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
