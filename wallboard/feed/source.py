"""A dispatch system as the poll thread reads it, whatever API it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from wallboard.core.entities import Call, Incident
from wallboard.core.poll import PollSuccess


class Source(Protocol):
    """For one thread, but for `abort`. Each request raises FeedError where it brings no data."""

    def poll(self) -> PollSuccess:
        """The present state; may wait with the server until something changes."""

    def calls(self, received_after: datetime) -> Iterator[tuple[Call, ...]]:
        """The calls received since then, page by page."""

    def incidents(self, reported_after: datetime) -> Iterator[tuple[Incident, ...]]:
        """The incidents reported since then, page by page."""

    def abort(self) -> None:
        """End the present request and every later one; may be called in any thread."""

    def close(self) -> None:
        """Close the connection."""
