"""Reads the configuration file. Either it is right, or everything that is wrong with it is told at once."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path as FilePath

from msgspec import Struct

from wallboard.configuration.decoding import decode
from wallboard.configuration.faults import Path, place
from wallboard.configuration.lines import lines_of
from wallboard.configuration.options import Configuration

LARGEST_BYTES = 100_000
"""A file with every option and two dozen pages has 30,000; what is larger is another file."""

_BYTE_ORDER_MARK = "\ufeff"
"""Windows' Notepad puts it before UTF-8."""

_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class ConfigurationError(Struct, frozen=True, kw_only=True):
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


class ConfigurationErrors(Exception):  # noqa: N818 (it holds several)
    """Everything that is wrong with a configuration, in the order of its lines."""

    def __init__(self, errors: tuple[ConfigurationError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


def load(path: FilePath) -> Configuration:
    """Raises ConfigurationErrors, also for a file that cannot be read."""
    origin = str(path)
    try:
        if path.is_dir():  # Windows would speak of a lack of rights
            raise IsADirectoryError(None, "it is a folder")
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(origin, f"cannot be read: {reason}") from error
    if len(content) > LARGEST_BYTES:
        raise _refused(origin, "too large for a configuration", f"at most {LARGEST_BYTES:,} bytes")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise _refused(origin, "not UTF-8", "save the file with the encoding UTF-8", line) from error
    return loads(text, origin)


def loads(text: str, origin: str) -> Configuration:
    """`origin` names the text in messages. Raises ConfigurationErrors."""
    text = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(text, origin, str(error)) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; a thousand brackets
        raise _refused(origin, "not TOML", "a shorter number, or fewer brackets within brackets") from error
    configuration, faults = decode(tables)
    if configuration is None:
        try:
            lines = lines_of(text)
        except RecursionError:  # brackets that tomllib only just bore
            lines = {}
        errors = [
            ConfigurationError(
                origin=origin,
                line=_line(fault.path, lines),
                place=place(fault.path),
                problem=fault.problem,
                allowed=fault.allowed,
            )
            for fault in faults
        ]
        raise ConfigurationErrors(tuple(sorted(errors, key=_order)))
    return configuration


def _line(path: Path, lines: dict[Path, int]) -> int | None:
    """A key that is not there is told at the table that lacks it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _order(error: ConfigurationError) -> float:
    return math.inf if error.line is None else error.line


def _refused(origin: str, problem: str, allowed: str = "", line: int | None = None) -> ConfigurationErrors:
    return ConfigurationErrors((ConfigurationError(origin=origin, line=line, problem=problem, allowed=allowed),))


def _not_toml(text: str, origin: str, message: str) -> ConfigurationErrors:
    """tomllib gives the position at the end of its message."""
    found = _POSITION.search(message)
    line: int | None = None
    column: int | None = None
    if found:
        line = int(found[1]) if found[1] else 1 + text.count("\n")
        column = int(found[2]) if found[2] else None
    problem = f"not TOML: {_POSITION.sub('', message)}"
    return ConfigurationErrors((ConfigurationError(origin=origin, line=line, column=column, problem=problem),))
