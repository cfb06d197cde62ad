"""What can be wrong at a place of the configuration."""

from __future__ import annotations

import re

from msgspec import Struct

from wallboard.core.text import made_plain

Path = tuple[str | int, ...]
"""Keys, and indices from 0 within arrays, from the top of the file."""

LONGEST_KEY = 60
"""Characters of a key that a message shows: three times the longest that is known."""

LONGEST_NUMBER = 10**15
"""Numbers up to here are shown as they were written; no option comes near."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Fault(Struct, frozen=True):
    """`allowed` says what would do instead; it may be empty where there is nothing to say."""

    path: Path
    problem: str
    allowed: str = ""


def place(path: Path) -> str:
    """The path as a person reads it: feed[0].poll_interval_s."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"[{part}]"
        else:
            words += f".{key(part)}" if words else key(part)
    return words


def key(name: str) -> str:
    shown = made_plain(name)
    if len(shown) > LONGEST_KEY:
        shown = shown[: LONGEST_KEY - 1] + "…"
    return shown if _BARE_KEY.fullmatch(name) else f'"{shown}"'


LONGEST_TEXT = 60
"""Characters of a text that a message shows, where it shows texts at all."""


def shown(value: object, *, texts: bool = False) -> str:
    """A value as a message names it. Texts are not repeated where one may be a token in the wrong place."""
    if texts and isinstance(value, str) and value:
        plain = made_plain(value)
        return f'"{plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value}" if not abs(value) > LONGEST_NUMBER else "a number this large"
    if isinstance(value, str):
        return "this text" if value else "an empty text"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "a table" if isinstance(value, dict) else "a date or time"


def not_allowed(path: Path, value: object, allowed: str, *, texts: bool = False) -> Fault:
    return Fault(path, f"{shown(value, texts=texts)} is not allowed", allowed)
