"""The clock that counts through sleep."""

from __future__ import annotations

import ast
import inspect
import sys
import time
from pathlib import Path

import pytest

import wallboard
from wallboard import steady
from wallboard.composition import compose
from wallboard.feed.client import DispatchClient
from wallboard.feed.poller import Poller
from wallboard.models.store import Store

PACKAGE = Path(wallboard.__file__).parent

WALL_CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "ctime"),
    ("time", "strftime"),
    ("QDateTime", "currentDateTime"),
    ("QDateTime", "currentDateTimeUtc"),
    ("QDateTime", "currentMSecsSinceEpoch"),
    ("QDate", "currentDate"),
    ("QTime", "currentTime"),
}
"""Every way to this machine's wall clock, or to its own idea of local time."""

DOCUMENTED = {"models/store.py": 1, "check/polling.py": 1}
"""Where it is read: to be shown before the first poll, and to be compared with the server's."""


def named(node: ast.AST) -> tuple[str, str]:
    """`a.b.c` by its last two names."""
    if not isinstance(node, ast.Attribute):
        return "", ""
    owner = node.value
    return (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")), node.attr


def test_that_this_machines_wall_clock_is_read_in_two_places_only():
    places: dict[str, int] = {}
    for folder in ("core", "models", "views", "check"):
        for path in (PACKAGE / folder).rglob("*.py"):
            count = sum(named(node) in WALL_CLOCKS for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            if count:
                places[path.relative_to(PACKAGE).as_posix()] = count
    for path in PACKAGE.glob("*.py"):
        count = sum(named(node) in WALL_CLOCKS for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        if count:
            places[path.name] = count
    assert places == DOCUMENTED


def test_that_local_time_is_always_that_of_a_named_zone():
    """`astimezone()` and `fromtimestamp(x)` with nothing named would be this machine's zone."""
    places = [
        f"{path.name}:{node.lineno}"
        for folder in ("core", "models", "views")
        for path in (PACKAGE / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            (named(node.func)[1] == "astimezone" and not node.args)
            or (named(node.func)[1] == "fromtimestamp" and len(node.args) < 2)
        )
    ]
    assert places == []


@pytest.mark.parametrize("user", [Store, DispatchClient, Poller, compose])
def test_that_whoever_needs_a_clock_takes_the_one_that_counts_through_sleep(user):
    assert inspect.signature(user).parameters["monotonic"].default is steady.steady_s


def test_that_it_never_runs_backwards():
    read = [steady.steady_s() for _ in range(1000)]
    assert read == sorted(read)


@pytest.mark.skipif(sys.platform != "linux", reason="CLOCK_BOOTTIME is Linux'")
def test_that_on_linux_it_is_the_time_since_boot_with_that_in_suspend():
    if sys.platform == "linux":  # for the type checker elsewhere
        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        now = steady.steady_s()
        assert before <= now <= time.clock_gettime(time.CLOCK_BOOTTIME)


@pytest.mark.skipif(sys.platform != "win32", reason="interrupt time is Windows'")
def test_that_on_windows_it_is_interrupt_time_and_not_pythons_own():
    assert steady.steady_s is not time.monotonic


def test_that_interrupt_time_is_counted_in_hundreds_of_nanoseconds():
    def query(count):
        count._obj.value = 32_400 * 10_000_000 + 5

    assert steady._interrupt_time_s(query) == pytest.approx(32_400.0000005, abs=1e-8)
