"""A dispatch system as the poll thread reads it, whatever API it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from wallboard.core.entities import Call, Incident
from wallboard.core.poll import PollSuccess
from wallboard.feed.contract import Page


class Source(Protocol):
    """For one thread, but for `abort`. Each request raises FeedError where it brings no data."""

    def poll(self) -> PollSuccess:
        """The present state; may wait with the server until something changes."""

    def calls(self, received_after: datetime, received_before: datetime | None = None) -> Iterator[Page[Call]]:
        """The calls received in that time, page by page; without an end, until now. There may be others among them."""

    def incidents(self, reported_after: datetime, reported_before: datetime | None = None) -> Iterator[Page[Incident]]:
        """The incidents reported in that time, likewise."""

    def abort(self) -> None:
        """End the present request and every later one; may be called in any thread."""

    def close(self) -> None:
        """Close the connection."""
