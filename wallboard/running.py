"""Lets the installer see that Wallboard runs on this Windows, and close it, in whatever session it runs.

installer/wallboard.nsi has the same two names. Handles are never closed: Windows does it when the process ends, however
it ends. Global names may be made by any user (only sections and links need a privilege: "Kernel object namespaces" of
Win32); where another user's process made one first, that one does as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

MUTEX = "Global\\Wallboard is running"
QUIT_EVENT = "Global\\Wallboard is asked to quit"

WAIT_OBJECT_0 = 0
"""WaitForSingleObject: the event is set."""


def announce() -> None:
    """For as long as this process lives, the mutex exists. Does nothing but on Windows."""
    if sys.platform == "win32":
        import ctypes  # only here is it needed so early

        create = ctypes.WinDLL("kernel32").CreateMutexW
        create.argtypes, create.restype = (ctypes.c_void_p, ctypes.c_int, ctypes.c_wchar_p), ctypes.c_void_p
        create(None, False, MUTEX)


def quit_request() -> Callable[[], bool]:
    """What tells whether this process is asked to end: never, but on Windows.

    To be looked at now and then: PySide's QWinEventNotifier can call no slot, for it does not know its parameter's type
    (6.11.3).
    """
    if sys.platform != "win32":
        return lambda: False
    import ctypes

    kernel = ctypes.WinDLL("kernel32")
    create, wait = kernel.CreateEventW, kernel.WaitForSingleObject
    create.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_wchar_p)
    create.restype = ctypes.c_void_p
    wait.argtypes, wait.restype = (ctypes.c_void_p, ctypes.c_uint32), ctypes.c_uint32
    # Set by hand and so for every wall at once; it goes with the last process that knows it.
    event = create(None, True, False, QUIT_EVENT)
    return lambda: wait(event, 0) == WAIT_OBJECT_0
