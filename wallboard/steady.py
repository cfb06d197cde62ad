"""The machine's clock that is never set and that counts through sleep: what every age and timer is carried on by.

Waits and deadlines stay on `time.monotonic`, which stands still in sleep on Linux. So do the timers of threading and of
Qt, and on Windows 8 and later every wait (WaitForSingleObject, remarks on dwMilliseconds): a wall that wakes has as
much of a wait before it as it had when it fell asleep, at most a poll interval or a back-off, and at most a second of
its tick. What the tick then shows is computed from the clock here, and is right.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable

HUNDRED_NANOSECONDS_S = 1e-7


def _find() -> Callable[[], float]:
    if sys.platform == "linux":
        # CLOCK_MONOTONIC without the time in suspend, CLOCK_BOOTTIME with it: clock_gettime(2).
        clock = time.CLOCK_BOOTTIME
        return lambda: time.clock_gettime(clock)
    if sys.platform == "win32":
        # time.monotonic is GetTickCount64 up to Python 3.12, in steps of 10 to 16 ms, too coarse to time an exchange,
        # and QueryPerformanceCounter from 3.13 on (cpython gh-88494). Interrupt time counts sleep and hibernation
        # ("Interrupt Time" of Win32's system information), is set by nobody, and Windows 10 tells it precisely.
        for library in ("kernel32", "kernelbase"):
            try:
                query = ctypes.WinDLL(library).QueryInterruptTimePrecise
            except (OSError, AttributeError):
                continue
            query.argtypes, query.restype = (ctypes.POINTER(ctypes.c_ulonglong),), None
            return lambda: _interrupt_time_s(query)
    return time.monotonic


def _interrupt_time_s(query: Callable[[object], None]) -> float:
    count = ctypes.c_ulonglong()
    query(ctypes.byref(count))
    return count.value * HUNDRED_NANOSECONDS_S


steady_s: Callable[[], float] = _find()
"""Seconds since some instant before the program began; may be called in any thread."""
