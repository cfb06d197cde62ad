"""The heap of a program that runs day and night: bounded, and walked no more often than it must be."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import linecache
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Of glibc's malloc.h."""

LARGE_BLOCK_BYTES = 131_072
"""glibc's own start, which it raises to 32 MB as large blocks come and go."""

NEVER = 2**31 - 1
"""Collections of the middle generation before a full one."""


def bound() -> None:
    """glibc keeps what large answers leave behind, an arena a thread: a tenth of a wall's memory for nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library has none of this
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(M_ARENA_MAX, 1)
            mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK_BYTES)
            mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


def forget_sources() -> None:
    """PySide reads the source of every module that is imported after it, and linecache keeps them all: 25 MB."""
    linecache.clearcache()


def keep() -> None:
    """What lives now is not walked again, and costs nothing now: of a hundred centres' history a walk takes 30 ms."""
    gc.freeze()


def settle() -> None:
    """Collect what is over, and walk what lives no more. To be called now and then: from here on nothing else makes a
    full collection, which with tens of thousands of alarms takes 18 ms at whatever moment it comes.
    """
    gc.collect()
    keep()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
