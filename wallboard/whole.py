"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


@contextlib.contextmanager
def written(path: Path, *, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Written beside the file, which it replaces at the end; what is no file, as a pipe, is written at once. Line ends
    stay as they are given. What goes wrong half-way leaves the file that was there, or none. Raises OSError, which
    names the file.
    """
    path = path.resolve()
    try:
        with _written(path, encoding) as file:
            yield file
    except OSError as error:
        if error.errno is not None:  # a disk that is full names none, and the one beside it is nobody's business
            error.filename = str(path)
        raise


@contextlib.contextmanager
def _written(path: Path, encoding: str) -> Iterator[TextIO]:
    if path.exists() and not path.is_file():
        with path.open("w", encoding=encoding, newline="") as file:
            yield file
        return
    new = path.with_name(path.name + ".new")
    try:
        with new.open("w", encoding=encoding, newline="") as file:
            yield file
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
