"""Processor time to read 5,000 incidents through a mapping, from the bytes of an answer to a snapshot; no network."""

from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from wallboard.feed.mapping.load import load
from wallboard.feed.mapping.source import MappedSource
from wallboard.feed.settings import FeedSettings
from wallboard.feed.transport import Answer

INCIDENTS = 5_000
ROW = {
    "CallId": "",
    "Priority": 3,
    "Name": "Structure Fire Jetty 2",
    "Nature": "Smoke",
    "Note": "",
    "Address": "2 Jetty Road",
    "LoggedOn": "2026-11-24T14:20:00",
    "LoggedOnUtc": "2026-11-24T07:20:00",
    "State": 0,
    "Number": "26-43",
    "Type": "Fire - Structure",
    "DispatchedOn": None,
    "DispatchedOnUtc": None,
    "Latitude": "1.4722",
    "Longitude": "102.1100",
}


class Resgrid:
    """In place of a transport."""

    built_s = 0.0

    def get(self, path: str, *_: Any, **__: Any) -> Answer:
        rows = [ROW | {"CallId": str(index)} for index in range(INCIDENTS)] if "Calls" in path else []
        body = {"PageSize": len(rows), "Timestamp": "2026-11-24T07:32:00Z", "Status": "success", "Data": rows}
        if rows:  # asked first
            self.built_s = time.process_time()
        return Answer(
            status=200,
            body=msgspec.json.encode(body),
            media_type="application/json",
            etag=None,
            date=datetime(2026, 11, 24, 7, 32, tzinfo=UTC),
        )


def main(polls: int) -> None:
    system = Resgrid()
    settings = FeedSettings(id="benchmark", url="http://127.0.0.1", centre_time_zone="Asia/Jakarta")
    taken_ms = []
    for _ in range(polls):
        source = MappedSource(load("resgrid-v4"), settings, system)  # type: ignore[arg-type]
        source.poll()
        taken_ms.append((time.process_time() - system.built_s) * 1000)
    print(f"{INCIDENTS} incidents through resgrid-v4: median {statistics.median(taken_ms):.0f} ms of a poll thread")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
