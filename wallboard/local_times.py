"""Figures for programs: their instants in a centre's own time."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any


def local(value: Any, zone: tzinfo) -> Any:
    """The same lists and dictionaries, each instant with the zone's offset."""
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, dict):
        return {key: local(one, zone) for key, one in value.items()}
    if isinstance(value, list):
        return [local(one, zone) for one in value]
    return value
