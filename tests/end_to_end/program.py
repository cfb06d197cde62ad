"""The program and its demo server, as the tests of the whole reach them."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PATIENCE_MS = 30_000
"""For a loaded machine; each step takes a second or two."""


def run(*arguments, **environment):
    """As people type it."""
    return subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def post(url, token, **body):
    """A call to the demo's centre."""
    root = url.removesuffix("/api/v1")
    request = urllib.request.Request(
        f"{root}/demo/calls",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)
