"""A report as CSV (RFC 4180) for a spreadsheet: a line for each figure, which can be filtered and pivoted."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import Any

from wallboard.report.data import Table
from wallboard.spreadsheet import defused

COLUMNS = ("id", "name", "begins", "ends", "table", "row", "row_name", "figure", "value")
ROW_KEYS = ("key", "day", "month", "hour")


def as_csv(centres: Sequence[Table]) -> str:
    """What is not known is empty."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for centre in centres:
        about = [_cell(centre.get(column)) for column in COLUMNS[:4]]
        writer.writerows([*about, *cells] for cells in _rows(centre))
    return file.getvalue()


def _rows(centre: Table) -> Iterator[list[str]]:
    for name, value in centre.items():
        if isinstance(value, list):
            for row in value:
                key = next(row[key] for key in ROW_KEYS if key in row)
                figures = {name: one for name, one in row.items() if name not in (*ROW_KEYS, "name")}
                yield from ([name, _cell(key), _cell(row.get("name")), *cells] for cells in _figures(figures))
        elif isinstance(value, dict):
            yield from ([name, "", "", *cells] for cells in _figures(value))
        elif name not in COLUMNS:
            yield ["report", "", "", name, _cell(value)]


def _figures(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested ones under their path, such as service_level_15.low."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _figures(one, f"{name}.{key}" if name else key)
    else:
        yield name, _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return defused(value.isoformat() if isinstance(value, date) else str(value))
