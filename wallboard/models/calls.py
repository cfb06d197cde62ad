"""The calls in progress: who waits, then who is being talked to, the longest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from wallboard.core.alarms import Severity
from wallboard.core.entities import Call
from wallboard.models.rows import Row, RowsModel


class CallRow(Row, frozen=True, kw_only=True, gc=False):
    """`since` is when the wait or the conversation began. No caller: only who answers, and for which agency."""

    waiting: bool
    since: datetime
    call_taker: str = ""
    agency: str = ""


class CallModel(RowsModel[CallRow]):
    row_type = CallRow

    def describe(self, row: CallRow) -> str:
        return row.call_taker

    def show(
        self,
        waiting: Iterable[Call],
        talking: Iterable[Call],
        call_takers: Mapping[str, tuple[str, str]],
        severities: Mapping[str, Severity],
    ) -> None:
        """`call_takers` gives name and agency by identifier, `severities` by call identifier."""
        rows = [
            CallRow(id=call.id, waiting=True, since=call.received_at, severity=severities.get(call.id))
            for call in waiting
        ]
        for call in talking:
            name, agency = call_takers.get(call.call_taker_id or "", ("", ""))
            rows.append(
                CallRow(
                    id=call.id,
                    waiting=False,
                    since=call.answered_at or call.received_at,
                    call_taker=name,
                    agency=agency,
                    severity=severities.get(call.id),
                )
            )
        self.show_rows(rows)
