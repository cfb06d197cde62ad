"""The requests of the dispatch contract (docs/dispatch-api.yaml), each answered with typed rows or a FeedError."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from wallboard.core.entities import Call, Incident
from wallboard.core.poll import FailureKind, PollSuccess
from wallboard.feed.contract import (
    ContractError,
    DecodedChanges,
    Page,
    decode_calls,
    decode_changes,
    decode_incidents,
    decode_snapshot,
)
from wallboard.feed.transport import Answer, FeedError, Transport
from wallboard.steady import steady_s

PAGE_SIZE = 1000
"""Calls or incidents asked for at a time: two days of a centre of Bengkalis' size, some 250 kB."""

MOST_PAGES = 200
"""A server whose pages do not end is not believed."""

_log = logging.getLogger(__name__)

Row = TypeVar("Row", Call, Incident)
Decoded = TypeVar("Decoded")


class AnsweredChanges(Struct, frozen=True, kw_only=True):
    """`sent_s` and `received_s` are monotonic seconds around the exchange, the time it was held for included."""

    decoded: DecodedChanges
    sent_s: float
    received_s: float
    size_bytes: int
    date: datetime | None


class DispatchClient:
    """For one thread. Keeps the connection open between requests."""

    def __init__(self, transport: Transport, monotonic: Callable[[], float] = steady_s) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._etag: str | None = None

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        """End the present request and every later one; may be called in any thread."""
        self._transport.abort()

    def snapshot(self, *, whole: bool = False) -> PollSuccess:
        """The present state, or the word that it is still the one that was answered last; `whole` asks for the state
        in any case. Raises FeedError.
        """
        sent_s = self._monotonic()
        answer = self._transport.get("/snapshot", etag=None if whole else self._etag)
        received_s = self._monotonic()
        if answer.status == 304:
            return PollSuccess(
                snapshot=None, sent_s=sent_s, received_s=received_s, size_bytes=0, date=answer.date, age_s=answer.age_s
            )
        # What cannot be read must not be confirmed by a later 304.
        self._etag = None
        decoded = _decoded(answer, decode_snapshot)
        self._etag = answer.etag
        return PollSuccess(
            snapshot=decoded.snapshot,
            sent_s=sent_s,
            received_s=received_s,
            size_bytes=len(answer.body),
            server_time=decoded.snapshot.server_time,
            date=answer.date,
            age_s=answer.age_s,
            dropped_rows=decoded.dropped_rows,
            unknown_values=decoded.unknown_values,
        )

    def changes(self, cursor: str, hold_s: float) -> AnsweredChanges:
        """What changed since the cursor; the server may hold the request for `hold_s` until something does. Raises
        FeedError.
        """
        sent_s = self._monotonic()
        answer = self._transport.get("/changes", {"cursor": cursor, "wait": f"{hold_s:g}"}, hold_s=hold_s)
        received_s = self._monotonic()
        return AnsweredChanges(
            decoded=_decoded(answer, decode_changes),
            sent_s=sent_s,
            received_s=received_s,
            size_bytes=len(answer.body),
            date=answer.date,
        )

    def calls(self, received_after: datetime, received_before: datetime | None = None) -> Iterator[Page[Call]]:
        """The calls received in that time, page by page. Raises FeedError."""
        return self._pages("/calls", _period("received", received_after, received_before), decode_calls)

    def incidents(self, reported_after: datetime, reported_before: datetime | None = None) -> Iterator[Page[Incident]]:
        """The incidents reported in that time, page by page. Raises FeedError."""
        return self._pages("/incidents", _period("reported", reported_after, reported_before), decode_incidents)

    def _pages(self, path: str, period: dict[str, str], decode: Callable[[bytes], Page[Row]]) -> Iterator[Page[Row]]:
        parameters = period | {"page_size": str(PAGE_SIZE)}
        for _ in range(MOST_PAGES):
            page = _decoded(self._transport.get(path, parameters), decode)
            if page.dropped_rows:
                _log.warning("%s: %d rows dropped, the first: %s", path, len(page.dropped_rows), page.dropped_rows[0])
            yield page
            if page.next_page_token is None:
                return
            parameters["page_token"] = page.next_page_token
        raise FeedError(FailureKind.BAD_DATA, f"{path} has more than {MOST_PAGES} pages")


def _period(what: str, after: datetime, before: datetime | None) -> dict[str, str]:
    begins = {f"{what}_after": after.isoformat()}
    return begins if before is None else begins | {f"{what}_before": before.isoformat()}


def _decoded(answer: Answer, decode: Callable[[bytes], Decoded]) -> Decoded:
    try:
        return decode(answer.body)
    except ContractError as error:
        if answer.body.lstrip()[:1] != b"{":
            shown = answer.media_type or "without a type"
            raise FeedError(
                FailureKind.NOT_JSON, f"the answer is no data ({shown}): a login page, or a page of a proxy's?"
            ) from None
        raise FeedError(FailureKind.BAD_DATA, f"the data break the contract: {error}") from None
