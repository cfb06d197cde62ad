"""The demo server as a process of its own, for as long as somebody needs it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import wallboard
from wallboard.demo.server import TOKEN_VARIABLE

LONGEST_START_S = 60.0
"""Two days of the storm's history take a few seconds on a slow machine."""

LONGEST_STOP_S = 5.0

_READY = "listening on "


class DemoProcess:
    """Runs between `start` and `stop`; ends by itself when this process does, for it watches its standard input."""

    def __init__(self, arguments: Sequence[str] = (), *, centres: int = 1) -> None:
        """`arguments` are those of the command `demo-server`, but for `--centres`."""
        self.urls: tuple[str, ...] = ()
        """The base URL of each centre's dispatch API, once started."""
        self.token = secrets.token_urlsafe(16)
        self._arguments = arguments if centres == 1 else (*arguments, "--centres", str(centres))
        self._centres = centres
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """The base URL of its dispatch API, of several the first. Raises RuntimeError where it does not come up."""
        environment = os.environ | {TOKEN_VARIABLE: self.token}
        if getattr(sys, "frozen", False):
            program = [sys.executable]
        else:
            program = [sys.executable, "-m", "wallboard"]
            paths = (str(Path(wallboard.__file__).resolve().parent.parent), environment.get("PYTHONPATH", ""))
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        self._process = process = subprocess.Popen(
            [*program, "demo-server", "--until-stdin-closes", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        late = threading.Timer(LONGEST_START_S, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(self._centres)]
        finally:
            late.cancel()
            late.join()
        if not all(line.startswith(_READY) for line in lines):
            self.stop()
            raise RuntimeError("the demo server did not start; it says why above")
        self.urls = tuple(line.removeprefix(_READY).strip() for line in lines)
        return self.urls[0]

    def stop(self) -> None:
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(LONGEST_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        self._process = None

    def kill(self) -> None:
        """End it without a farewell, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
