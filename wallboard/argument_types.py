"""Arguments of the commands: texts to values, with words for what is none of them."""

from __future__ import annotations

import argparse
import contextlib
import re
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

LARGEST_SIDE_PX = 16_384
"""Of a picture: twice 8K."""


def size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if not match or not all(0 < int(side) <= LARGEST_SIDE_PX for side in match.groups()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 3840x2160")
    return int(match[1]), int(match[2])


def seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (value := float(text)) <= 86_400:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")


def speed(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) <= 100_000:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a speed above 0, up to 100000")


def instant(text: str) -> datetime:
    with contextlib.suppress(ValueError):
        if (read := datetime.fromisoformat(text)).tzinfo is not None:
            return read
    raise argparse.ArgumentTypeError(f"{text!r} is not a time with an offset such as 2025-10-20T14:32:00+07:00")


def moment(text: str) -> datetime:
    """A day begins by this computer's clock, which on Windows knows the years 1970 to 3000."""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return datetime.combine(date.fromisoformat(text), time()).astimezone()
    return instant(text)


def report_file(text: str) -> Path:
    if (path := Path(text)).suffix.lower() in (".html", ".csv"):
        return path
    raise argparse.ArgumentTypeError(f"{text!r} is neither a .html nor a .csv file")


def limit(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    with contextlib.suppress(ValueError):
        number = float(value)
        if name and 0 <= number < float("inf"):
            return name, number
    raise argparse.ArgumentTypeError(f"{text!r} is not a rule and a limit, such as call_waiting=20")


def whole(most: int, what: str) -> Callable[[str], int]:
    """A number of `what`, from 1 to `most`."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of {what} from 1 to {most}")

    return read
