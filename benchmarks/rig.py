"""What the benchmarks share: a virtual 4K screen whose pixels can be read, a demo server, and a wall on both.

The screen is Xvfb's: software raster, and its frame buffer is a file, so a pixel counts when it is really there.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 3840, 2160
BYTES_PER_PIXEL = 4

Rect = tuple[int, int, int, int]
"""Left, top, width, height in pixels."""


class Screen:
    """`display` is the name for DISPLAY."""

    def __init__(self, display: str, buffer: mmap.mmap) -> None:
        self.display = display
        self._buffer = buffer
        # The X window dump's header, and after it a table of colours (X11/XWDFile.h).
        header_size, ncolors = struct.unpack_from(">I", buffer, 0)[0], struct.unpack_from(">I", buffer, 76)[0]
        self._pixels = header_size + ncolors * 12
        self._line = struct.unpack_from(">I", buffer, 48)[0]

    def pixels(self, rect: Rect) -> bytes:
        """Every eighth line of the rectangle: enough to see that a text has changed."""
        left, top, width, height = rect
        lines = []
        for y in range(top, top + height, 8):
            start = self._pixels + y * self._line + left * BYTES_PER_PIXEL
            lines.append(self._buffer[start : start + width * BYTES_PER_PIXEL])
        return b"".join(lines)

    def wait(self, rect: Rect, seen: Callable[[bytes], bool], timeout_s: float = 30.0) -> float:
        """The monotonic instant at which the rectangle is as wanted, to half a millisecond."""
        ends_s = time.monotonic() + timeout_s
        while time.monotonic() < ends_s:
            if seen(self.pixels(rect)):
                return time.monotonic()
            time.sleep(0.0005)
        raise TimeoutError("the screen did not change as expected")


@contextlib.contextmanager
def virtual_screen() -> Iterator[Screen]:
    with tempfile.TemporaryDirectory() as folder:
        reading, writing = os.pipe()
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-fbdir", folder, "-nocursor"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        try:
            with open(reading) as answer:
                display = f":{answer.readline().strip()}"
            with (Path(folder) / "Xvfb_screen0").open("rb") as file:
                buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            yield Screen(display, buffer)
            buffer.close()
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def python(
    *arguments: str, ready: str | None = None, program: str = sys.executable, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A Python process in the project's root, or another program's, ended at the end; with `ready`, waits for a line
    that begins so.
    """
    process = subprocess.Popen(
        [program, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = ""
        while ready is not None and not line.startswith(ready):
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{' '.join(arguments)} ended before it was ready")
        yield process, line.removeprefix(ready or "").strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


TOKEN = "benchmark"
TOKENS = {"WALLBOARD_TOKEN_BENCHMARK": TOKEN, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@contextlib.contextmanager
def demo_server(*arguments: str) -> Iterator[str]:
    """The base URL of a demo server; arguments as for benchmarks/serve.py."""
    with python("-m", "benchmarks.serve", *arguments, ready="listening on ", WALLBOARD_DEMO_TOKEN=TOKEN) as (_, url):
        yield url


def configuration(url: str, folder: str, poll_interval_s: float) -> str:
    """The path of a configuration whose picture stands still and whose alarm log begins empty."""
    path = Path(folder) / "wallboard.toml"
    path.write_text(
        f'[[feed]]\nid = "benchmark"\nurl = "{url}"\nauth = "bearer"\npoll_interval_s = {poll_interval_s}\n'
        f'[wall]\npixel_shift = false\n[alarms]\nlog = "{folder}/alarms.sqlite"\n'
    )
    return str(path)


def processor_s(pid: int) -> float:
    """Seconds of processor time, user and system, all threads."""
    if sys.platform != "linux":
        raise NotImplementedError("processor time is read from /proc, as on Linux")
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mb(pid: int, part: str = "Pss") -> float:
    """Proportional set size in MB (10^6 bytes), or a part of it: Pss_Anon is the process' own, without files."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{part}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"the kernel tells no {part}")


def quantile(values: Sequence[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * len(ordered) * 1e6) // 1_000_000) - 1)]


def report(what: str, values: Sequence[float], unit: str, limit: str) -> None:
    print(
        f"{what:<44} n {len(values):>4}  median {statistics.median(values):8.2f}  p95 {quantile(values, 0.95):8.2f}  "
        f"p99 {quantile(values, 0.99):8.2f}  max {max(values):8.2f} {unit:<4} (to reach: {limit})",
        flush=True,
    )
