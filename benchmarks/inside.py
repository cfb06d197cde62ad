"""A wall that tells what its heaps have in use: `inside.py FILE` and what main.py takes.

The size of a process says what it once needed and how it was cut up; what is in use says whether anything is piled up.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from pathlib import Path

from msgspec import Struct, json

from wallboard.cli import main

EVERY_S = 1.0


class InUse(Struct, frozen=True):
    """`blocks` are Python's small ones, `heap_mb` what is allocated from the C library, Qt's and SQLite's included."""

    blocks: int
    heap_mb: float


class _Mallinfo2(ctypes.Structure):
    """Of glibc's malloc.h, from 2.33 on."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def _in_use() -> InUse:
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = _Mallinfo2
    info = mallinfo2()
    return InUse(sys.getallocatedblocks(), (info.uordblks + info.hblkhd) / 1e6)


def read(file: Path) -> InUse:
    return json.decode(file.read_bytes(), type=InUse)


def _tell(file: Path) -> None:
    while True:
        new = file.with_suffix(".new")
        new.write_bytes(json.encode(_in_use()))
        os.replace(new, file)
        time.sleep(EVERY_S)


if __name__ == "__main__":
    threading.Thread(target=_tell, args=(Path(sys.argv.pop(1)),), daemon=True).start()
    raise SystemExit(main())
