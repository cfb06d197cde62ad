"""Reads EIDOs, the Emergency Incident Data Objects of NENA-STA-021 (EIDO-JSON).

An EIDO describes one incident as components that refer to each other by `$id`. Here they become lists of rows, as a
mapping needs them: `incidents`, `calls`, `units`, `agencies` and `agents`. Each row is its component with `id` (its
`$id`), `incidentId`, and every reference of its own replaced by what it refers to (with the `$ref` kept; references
within that stay as they are, for they may go in circles). Persons, call-backs, notes and additional data are left out:
a wall has no use for them.

What is read, and not more, is the schema of the standard's own repository (NENA911/EIDO-JSON, Schema/openapi.yaml).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

Component = dict[str, Any]

LARGEST_LOCATION = 50_000
"""Characters of a PIDF-LO that are looked into; the standard's own sample has 1,900."""

_PRIVATE = frozenset({"personComponent", "callbackComponent", "notesComponent", "additionalDataComponent"})
_MARKS = frozenset({"eidoVersion", "EIDOVersion", "issuingElementIdentification", "incidentComponent", "callComponent"})
_STREET = ("HNO", "HNS", "PRD", "RD", "STS", "POD", "RDSEC")
"""Of a civic address (RFC 5139, RFC 6848), in the order in which they are written."""


def read(body: Any) -> dict[str, list[Component]]:
    """The rows of all EIDOs in an answer; no list at all where there is something, but no EIDO."""
    eidos = list(_eidos(body))
    if not eidos and body not in ([], {}):
        return {}
    lists: dict[str, list[Component]] = {"incidents": [], "calls": [], "units": [], "agencies": [], "agents": []}
    for eido in eidos:
        _add(eido, lists)
    return lists


def _eidos(body: Any, depth: int = 0) -> Iterator[Component]:
    """The answer itself, or what a list or an envelope holds."""
    if isinstance(body, dict) and _MARKS & body.keys():
        yield body
    elif depth < 3 and isinstance(body, dict | list):
        for inner in body.values() if isinstance(body, dict) else body:
            yield from _eidos(inner, depth + 1)


def _add(eido: Component, lists: dict[str, list[Component]]) -> None:
    index = {
        component["$id"]: component
        for name, value in eido.items()
        if name not in _PRIVATE
        for component in _components(value)
        if isinstance(component.get("$id"), str)
    }
    incident_id = eido.get("incidentTrackingIdentifier") or eido.get("$id")

    def row(component: Component) -> Component:
        return {
            **{name: _resolved(value, index) for name, value in component.items()},
            "id": component.get("$id"),
            "incidentId": incident_id,
        }

    def rows(name: str) -> list[Component]:
        return [row(component) for component in _components(eido.get(name))]

    calls, units, dispatches = rows("callComponent"), rows("emergencyResourceComponent"), rows("dispatchComponent")
    for unit in units:
        unit["agencyId"] = _agency_of(unit, dispatches)
    agencies = [agency | {"displayName": _name_on(agency.get("agencyJcard"))} for agency in rows("agencyComponent")]
    agents = [agent | {"displayName": _name_on(agent.get("agentJcard"))} for agent in rows("agentComponent")]
    for incident in rows("incidentComponent")[:1]:
        place = next((found for one in _many(incident.get("locationReference")) if (found := _location(one))), None)
        lists["incidents"].append(
            incident
            | {
                "id": incident_id,
                "calls": calls,
                "dispatches": dispatches,
                "units": units,
                "agencyIds": _involved(dispatches, agencies),
                "location": place,
            }
        )
    lists["calls"] += calls
    lists["units"] += units
    lists["agencies"] += agencies
    lists["agents"] += agents


def _components(value: Any) -> list[Component]:
    """A component, or a list of them: what was a list in an early version is one in the next."""
    return [one for one in _many(value) if isinstance(one, dict)]


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _resolved(value: Any, index: dict[str, Component]) -> Any:
    if isinstance(value, list):
        return [_resolved(one, index) for one in value]
    reference = value.get("$ref") if isinstance(value, dict) else None
    if not isinstance(reference, str):
        return value
    found = index.get(reference) or index.get(reference.removeprefix("#")) or {}
    return {**found, "$ref": reference.removeprefix("#")}


def _agency_of(unit: Component, dispatches: list[Component]) -> Any:
    """The agency that was dispatched with this unit; else that of its own agent; else who wrote of it last."""
    for dispatch in dispatches:
        sent = [one.get("$ref") for one in _components(dispatch.get("emergencyResourceReference"))]
        agencies = _components(dispatch.get("agencyReference"))
        if unit["id"] in sent and agencies:
            return agencies[0].get("$ref")
    for agent in _components(unit.get("agentReference")):
        for agency in _components(agent.get("agencyReference")):
            return agency.get("$ref")
    return next((agency.get("$ref") for agency in _components(unit.get("updatedByAgencyReference"))), None)


def _involved(dispatches: list[Component], agencies: list[Component]) -> list[Any]:
    """The dispatched agencies; before any is, the one that owns the incident."""
    sent = [agency.get("$ref") for one in dispatches for agency in _components(one.get("agencyReference"))]
    return sent or [agency["id"] for agency in agencies if agency.get("incidentOwningAgencyIndicator") is True]


def _name_on(card: Any) -> str | None:
    """The formatted name of a jCard (RFC 7095), which stands in an EIDO as a text."""
    try:
        read_card = json.loads(card) if isinstance(card, str) else card
        return next(str(entry[3]) for entry in read_card[1] if entry[0] == "fn")
    except (ValueError, TypeError, LookupError, RecursionError, StopIteration):
        return None


def _location(component: Any) -> dict[str, Any] | None:
    """Address, district and position in a location component (RFC 4119, 5139, 5491), as far as it has them."""
    if not isinstance(component, dict):
        return None
    found = _pidf_lo(component.get("locationByValue"))
    description = component.get("locationDescriptionText")
    if isinstance(description, str) and description.strip():
        found.setdefault("address", description)
    return found or None


def _pidf_lo(text: Any) -> dict[str, Any]:
    # A document with a type declaration may define entities that unfold without end; a PIDF-LO has none.
    if not isinstance(text, str) or len(text) > LARGEST_LOCATION or "<!" in text:
        return {}
    try:
        root = ElementTree.fromstring(text.strip())
    except (ElementTree.ParseError, ValueError, RecursionError):
        return {}
    told: dict[str, str] = {}
    for element in root.iter():
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if name and element.text and element.text.strip():
            told.setdefault(name, element.text.strip())
    found: dict[str, Any] = {}
    address = ", ".join(filter(None, (" ".join(told[part] for part in _STREET if part in told), told.get("A3"))))
    if address:
        found["address"] = address
    if "A3" in told:
        found["district"] = told["A3"]
    position = told.get("pos", "").split()
    if len(position) >= 2:
        found["latitude"], found["longitude"] = position[:2]
    return found
