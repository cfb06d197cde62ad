"""Worlds with a clock that a test turns."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from wallboard.demo import scenarios
from wallboard.demo.world import World

WIB = timezone(timedelta(hours=7))
AFTERNOON = datetime(2026, 11, 24, 14, 32, tzinfo=WIB)


class Turned:
    """A world and its clock."""

    def __init__(
        self, name: str, start: datetime | None = AFTERNOON, seed: int = 0, folder: Path | None = None
    ) -> None:
        self._now_s = 0.0
        self.world: World = scenarios.build(name, start=start, seed=seed, folder=folder, monotonic=lambda: self._now_s)

    def turn(self, seconds: float) -> None:
        self._now_s += seconds

    def snapshot(self) -> dict[str, Any]:
        _, body = self.world.snapshot(with_cursor=True, compressed=False)
        document: dict[str, Any] = json.loads(body.plain)
        return document


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
