"""Reads a declared TOML file. Either it is right, or everything that is wrong with it is told at once."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path as FilePath

from msgspec import Struct

from wallboard.declared.decoding import Check, Root, decode
from wallboard.declared.faults import Fault, Path, place
from wallboard.declared.lines import lines_of

LARGEST_BYTES = 300_000
"""A configuration with every option and two dozen pages has 30,000, two hundred centres with limits of their own
200,000; what is larger is another file.
"""

_BYTE_ORDER_MARK = "\ufeff"
"""Windows' Notepad puts it before UTF-8."""

_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class FileError(Struct, frozen=True, kw_only=True):
    """`place` is the key's path from the top of the file, empty where the file as a whole is meant. `line` is that of
    the key, or of the table that lacks it; None where it is not known.
    """

    origin: str
    line: int | None = None
    column: int | None = None
    place: str = ""
    problem: str
    allowed: str = ""

    def __str__(self) -> str:
        position = ":".join(str(part) for part in (self.origin, self.line, self.column) if part is not None)
        problem = "; ".join(part for part in (self.problem, self.allowed) if part)
        return ": ".join(part for part in (position, self.place, problem) if part)


class FileErrors(Exception):  # noqa: N818 (it holds several)
    """Everything that is wrong with a file, in the order of its lines."""

    def __init__(self, errors: tuple[FileError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


def read(path: FilePath) -> str:
    """The file's text. Raises FileErrors."""
    origin = str(path)
    try:
        if path.is_dir():  # Windows would speak of a lack of rights
            raise IsADirectoryError(None, "it is a folder")
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise refused(origin, f"cannot be read: {reason}") from error
    if len(content) > LARGEST_BYTES:
        raise refused(origin, "too large for a configuration", f"at most {LARGEST_BYTES:,} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise refused(origin, "not UTF-8", "save the file with the encoding UTF-8", line) from error


def loads(text: str, origin: str, root: type[Root], checks: tuple[Check, ...], *, show_texts: bool = False) -> Root:
    """`origin` names the text in messages, which show the file's texts where `show_texts`. Raises FileErrors."""
    text = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(text, origin, str(error)) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; a thousand brackets
        raise refused(origin, "not TOML", "a shorter number, or fewer brackets within brackets") from error
    decoded, faults = decode(tables, root, checks, show_texts=show_texts)
    if decoded is None:
        raise located(faults, text, origin)
    return decoded


def located(faults: list[Fault], text: str, origin: str) -> FileErrors:
    """The faults of a TOML text, each at its line."""
    try:
        lines = lines_of(text.removeprefix(_BYTE_ORDER_MARK))
    except RecursionError:  # brackets that tomllib only just bore
        lines = {}
    errors = [
        FileError(
            origin=origin,
            line=_line(fault.path, lines),
            place=place(fault.path),
            problem=fault.problem,
            allowed=fault.allowed,
        )
        for fault in faults
    ]
    return FileErrors(tuple(sorted(errors, key=_order)))


def refused(origin: str, problem: str, allowed: str = "", line: int | None = None) -> FileErrors:
    """The file as a whole is of no use."""
    return FileErrors((FileError(origin=origin, line=line, problem=problem, allowed=allowed),))


def _line(path: Path, lines: dict[Path, int]) -> int | None:
    """A key that is not there is told at the table that lacks it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _order(error: FileError) -> float:
    return math.inf if error.line is None else error.line


def _not_toml(text: str, origin: str, message: str) -> FileErrors:
    """tomllib gives the position at the end of its message."""
    found = _POSITION.search(message)
    line: int | None = None
    column: int | None = None
    if found:
        line = int(found[1]) if found[1] else 1 + text.count("\n")
        column = int(found[2]) if found[2] else None
    problem = f"not TOML: {_POSITION.sub('', message)}"
    return FileErrors((FileError(origin=origin, line=line, column=column, problem=problem),))
