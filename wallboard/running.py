"""Lets the installer see that Wallboard runs on this Windows, and close it, in whatever session it runs.

installer/wallboard.nsi has the same two names. Handles are never closed: Windows does it when the process ends, however
it ends. Global names may be made by any user (only sections and links need a privilege: "Kernel object namespaces" of
Win32); where another user's process made one first, that one does as well.
"""

from __future__ import annotations

import sys

MUTEX = "Global\\Wallboard is running"
QUIT_EVENT = "Global\\Wallboard is asked to quit"


def announce() -> None:
    """For as long as this process lives, the mutex exists. Does nothing but on Windows."""
    if sys.platform == "win32":
        import ctypes  # only here is it needed so early

        create = ctypes.WinDLL("kernel32").CreateMutexW
        create.argtypes, create.restype = (ctypes.c_void_p, ctypes.c_int, ctypes.c_wchar_p), ctypes.c_void_p
        create(None, False, MUTEX)


def quit_event() -> int | None:
    """The handle of an event that is set when this process should end; None where there is none."""
    if sys.platform != "win32":
        return None
    import ctypes

    create = ctypes.WinDLL("kernel32").CreateEventW
    create.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_wchar_p)
    create.restype = ctypes.c_void_p
    # Set by hand and so for every wall at once; it goes with the last process that knows it.
    handle: int | None = create(None, True, False, QUIT_EVENT)
    return handle
