"""Counts, for each field of a mapping, the rows that had it and those that lacked it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from wallboard.feed.explanation import ExplainedField, ExplainedTable
from wallboard.feed.mapping.declaration import Source
from wallboard.feed.mapping.plan import Plan, described

MOST_UNKNOWN = 20
"""Different unknown values of a field that a report lists."""


class FieldTally:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names = {(table.list, table.index, field.name): field for table in plan.tables for field in table.fields}
        self._had: Counter[tuple[str, int, str]] = Counter()
        self._lacked: Counter[tuple[str, int, str]] = Counter()
        self._samples: dict[tuple[str, int, str], str] = {}
        self._unknown: dict[tuple[str, int, str], Counter[str]] = {}

    def field(self, list_: str, table: int, name: str, raw: Any, converted: Any, *, understood: bool) -> None:
        key = (list_, table, name)
        if converted in (None, "", ()) or raw in (None, ""):
            self._lacked[key] += 1
            return
        self._had[key] += 1
        shown = self._plan.privacy.shown(raw, self._names[key].names)
        if key not in self._samples:
            self._samples[key] = shown
        if not understood:
            unknown = self._unknown.setdefault(key, Counter())
            if shown in unknown or len(unknown) < MOST_UNKNOWN:
                unknown[shown] += 1

    def tables(self) -> tuple[ExplainedTable, ...]:
        return tuple(
            ExplainedTable(
                list=table.list,
                endpoint=table.endpoint,
                fields=tuple(
                    self._explained((table.list, table.index, name), source)
                    for name, source in _declared(self._plan, table.list, table.index)
                ),
            )
            for table in self._plan.tables
        )

    def _explained(self, key: tuple[str, int, str], source: Source | None) -> ExplainedField:
        return ExplainedField(
            name=key[2],
            source=described(source),
            had=self._had[key],
            lacked=self._lacked[key],
            sample=self._samples.get(key),
            unknown=dict(self._unknown.get(key, Counter()).most_common()),
        )


def _declared(plan: Plan, list_: str, index: int) -> list[tuple[str, Source | None]]:
    """Every field that the list knows, told or not."""
    table = getattr(plan.mapping, list_)[index]
    known = [
        name
        for name in table.__struct_fields__
        if name not in ("endpoint", "rows", "key_as", "where", "nested", "merge", "history", "closed")
    ]
    return [(name, getattr(table, name)) for name in known]
