"""The agencies, in the feed's order."""

from __future__ import annotations

from collections.abc import Iterable

from wallboard.core.metrics import AgencyLoad, Share
from wallboard.core.situation import AgencyFigures
from wallboard.models.rows import Row, RowsModel, SeverityOf


class AgencyRow(Row, frozen=True, kw_only=True, gc=False):
    name: str
    load: AgencyLoad | None
    incidents: int | None
    compliance: Share | None


class AgencyModel(RowsModel[AgencyRow]):
    row_type = AgencyRow

    def describe(self, row: AgencyRow) -> str:
        return row.name

    def show(self, agencies: Iterable[AgencyFigures], severity_of: SeverityOf) -> None:
        self.show_rows(
            [
                AgencyRow(
                    id=agency.id,
                    name=agency.name,
                    load=agency.load,
                    incidents=agency.incidents,
                    compliance=agency.compliance,
                    severity=severity_of("agency_load", agency.id),
                )
                for agency in agencies
            ]
        )
