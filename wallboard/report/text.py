"""A report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wallboard.language import Words
from wallboard.report.document import Document, Section

INDENT = "  "


def as_text(documents: Sequence[Document], words: Words) -> str:
    return "\n\n\n".join("\n".join(_lines(document, words)) for document in documents)


def _lines(document: Document, words: Words) -> Iterator[str]:
    yield document.title
    yield document.centre
    yield document.period
    yield from filter(None, (document.made, *document.remarks))
    if document.summary:
        yield ""
        yield from _aligned([(figure.name, figure.value, figure.note) for figure in document.summary])
    for section in document.sections:
        yield ""
        yield from _section(section)
    if document.meanings:
        yield ""
        yield words("report.meanings")
        yield from (f"{INDENT}{meaning}" for meaning in document.meanings)


def _aligned(figures: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    names, values, _ = (max(map(len, column)) for column in zip(*figures, strict=True))
    yield from (f"{name:<{names}}  {value:>{values}}  {note}".rstrip() for name, value, note in figures)


def _section(section: Section) -> Iterator[str]:
    names = [section.title, *[f"{INDENT}{name}" for name, *_ in section.rows]]
    figures = [section.head, *[tuple(row[1:]) for row in section.rows]]
    widths = [max(map(len, column)) for column in zip(*figures, strict=True)]
    longest = max(map(len, names))
    for name, cells in zip(names, figures, strict=True):
        shown = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
        yield "  ".join((name.ljust(longest), *shown)).rstrip()
    yield from (f"{INDENT}{note}" for note in section.notes)
