"""Asks one endpoint: its parameters, its pages, the errors in its answers, and whether they hold all there is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from wallboard.core.poll import FailureKind
from wallboard.feed.characters import BYTE_ORDER_MARK, as_utf8, decoded
from wallboard.feed.mapping import eido
from wallboard.feed.mapping.answers import Finder, Page, evaluated
from wallboard.feed.mapping.declaration import Endpoint, Paging, Reader
from wallboard.feed.mapping.expressions import EvaluationError, compiled, is_true
from wallboard.feed.mapping.privacy import told_by_system
from wallboard.feed.mapping.times import BadValue, written
from wallboard.feed.mapping.values import number, text
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.feed.transport import Answer, FeedError, Transport

MOST_PAGES = 200
"""A system whose pages, or whose identifiers to ask for one by one, do not end is not believed."""

MOST_DEADLINES = 3
"""The pages of an endpoint, or its rows asked for one by one, are given up when together they take longer than so many
single requests may: a list that takes minutes to read is not one list, and holds up the others.
"""

ROUND_NUMBERS = frozenset({100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 50_000})
"""Limits that systems set to an answer: exactly so many rows are hardly all there are."""


class Told(Struct, frozen=True, kw_only=True):
    """What an endpoint answered. `sent_s` and `received_s` (monotonic) are those of the exchange whose clock counts."""

    pages: tuple[Page, ...]
    rows: int
    sent_s: float
    received_s: float
    duration_s: float
    size_bytes: int
    date: datetime | None
    server_time: datetime | None
    cut: str | None
    """Why the answer may not hold all rows."""
    sure: bool
    """Whether what is missing from it is gone: it came in one piece, and the system counts what there is."""
    counted: bool
    """Whether the system itself said how many rows there are."""
    unchanged: bool = False
    asked: bool = True
    """False where there was nothing to ask for, one by one."""


class Period(Struct, frozen=True):
    since: datetime
    now: datetime


class Asker:
    """One endpoint of one feed. Keeps its last answer, for a system that says when nothing has changed."""

    def __init__(
        self,
        endpoint: Endpoint,
        settings: FeedSettings,
        transport: Transport,
        headers: Mapping[str, str],
        clock: Callable[[Any, datetime], datetime] | None,
        zone: ZoneInfo | None,
        monotonic: Callable[[], float],
    ) -> None:
        """`clock` finds the server's time in a body. `zone` is that of local times in parameters."""
        self.endpoint = endpoint
        self._settings = settings
        self._transport = transport
        self._headers = headers
        self._clock = clock
        self._zone = zone
        self._monotonic = monotonic
        self._finder = Finder(rows=compiled(endpoint.rows), key_as=endpoint.key_as)
        self._last: tuple[bytes, str | None, Told] | None = None

    def ask(self, period: Period, identifiers: tuple[str, ...] | None = None) -> Told:
        """`identifiers` are those of `{id}`. Raises FeedError, its message beginning with the endpoint's name."""
        try:
            return self._ask(period, identifiers)
        except FeedError as error:
            if error.message.startswith(self.endpoint.name):
                raise
            raise error.of(self.endpoint.name, error.status) from None

    def pages(self, period: Period) -> Iterator[Page]:
        """One by one, for a history. Raises FeedError, also after the last one where they may not be all."""
        pages: list[Page] = []
        rows = 0
        for page, found in self._each_page(period, _Exchange()):
            pages, rows = [*pages[:1], page], rows + found
            yield page
        if cut := self._cut(pages, rows, self._count(pages)):
            raise FeedError(FailureKind.BAD_DATA, f"{self.endpoint.name}: the list may be cut short: {cut}")

    def _ask(self, period: Period, identifiers: tuple[str, ...] | None) -> Told:
        began_s = self._monotonic()
        exchange = _Exchange(ends_s=began_s + MOST_DEADLINES * self._settings.deadline_s)
        pages: list[Page] = []
        rows = 0
        if identifiers is not None:
            for page in self._each_identifier(identifiers, exchange):
                pages.append(page)
                rows += len(self._finder(page))
        else:
            simple = self.endpoint.paging is None
            for page, found in self._each_page(period, exchange, self._last if simple else None):
                pages.append(page)
                rows += found
            if exchange.unchanged and self._last is not None:
                return msgspec.structs.replace(
                    self._last[2],
                    sent_s=exchange.sent_s,
                    received_s=exchange.received_s,
                    duration_s=self._monotonic() - began_s,
                    size_bytes=exchange.size_bytes,
                    date=exchange.date,
                    server_time=None,
                    unchanged=True,
                )
        count = self._count(pages)
        told = Told(
            pages=tuple(pages),
            rows=rows,
            sent_s=exchange.sent_s,
            received_s=exchange.received_s,
            duration_s=self._monotonic() - began_s,
            size_bytes=exchange.size_bytes,
            date=exchange.date,
            server_time=exchange.server_time,
            cut=self._cut(pages, rows, count),
            sure=len(pages) == 1 or (identifiers is not None),
            counted=count is not None,
            asked=exchange.heard_something,
        )
        self._last = (exchange.digest, exchange.etag, told) if len(pages) == 1 else None
        return told

    def _each_page(
        self, period: Period, exchange: _Exchange, last: tuple[bytes, str | None, Told] | None = None
    ) -> Iterator[tuple[Page, int]]:
        """The pages with the number of their rows; none where nothing has changed since the `last`."""
        endpoint, paging = self.endpoint, self.endpoint.paging
        parameters = self._parameters(period)
        path, offset, number_ = endpoint.path, 0, paging.first if paging else 1
        if paging is not None:
            parameters |= _position(paging, offset, number_, None)
        seen: list[Any] = []
        for index in range(MOST_PAGES):
            page = self._get(path, parameters, exchange, index, last)
            if page is None:
                return
            found = len(self._finder(page))
            yield page, found
            if paging is None:
                return
            following = self._following(paging, page, found)
            if following is None:
                return
            if found == 0:
                raise FeedError(FailureKind.BAD_DATA, "there are said to be more rows, and there are none")
            offset, number_ = offset + found, number_ + 1
            step = following if paging.by in ("token", "url") else page.body
            if step in seen:
                raise FeedError(FailureKind.BAD_DATA, "its pages go in circles")
            seen.append(step)
            if paging.by == "url":
                path, parameters = self._within(following)
            else:
                parameters |= _position(paging, offset, number_, following)
        raise FeedError(FailureKind.BAD_DATA, f"it has more than {MOST_PAGES} pages")

    def _each_identifier(self, identifiers: tuple[str, ...], exchange: _Exchange) -> Iterator[Page]:
        if len(identifiers) > MOST_PAGES:
            raise FeedError(
                FailureKind.BAD_DATA, f"there are {len(identifiers)} to ask for one by one, more than {MOST_PAGES}"
            )
        for index, identifier in enumerate(identifiers):
            path = self.endpoint.path.replace("{id}", quote(identifier, safe=""))
            try:
                page = self._get(path, self.endpoint.parameters, exchange, index, None)
            except FeedError as error:
                if error.status == 404:  # gone since it was named
                    continue
                raise
            if page is not None:
                yield page

    def _get(
        self,
        path: str,
        parameters: Mapping[str, str],
        exchange: _Exchange,
        index: int,
        last: tuple[bytes, str | None, Told] | None,
    ) -> Page | None:
        """A page; None where it is the last one, unchanged."""
        sent_s = self._monotonic()
        if index and exchange.ends_s is not None and sent_s >= exchange.ends_s:
            took_s = MOST_DEADLINES * self._settings.deadline_s
            raise FeedError(FailureKind.TIMEOUT, f"there are more than the {index} pages that came within {took_s:g} s")
        answer = self._transport.get(path, parameters, etag=last[1] if last else None, headers=self._headers)
        exchange.heard(answer, sent_s, self._monotonic())
        if last is not None and (answer.status == 304 or _digest(answer.body) == last[0]):
            exchange.unchanged = True
            return None
        prefix = self.endpoint.name if index == 0 else f"{self.endpoint.name}[{index + 1}]"
        page = self._read(Page(self._body(answer), prefix))
        if self._clock is not None and index == 0:
            try:
                exchange.server_time = self._clock(page.body, answer.date or datetime.now(UTC))
            except (EvaluationError, BadValue) as error:
                raise FeedError(FailureKind.BAD_DATA, f"server_time: {error}") from None
        return page

    def _body(self, answer: Answer) -> Any:
        try:
            body = decoded(as_utf8(answer.body, answer.charset).removeprefix(BYTE_ORDER_MARK))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            if answer.body.lstrip()[:1] in (b"{", b"["):
                reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "broken or nested too deeply"
                raise FeedError(
                    FailureKind.BAD_DATA, f"the answer is no JSON that can be read: it is {reason}"
                ) from None
            shown = answer.media_type or "without a type"
            raise FeedError(
                FailureKind.NOT_JSON, f"the answer is no data ({shown}): a login page, or a page of a proxy's?"
            ) from None
        return body

    def _read(self, page: Page) -> Page:
        """The page as its reader gives it. Raises FeedError for an error that stands in it."""
        self._raise_error(page)
        if self.endpoint.reader is Reader.JSON:
            return page
        try:
            return Page(eido.read(page.body), page.prefix)
        except RecursionError:
            raise FeedError(FailureKind.BAD_DATA, "the answer is nested too deeply") from None

    def _raise_error(self, page: Page) -> None:
        if self.endpoint.error is None:
            return
        found = evaluated(compiled(self.endpoint.error), page)
        if is_true(found):
            said = told_by_system(found)
            raise FeedError(FailureKind.BAD_DATA, f"the system answers with an error{f': {said}' if said else ''}")

    def _parameters(self, period: Period) -> dict[str, str]:
        endpoint = self.endpoint
        since, now = (written(instant, endpoint.parameter_time, self._zone) for instant in (period.since, period.now))
        parameters = {
            name: value.replace("{since}", since).replace("{now}", now) for name, value in endpoint.parameters.items()
        }
        if endpoint.paging is not None and endpoint.paging.size_parameter is not None:
            parameters[endpoint.paging.size_parameter] = str(endpoint.paging.size)
        return parameters

    def _following(self, paging: Paging, page: Page, found: int) -> str | None:
        """What tells the next page; None after the last."""
        if paging.next is not None:
            try:
                return text(evaluated(compiled(paging.next), page)) or None
            except BadValue as error:
                raise FeedError(FailureKind.BAD_DATA, f"{paging.next}: {error}") from None
        if self.endpoint.more is not None:
            return "" if is_true(evaluated(compiled(self.endpoint.more), page)) else None
        return "" if found >= paging.size else None

    def _within(self, address: str) -> tuple[str, dict[str, str]]:
        """The path and the parameters of an address that the system gave. The token goes with it anew."""
        base = self._settings.url.rstrip("/")
        try:
            wanted, own = urlsplit(urljoin(f"{base}{self.endpoint.path}", address)), urlsplit(base)
            inside = (wanted.scheme, wanted.netloc) == (own.scheme, own.netloc) and wanted.path.startswith(
                f"{own.path}/"
            )
        except ValueError:
            inside = False
        if not inside:
            raise FeedError(FailureKind.REDIRECT, "its next page lies outside of the feed's address")
        token = self._settings.query_parameter if self._settings.auth is Auth.QUERY else None
        parameters = {name: value for name, value in parse_qsl(wanted.query) if name != token}
        return wanted.path[len(own.path) :], parameters

    def _count(self, pages: list[Page]) -> int | None:
        if self.endpoint.count is None or not pages:
            return None
        try:
            found = number(evaluated(compiled(self.endpoint.count), pages[0]))
        except BadValue as error:
            raise FeedError(FailureKind.BAD_DATA, f"{self.endpoint.count}: {error}") from None
        return None if found is None else int(found)

    def _cut(self, pages: list[Page], rows: int, count: int | None) -> str | None:
        endpoint = self.endpoint
        if count is not None and count > rows:
            return f"the system counts {count} rows and gives {rows}"
        told = endpoint.most_rows is not None or count is not None or endpoint.more is not None
        if not pages:
            return None
        if endpoint.paging is not None:
            size = endpoint.paging.size
            if len(pages) == 1 and rows < size and rows in ROUND_NUMBERS and not (told or endpoint.paging.next):
                return f"exactly {rows} rows where {size} were asked for: a limit of the system's?"
            return None
        if endpoint.more is not None and is_true(evaluated(compiled(endpoint.more), pages[-1])):
            return f"the system says that there are more than these {rows} rows"
        if endpoint.most_rows is not None and rows >= endpoint.most_rows:
            return f"{rows} rows are as many as the system gives at once"
        if rows in ROUND_NUMBERS and not told:
            return f"exactly {rows} rows: a limit of the system's?"
        return None


class _Exchange:
    """What came with the bodies. The times are those of the first body: it is the oldest."""

    def __init__(self, ends_s: float | None = None) -> None:
        self.ends_s = ends_s
        """When no further one is asked for; None for a history, which may take its time."""
        self.sent_s = self.received_s = 0.0
        self.size_bytes = 0
        self.date: datetime | None = None
        self.server_time: datetime | None = None
        self.digest = b""
        """Of the first body: whether it is still the same is asked at each poll, and it may be large."""
        self.etag: str | None = None
        self.unchanged = False
        self.heard_something = False

    def heard(self, answer: Answer, sent_s: float, received_s: float) -> None:
        if not self.heard_something:
            self.sent_s, self.received_s, self.date = sent_s, received_s, answer.date
            self.digest, self.etag = _digest(answer.body), answer.etag
            self.heard_something = True
        self.size_bytes += len(answer.body)


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body).digest()


def _position(paging: Paging, offset: int, number_: int, following: str | None) -> dict[str, str]:
    if paging.parameter is None or (paging.by == "token" and not following):
        return {}
    value = {"offset": str(offset), "page": str(number_), "token": following or ""}[paging.by]
    return {paging.parameter: value}
