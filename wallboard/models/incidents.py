"""The active incidents, in the panel's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject

from wallboard.core.alarms import Severity
from wallboard.core.entities import Category, Incident, IncidentStatus, known
from wallboard.models.rows import EntityRowsModel, Row, SeverityOf, worst


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


class IncidentModel(EntityRowsModel[IncidentRow]):
    row_type = IncidentRow

    def __init__(self, location: Location, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._location = location

    def describe(self, row: IncidentRow) -> str:
        return row.title

    def show(
        self,
        incidents: Iterable[Incident],
        agency_names: Mapping[str, str],
        severity_of: SeverityOf,
        *,
        tells_dispatch: bool = True,
    ) -> None:
        """Without `tells_dispatch` none is known to be unassigned. To be told with `forget` of a severity that changed,
        and with `forget_all` of an agency's name.
        """

        def make(incident: Incident) -> IncidentRow:
            unassigned = severity_of("incident_unassigned", incident.id)
            time = worst(severity_of("response_time", incident.id), severity_of("incident_open", incident.id))
            return IncidentRow(
                id=incident.id,
                number=incident.number,
                priority=incident.priority,
                category=known(Category, incident.category),
                title=incident.title,
                place=self._place(incident),
                agencies=tuple([agency_names.get(agency, agency) for agency in incident.agency_ids]),
                status=known(IncidentStatus, incident.status),
                unassigned=incident.unassigned and tells_dispatch,
                reported_at=incident.reported_at,
                severity=worst(unassigned, time),
                unassigned_severity=unassigned,
                time_severity=time,
            )

        self.show_entities(incidents, make)

    def _place(self, incident: Incident) -> str:
        if self._location is Location.NONE:
            return ""
        if self._location is Location.DISTRICT:
            return incident.district or ""
        return ", ".join(filter(None, (incident.address, incident.district)))
