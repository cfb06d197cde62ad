"""The wall that the smoke runs show: a moment of the demo."""

from __future__ import annotations

import socket

TOKEN = "smoke"
TOKENS = {"WALLBOARD_TOKEN_DEMO": TOKEN, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
DEMO = ("demo-server", "--start", "2026-11-24T14:32:00+07:00", "--speed", "0.001")
"""A moment that hardly moves, so that two pictures of it are the same."""

POLL_INTERVAL_S = 60
"""Answers of a moment that does not move look as if they came from a cache: after three intervals they are called old,
which a wall of one poll each two seconds would be before a busy machine has drawn it.
"""


def configuration_for(port: int) -> str:
    """Of a wall on the demo server of that port, which stays where it is."""
    return f"""[[feed]]
id = "demo"
url = "http://127.0.0.1:{port}/api/v1"
auth = "bearer"
poll_interval_s = {POLL_INTERVAL_S}
[wall]
pixel_shift = false
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
