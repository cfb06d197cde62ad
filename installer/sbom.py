"""The bundle's bill of materials: CycloneDX 1.5, JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from installer.licences import Component

NAMESPACE = uuid.UUID("5a1c0c52-5f3b-4d1a-9a3e-6f1f9f0f7a11")
"""Of serial numbers: the same content has the same one."""


def document(version: str, components: Sequence[Component], hashes: Mapping[str, str], made_at_s: int) -> str:
    """`hashes` are the SHA-256 of the files the components came in, by name; `made_at_s` is in seconds since 1970."""
    parts = [_component(one, None if one.inside else hashes.get(one.name)) for one in components]
    holds: dict[str, list[str]] = {"wallboard": []}
    for one in components:
        holds.setdefault(one.inside or "wallboard", []).append(_reference(one))
    content = json.dumps([version, parts], sort_keys=True)
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, content)}",
        "version": 1,
        "metadata": {
            "timestamp": f"{datetime.fromtimestamp(made_at_s, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "component": {
                "type": "application",
                "bom-ref": "wallboard",
                "name": "wallboard",
                "version": version,
                "licenses": [{"license": {"id": "EUPL-1.2"}}],
            },
        },
        "components": parts,
        "dependencies": [{"ref": whole, "dependsOn": inside} for whole, inside in holds.items()],
    }
    return json.dumps(bill, indent=2) + "\n"


def _component(one: Component, digest: str | None) -> dict[str, Any]:
    part: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(one),
        "name": one.name,
        "version": one.version,
        "purl": f"pkg:{one.kind}/{one.name}@{quote(one.version)}".rstrip("@"),
        # In the package's own words, which are not always an SPDX expression.
        "licenses": [{"license": {"name": one.licence}}],
    }
    if not one.version:
        del part["version"]
    if digest is not None:
        part["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return part


def _reference(one: Component) -> str:
    return f"{one.inside}/{one.name}".lstrip("/")
