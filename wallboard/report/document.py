"""What a report in words consists of, whatever it is shown on."""

from __future__ import annotations

from msgspec import Struct


class Bar(Struct, frozen=True):
    """Lengths from 0 to 1: of all calls, and of the verified ones among them."""

    received: float
    verified: float


class KeyFigure(Struct, frozen=True):
    """What is to be read first."""

    name: str
    value: str
    note: str


class Section(Struct, frozen=True, kw_only=True):
    """A table: each row is a name and figures, which `head` names. Without rows, the notes say why there are none."""

    title: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    bars: tuple[Bar, ...] = ()
    """Beside the rows; `bars_head` says what they show."""
    bars_head: str = ""
    notes: tuple[str, ...] = ()


class Document(Struct, frozen=True, kw_only=True):
    """`remarks` are about the whole: what of the period is not known."""

    title: str
    centre: str
    period: str
    made: str = ""
    remarks: tuple[str, ...] = ()
    summary: tuple[KeyFigure, ...] = ()
    sections: tuple[Section, ...] = ()
    meanings: tuple[str, ...] = ()
