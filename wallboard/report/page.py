"""A report as a page for a browser and for paper: one HTML file that asks the network for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from wallboard.language import Words
from wallboard.report.document import Bar, Document, Section

STYLE = """
:root { --ink: #16191d; --quiet: #59626c; --line: #d5dade; --all: #c3cfda; --verified: #2f6690; }
* { box-sizing: border-box; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
html { font-size: 15px; }
body { margin: 0 auto; padding: 2.5rem 2rem; max-width: 56rem; color: var(--ink); background: #fff;
  font: 1rem/1.4 "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
article + article { break-before: page; margin-top: 5rem; }
header { border-bottom: 2px solid var(--ink); padding-bottom: .9rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
.kind { margin: 0 0 .2rem; color: var(--quiet); }
.period { margin: .3rem 0 0; font-size: 1.15rem; }
.made, .note, footer { color: var(--quiet); font-size: .85rem; }
.made { margin: .3rem 0 0; }
.remark { border-left: 4px solid var(--ink); padding: .3rem .75rem; margin: .75rem 0 0; font-weight: 600; }
.summary { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1rem; margin: 1.1rem 0 0; }
.summary dt { color: var(--quiet); font-size: .85rem; white-space: nowrap; }
.summary dd { margin: 0; font-size: 1.9rem; line-height: 1.2; font-weight: 600; white-space: nowrap; }
.summary dd + dd { color: var(--quiet); font-size: .85rem; font-weight: 400; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); column-gap: 2.5rem;
  align-items: start; }
section { margin-top: 1.6rem; break-inside: avoid; min-width: 0; }
section.wide { grid-column: 1 / -1; }
section.long { break-inside: auto; }
h2 { margin: 0 0 .3rem; font-size: 1.05rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .2rem 0 .2rem .9rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; text-align: left; white-space: normal; }
th { font-weight: 600; color: var(--quiet); font-size: .8rem; vertical-align: bottom; }
.wide table { table-layout: fixed; }
.wide th { white-space: normal; text-wrap: balance; }
.wide th:first-child { width: 25%; }
.wide th.bar { width: 20%; text-align: left; }
.bar { padding-left: 1.5rem; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td.bar div { height: .75rem; background: var(--all); }
td.bar div div { background: var(--verified); }
.note { margin: .35rem 0 0; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); break-inside: avoid; }
footer h2 { margin-top: .75rem; }
footer ul { margin: 0; padding-left: 1.1rem; }
@page { size: A4; margin: 15mm; }
@media print {
  html { font-size: 9pt; }
  body { max-width: none; padding: 0; }
  th, td { padding-top: .1rem; padding-bottom: .1rem; }
}
@media screen and (max-width: 50rem) {
  body { padding: 1rem; }
  section { overflow-x: auto; }
  .wide table { min-width: 40rem; }
}
"""

WIDE_TABLE = 4
"""Columns of figures that need the whole width of the page."""

LONG_TABLE = 26
"""Rows that may be split between two sheets of paper: more than the hours of a day."""


def as_page(documents: Sequence[Document], words: Words) -> str:
    html = Element("html", lang=words.language.value)
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    first = documents[0]
    _text(head, "title", " · ".join((first.title, *([first.centre] if len(documents) == 1 else []), first.period)))
    _text(head, "style", STYLE)
    body = SubElement(html, "body")
    for document in documents:
        body.append(_article(document, words))
    return "<!DOCTYPE html>\n" + tostring(html, encoding="unicode", method="html") + "\n"


def _article(document: Document, words: Words) -> Element:
    article = Element("article")
    header = SubElement(article, "header")
    _text(header, "p", document.title, "kind")
    _text(header, "h1", document.centre)
    _text(header, "p", document.period, "period")
    if document.made:
        _text(header, "p", document.made, "made")
    for remark in document.remarks:
        _text(article, "p", remark, "remark")
    if document.summary:
        article.append(_summary(document))
    main = SubElement(article, "main")
    main.extend(map(_section, document.sections))
    if document.meanings:
        footer = SubElement(article, "footer")
        _text(footer, "h2", words("report.meanings"))
        meanings = SubElement(footer, "ul")
        for meaning in document.meanings:
            _text(meanings, "li", meaning)
    return article


def _summary(document: Document) -> Element:
    summary = Element("dl", {"class": "summary"})
    for figure in document.summary:
        group = SubElement(summary, "div")
        _text(group, "dt", figure.name)
        _text(group, "dd", figure.value)
        _text(group, "dd", figure.note)
    return summary


def _section(section: Section) -> Element:
    wide = len(section.head) >= WIDE_TABLE or not section.rows
    kinds = {"wide": wide, "long": len(section.rows) > LONG_TABLE}
    element = Element("section", {"class": " ".join(kind for kind, holds in kinds.items() if holds)})
    _text(element, "h2", section.title)
    if section.rows:
        table = SubElement(element, "table")
        heads = SubElement(SubElement(table, "thead"), "tr")
        for head in ("", *section.head):
            _text(heads, "th", head)
        if section.bars:
            _text(heads, "th", section.bars_head, "bar")
        table.append(_body(section))
    for note in section.notes:
        _text(element, "p", note, "note")
    return element


def _body(section: Section) -> Element:
    body = Element("tbody")
    bars = iter(section.bars)
    for cells in section.rows:
        row = SubElement(body, "tr")
        for cell in cells:
            _text(row, "td", cell)
        if section.bars:
            row.append(_bar(next(bars)))
    return body


def _bar(bar: Bar) -> Element:
    cell = Element("td", {"class": "bar"})
    received = SubElement(cell, "div", style=f"width: {100 * bar.received:.1f}%")
    share = bar.verified / bar.received if bar.received else 0.0
    SubElement(received, "div", style=f"width: {100 * share:.1f}%")
    return cell


def _text(parent: Element, tag: str, text: str, kind: str = "") -> None:
    SubElement(parent, tag, {"class": kind} if kind else {}).text = text
