"""The active incidents, in the panel's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject

from wallboard.core.alarms import Severity
from wallboard.core.entities import Category, Incident, IncidentStatus, known
from wallboard.models.rows import Row, RowsModel


class Location(StrEnum):
    """How exactly a wall that visitors can see says where an incident is."""

    FULL = "full"
    DISTRICT = "district"
    NONE = "none"


class IncidentRow(Row, frozen=True, kw_only=True, gc=False):
    number: str
    priority: int
    category: str
    title: str
    place: str
    agencies: tuple[str, ...]
    status: str
    unassigned: bool
    reported_at: datetime
    unassigned_severity: Severity | None = None
    time_severity: Severity | None = None


_Built = tuple[Incident, tuple[Severity | None, Severity | None], IncidentRow]
"""A row with what it was made from."""


class IncidentModel(RowsModel[IncidentRow]):
    row_type = IncidentRow

    def __init__(self, location: Location, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._location = location
        self._built: dict[str, _Built] = {}

    def describe(self, row: IncidentRow) -> str:
        return row.title

    def show(
        self,
        incidents: Sequence[Incident],
        agency_names: Mapping[str, str],
        unassigned: Mapping[str, Severity],
        time: Mapping[str, Severity],
    ) -> None:
        """Severities are by incident identifier: of nobody being assigned, and of the time that it takes."""
        built: dict[str, _Built] = {}
        for incident in incidents:
            key = incident.id
            held = self._built.get(key)
            levels = (unassigned.get(key), time.get(key))
            if held is None or held[0] is not incident or held[1] != levels:
                held = (incident, levels, self._row(incident, agency_names, *levels))
            built[key] = held
        self._built = built
        self.show_rows([row for _, _, row in built.values()])

    def forget_names(self) -> None:
        """An agency was renamed: build every row anew."""
        self._built.clear()

    def _row(
        self,
        incident: Incident,
        agency_names: Mapping[str, str],
        unassigned: Severity | None,
        time: Severity | None,
    ) -> IncidentRow:
        return IncidentRow(
            id=incident.id,
            number=incident.number,
            priority=incident.priority,
            category=known(Category, incident.category),
            title=incident.title,
            place=self._place(incident),
            agencies=tuple(agency_names.get(agency, agency) for agency in incident.agency_ids),
            status=known(IncidentStatus, incident.status),
            unassigned=incident.unassigned,
            reported_at=incident.reported_at,
            severity=max(filter(None, (unassigned, time)), default=None),
            unassigned_severity=unassigned,
            time_severity=time,
        )

    def _place(self, incident: Incident) -> str:
        if self._location is Location.NONE:
            return ""
        if self._location is Location.DISTRICT:
            return incident.district or ""
        return ", ".join(filter(None, (incident.address, incident.district)))
