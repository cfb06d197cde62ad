"""Where keys stand in a TOML text: what tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from typing import Any

from wallboard.declared.faults import Path

_TEXT = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:[^"\\]|\\.)*"|'[^']*\'''',
    re.DOTALL,
)
_KEY = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')[ \t]*""")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[Path, int]:
    """The line, counted from 1, of every key, table and array element, by path. `text` must be valid TOML."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


class _Scan:
    """Walks over a text that tomllib has accepted, so that nothing need be checked again."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._lengths: dict[Path, int] = {}
        """How many tables each array of tables has so far."""

    def document(self) -> None:
        table: Path = ()
        self._skip(_SPACE)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_SPACE)

    def _header(self) -> Path:
        line = self._line()
        array = self._text.startswith("[[", self._at)
        brackets = 2 if array else 1
        self._at += brackets
        *parents, name = self._key()
        self._at += brackets
        path: Path = ()
        for part in parents:
            path = self._last((*path, part))
        path = (*path, name)
        if array:
            index = self._lengths.get(path, 0)
            self._lengths[path] = index + 1
            self._note(path, line)
            path = (*path, index)
        self._note(path, line)
        self.lines[path] = line
        return path

    def _last(self, path: Path) -> Path:
        """Within an array of tables a header means the last table."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = (*table, *self._key())
        self._note(path, line)
        self._at += 1  # the sign =
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        sign = self._text[self._at]
        if sign == "[":
            self._array(path)
        elif sign == "{":
            self._inline_table(path)
        else:
            self._skip(_TEXT if sign in "\"'" else _SCALAR)

    def _array(self, path: Path) -> None:
        index = 0
        self._at += 1
        self._skip(_SPACE)
        while self._text[self._at] != "]":
            self._note((*path, index), self._line())
            self._value((*path, index))
            index += 1
            self._separator()
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip(_SPACE)
        while self._text[self._at] != "}":
            self._pair(path)
            self._separator()
        self._at += 1

    def _separator(self) -> None:
        self._skip(_SPACE)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_SPACE)

    def _key(self) -> list[str]:
        parts = []
        while found := _KEY.match(self._text, self._at):
            self._at = found.end()
            parts.append(_unquoted(found[1]))
            if self._text[self._at] != ".":
                break
            self._at += 1
        return parts

    def _note(self, path: Path, line: int) -> None:
        """A table without a header of its own stands where it is first mentioned."""
        while path and path not in self.lines:
            self.lines[path] = line
            path = path[:-1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()

    def _line(self) -> int:
        return 1 + bisect_left(self._ends, self._at)


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    tables: dict[str, Any] = tomllib.loads(f"key = {key}")
    return str(tables["key"])
