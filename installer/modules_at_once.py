"""Run by the frozen program before anything else (PyInstaller's runtime hook), on Windows.

PyInstaller opens the program's file anew for each module that is imported, some 400 until the wall shows data, and a
virus scanner looks each time. Here they are read from one mapping of the file, which cannot be replaced while it runs.
"""

import mmap

import pyimod01_archive  # type: ignore[import-not-found]


class _Part:
    """As much of a file as the archive's reader asks of it."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped = mapped
        self._place = 0

    def __enter__(self) -> "_Part":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def seek(self, place: int) -> None:
        self._place = place

    def read(self, size: int) -> bytes:
        return self._mapped[self._place : self._place + size]


_mappings: dict[str, mmap.mmap] = {}


def _open(name: str, mode: str) -> _Part:
    if name not in _mappings:
        with open(name, mode) as file:
            _mappings[name] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return _Part(_mappings[name])


pyimod01_archive.open = _open
