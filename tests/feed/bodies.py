"""Answers of a dispatch API, as JSON."""

from __future__ import annotations

import json
from typing import Any

SNAPSHOT: dict[str, Any] = {
    "api_version": "1",
    "server_time": "2026-11-24T07:32:00.000Z",
    "cursor": "c1",
    "centre": {"id": "bengkalis", "name": "112 Bengkalis", "time_zone": "Asia/Jakarta", "service_hours": []},
    "agencies": [{"id": "damkar", "name": "Pemadam Kebakaran", "short_name": "Damkar"}],
    "units": [{"id": "u1", "agency_id": "damkar", "name": "Damkar 1", "status": "available"}],
    "call_takers": [{"id": "t1", "name": "Op 1", "status": "available"}],
    "calls": [
        {
            "id": "c1",
            "received_at": "2026-11-24T14:31:30+07:00",
            "disposition": "pending",
            "caller": "+62 800 0000 0001",
        }
    ],
    "incidents": [
        {
            "id": "i1",
            "number": "1",
            "category": "fire",
            "priority": 1,
            "status": "new",
            "title": "Kebakaran rumah",
            "reported_at": "2026-11-24T07:20:00Z",
            "agency_ids": ["damkar"],
            "notes": "Api dari dapur",
        }
    ],
}


def snapshot(**changes: Any) -> bytes:
    return json.dumps(SNAPSHOT | changes).encode()
