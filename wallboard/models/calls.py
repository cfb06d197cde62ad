"""The calls in progress: who waits, then who is being talked to, the longest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from wallboard.core.entities import Call, CallTaker
from wallboard.models.rows import EntityRowsModel, Row, SeverityOf


class CallRow(Row, frozen=True, kw_only=True, gc=False):
    """`since` is when the wait or the conversation began. No caller: only who answers, and for which agency."""

    waiting: bool
    since: datetime
    call_taker: str = ""
    agency: str = ""


class CallModel(EntityRowsModel[CallRow]):
    row_type = CallRow

    def describe(self, row: CallRow) -> str:
        return row.call_taker

    def show(
        self,
        waiting: Iterable[Call],
        talking: Iterable[Call],
        call_takers: Mapping[str, CallTaker],
        agency_names: Mapping[str, str],
        severity_of: SeverityOf,
    ) -> None:
        """Call takers and agencies' names are by identifier. To be told with `forget` of a severity that changed, and
        with `forget_all` of a name.
        """

        def make(call: Call) -> CallRow:
            if call.waiting:
                return CallRow(
                    id=call.id,
                    waiting=True,
                    since=call.received_at,
                    severity=severity_of("call_waiting", call.id),
                )
            taker = call_takers.get(call.call_taker_id or "")
            return CallRow(
                id=call.id,
                waiting=False,
                since=call.answered_at or call.received_at,
                call_taker=taker.name if taker else "",
                agency=agency_names.get(taker.agency_id or "", "") if taker else "",
                severity=severity_of("call_talking", call.id),
            )

        self.show_entities((*waiting, *talking), make)
