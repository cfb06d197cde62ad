"""A token is sent to its server and appears nowhere else: not printed, logged, drawn, nor among the processes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import PATIENCE_MS, ROOT
from tests.feed.misbehaving import MisbehavingServer, response
from wallboard.app import Wall
from wallboard.configuration.options import Configuration, Feed, Page, Placement
from wallboard.core.situation import FeedState
from wallboard.demo.process import DemoProcess
from wallboard.feed.settings import Auth
from wallboard.views.cells import CellWidget

SECRET = "s3cr3t-t0ken"

AUTHENTICATIONS = {
    "bearer": 'auth = "bearer"',
    "api_key": 'auth = "api_key"',
    "basic": 'auth = "basic"\nuser = "wall"',
    "query": 'auth = "query"\nquery_parameter = "key"',
}
ENCODED = ("s3cr3t-t0ken", "d2FsbDpzM2NyM3QtdDBrZW4")
"""As it is, and as Basic writes it with the user's name."""


def holds_secret(text):
    return any(secret in text for secret in ENCODED)


def echoing(connection, head):
    """Gives back what it was asked with, in every part of an answer."""
    asked = head.decode("latin-1")
    line = asked.partition("\r\n")[0]
    sent = next((one for one in asked.split("\r\n") if holds_secret(one)), line)
    body = f'{{"api_version": "{sent}", "server_time": "{sent}", "error": "{sent}"}}'.encode()
    connection.sendall(response(body, f"200 {sent}", f"ETag: {sent}\r\nX-Sent: {sent}\r\n", media_type=sent))


def command_lines():
    """Of every process that this test can see."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode(errors="replace"))
        except OSError:  # it has ended
            continue
    return found


@pytest.mark.parametrize("name", AUTHENTICATIONS)
@pytest.mark.parametrize("command", [("check",), ("check", "--json"), ("check", "--explain")])
def test_that_no_command_prints_or_logs_a_token_that_a_server_sends_back(name, command, tmp_path):
    with MisbehavingServer(echoing) as server:
        path = tmp_path / "wallboard.toml"
        path.write_text(f'[[feed]]\nid = "x"\nurl = "{server.url}"\n{AUTHENTICATIONS[name]}\n')
        done = subprocess.run(
            [sys.executable, "main.py", *command, "--config", str(path)],
            cwd=ROOT,
            env={**os.environ, "WALLBOARD_TOKEN_X": SECRET, "XDG_STATE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert holds_secret(server.requests[0].decode()), "it is sent"
    written = [path.read_text() for path in tmp_path.rglob("*.log")]
    assert not any(map(holds_secret, [done.stdout, done.stderr, *written]))


def everything_drawn(window):
    return " ".join(str(cell.content) for view in window.findChildren(CellWidget) for cell in view.cells())


@pytest.mark.parametrize("name", list(AUTHENTICATIONS))
def test_that_neither_wall_nor_diagnostics_shows_a_token_that_a_server_sends_back(name, qtbot, caplog):
    caplog.set_level("DEBUG")
    options: dict[str, Any] = {"basic": {"user": "wall"}, "query": {"query_parameter": "key"}}.get(name, {})
    page = Page("both", 1, 2, (Placement("kpis", 0, 0), Placement("diagnostics", 0, 1)))
    with MisbehavingServer(echoing) as server:
        settings = Feed(id="x", url=server.url, auth=Auth(name), poll_interval_s=0.5, **options)
        wall = Wall(Configuration(feed=(settings,), page=(page,)), lambda _: SECRET)
        wall.window.resize(1920, 1080)
        wall.window.show()
        wall.start()
        try:
            qtbot.waitUntil(lambda: wall.store.situation.polls.failed.total() > 1, timeout=PATIENCE_MS)
            drawn = everything_drawn(wall.window)
        finally:
            wall.stop()
            wall.window.close()
            wall.window.deleteLater()
    assert len(drawn) > 100
    assert not holds_secret(drawn)
    assert not holds_secret(caplog.text)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="this system has no list of processes in /proc")
def test_that_no_process_tells_a_token_to_whoever_lists_them(qtbot):
    demo = DemoProcess(["--scenario", "quiet"])
    try:
        url = demo.start()
        settings = Feed(id="x", url=url, auth=Auth.BEARER)
        wall = Wall(Configuration(feed=(settings,)), lambda _: demo.token)
        wall.start()
        try:
            qtbot.waitUntil(lambda: wall.store.state is FeedState.LIVE, timeout=PATIENCE_MS)
            listed = command_lines()
        finally:
            wall.stop()
            wall.window.close()
            wall.window.deleteLater()
    finally:
        demo.stop()
    assert any("demo-server" in line for line in listed)
    assert not any(demo.token in line for line in listed)
