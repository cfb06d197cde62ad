"""A dispatch system that is read through a mapping. Runs in the poll thread alone."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from wallboard.core.clock import DATE_RESOLUTION_S
from wallboard.core.entities import Call, Centre, Incident, Snapshot
from wallboard.core.merge import LISTS
from wallboard.core.poll import DroppedRow, FailureKind, PollFailure, PollSuccess
from wallboard.core.text import made_plain
from wallboard.declared.reading import FileErrors
from wallboard.feed.contract import Page as HistoryPage
from wallboard.feed.explanation import Asked, ClockOrigin, Explanation
from wallboard.feed.failures import FeedError
from wallboard.feed.mapping.answers import Page, Row, evaluated
from wallboard.feed.mapping.asking import Asker, Period, Told
from wallboard.feed.mapping.closings import Closings
from wallboard.feed.mapping.declaration import Endpoint, Source
from wallboard.feed.mapping.declaration import Mapping as MappingFile
from wallboard.feed.mapping.expressions import EvaluationError, compiled
from wallboard.feed.mapping.load import load
from wallboard.feed.mapping.plan import Plan, clock, constant_or_found, planned
from wallboard.feed.mapping.rows import Read, Table, Tally, merged, read
from wallboard.feed.mapping.tally import FieldTally
from wallboard.feed.mapping.times import BadValue, zone_named
from wallboard.feed.mapping.values import identifiers
from wallboard.feed.settings import FeedSettings
from wallboard.feed.transport import Transport
from wallboard.steady import steady_s

NOT_OFFERED_STATUS = 404
"""What a system answers to a request that it does not know: so the poller takes a history that no endpoint tells."""

WRONG_PERIOD_S = 5.0
"""By how much this PC's clock may have been off in `{now}`: more than a request under way and a Date header explain."""

EARLY_S = 0.1
"""A poll that comes a little before an endpoint is due asks it all the same, not one poll later."""

_log = logging.getLogger(__name__)


Now = Callable[[], datetime | None]
"""The server's time; None where it is not known."""


def open_mapped(
    settings: FeedSettings,
    transport: Transport,
    monotonic: Callable[[], float] = steady_s,
    known_now: Now = lambda: None,
) -> MappedSource:
    """The source that `settings.mapping` describes. Raises FeedError for a mapping that cannot be read."""
    try:
        mapping = load(settings.mapping or "")
    except FileErrors as errors:
        more = f" (and {len(errors.errors) - 1} more)" if len(errors.errors) > 1 else ""
        raise FeedError(FailureKind.INTERNAL, f"the mapping cannot be used: {errors.errors[0]}{more}") from None
    return MappedSource(mapping, settings, transport, monotonic, known_now)


class _Held(Struct, kw_only=True):
    """What an endpoint told last."""

    told: Told
    at: datetime
    origin: ClockOrigin
    asked_s: float


class MappedSource:
    """For one thread. Keeps what endpoints told that are not due, and what it takes to see an incident close."""

    def __init__(
        self,
        mapping: MappingFile,
        settings: FeedSettings,
        transport: Transport,
        monotonic: Callable[[], float] = steady_s,
        known_now: Now = lambda: None,
    ) -> None:
        """`known_now` counts until an answer has told the time."""
        self._known_now = known_now
        self._plan: Plan = planned(mapping, settings.centre_time_zone)
        self._settings = settings
        self._transport = transport
        self._monotonic = monotonic
        self._endpoints = {one.name: one for one in mapping.endpoint}
        self._askers = {
            one.name: Asker(
                one,
                settings,
                transport,
                mapping.headers,
                clock(mapping, one.server_time, self._plan.zone),
                self._plan.zone,
                monotonic,
            )
            for one in mapping.endpoint
        }
        histories = {table.history for table in self._plan.tables} - {table.endpoint for table in self._plan.tables}
        sources = {one.ids_from for one in mapping.endpoint}
        # One that names identifiers comes before those that ask for them.
        self._polled = sorted(
            (one for one in mapping.endpoint if one.name not in histories or one.name in sources),
            key=lambda one: one.ids_from is not None,
        )
        self._held: dict[str, _Held] = {}
        self._read: dict[tuple[str, int], Read] = {}
        self._closings = {index: Closings(rows.closed) for index, rows in enumerate(mapping.incidents)}
        self._incidents: dict[int, tuple[Incident, ...]] = {}
        self._clock: tuple[datetime, float] | None = None
        """A server time and the monotonic second at which it was."""
        self._told: Snapshot | None = None
        self._asked: list[Asked] = []

    def abort(self) -> None:
        """End the present request and every later one; may be called in any thread."""
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    def poll(self) -> PollSuccess:
        """Ask what is due and tell all that is known; no snapshot where nothing has changed. Raises FeedError."""
        return self._poll(None)

    def explained(self) -> Explanation:
        """One poll, with an account of it; of a failed one too."""
        tally = FieldTally(self._plan)
        mapping = self._plan.mapping
        began_s = self._monotonic()
        failure = None
        success: PollSuccess | None = None
        try:
            success = self._poll(tally)
        except FeedError as error:
            failure = PollFailure(
                kind=error.kind,
                message=error.message,
                sent_s=began_s,
                failed_s=self._monotonic(),
                status=error.status,
            )
        latest = self._latest()
        snapshot = success.snapshot if success is not None else None
        return Explanation(
            source=f"{mapping.name} · {mapping.api}" if mapping.api else mapping.name,
            asked=tuple(self._asked),
            tables=tally.tables(),
            untold=self._plan.untold,
            only_running_calls=self._plan.only_running_calls,
            rows={
                name: None if snapshot is None or name in snapshot.untold else len(getattr(snapshot, name))
                for name in LISTS
            },
            dropped_rows=success.dropped_rows if success is not None else (),
            server_time=latest.at if latest is not None else None,
            clock_origin=latest.origin if latest is not None else None,
            failure=failure,
        )

    def calls(self, received_after: datetime, received_before: datetime | None = None) -> Iterator[HistoryPage[Call]]:
        """The calls received in that time, and others where the mapping asks for no end. Raises FeedError, with the
        status 404 where no endpoint tells them.
        """
        return self._history("calls", received_after, received_before)

    def incidents(
        self, reported_after: datetime, reported_before: datetime | None = None
    ) -> Iterator[HistoryPage[Incident]]:
        """The incidents reported in that time. Raises FeedError as `calls` does."""
        return self._history("incidents", reported_after, reported_before)

    # The poll.

    def _poll(self, tally: Tally | None) -> PollSuccess:
        self._asked = []
        size_bytes = 0
        for endpoint in self._polled:
            told = self._ask_if_due(endpoint)
            if told is not None:
                size_bytes += told.size_bytes
                self._take(endpoint, told, tally)
        latest = self._latest()
        if latest is None:  # every mapping has an endpoint that is asked in each poll
            raise FeedError(FailureKind.BAD_DATA, "nothing was asked")
        snapshot = self._snapshot(latest)
        unchanged = tally is None and self._told is not None and _same(self._told, snapshot)
        self._told = snapshot
        return PollSuccess(
            snapshot=None if unchanged else snapshot,
            server_time_resolution_s=DATE_RESOLUTION_S if latest.origin is ClockOrigin.DATE_HEADER else 0.0,
            sent_s=latest.told.sent_s,
            received_s=latest.told.received_s,
            size_bytes=size_bytes,
            server_time=latest.at if latest.origin is ClockOrigin.ANSWER else None,
            date=latest.told.date,
            dropped_rows=self._dropped_rows(),
            unknown_values=self._unknown_values(),
        )

    def _ask_if_due(self, endpoint: Endpoint) -> Told | None:
        """What an endpoint answers; None where its last answer still stands. Raises FeedError."""
        held, now_s = self._held.get(endpoint.name), self._monotonic()
        if (
            held is not None
            and endpoint.interval_s is not None
            and now_s < held.asked_s + endpoint.interval_s - EARLY_S
        ):
            self._note(endpoint, "not due")
            return None
        now, is_guess = self._now(), self._clock is None and self._known_now() is None
        try:
            told = self._ask(endpoint, now)
            at, origin = self._time_of(told)
            if is_guess and _has_period(endpoint) and abs((at - now).total_seconds()) > WRONG_PERIOD_S:
                told = self._ask(endpoint, self._now())
                at, origin = self._time_of(told)
        except FeedError as error:
            self._note(endpoint, error.message)
            raise
        self._note(endpoint, "unchanged" if told.unchanged else "ok", told)
        self._held[endpoint.name] = _Held(told=told, at=at, origin=origin, asked_s=now_s)
        return told

    def _ask(self, endpoint: Endpoint, now: datetime) -> Told:
        period = Period(now - timedelta(seconds=endpoint.window_s), now)
        return self._askers[endpoint.name].ask(period, self._identifiers(endpoint))

    def _identifiers(self, endpoint: Endpoint) -> tuple[str, ...] | None:
        if endpoint.ids_from is None or endpoint.ids is None:
            return None
        found: list[str] = []
        for page in self._held[endpoint.ids_from].told.pages:
            try:
                found += identifiers(evaluated(compiled(endpoint.ids), page))
            except BadValue as error:
                raise FeedError(FailureKind.BAD_DATA, f"{endpoint.name}: {endpoint.ids}: {error}") from None
        return tuple(dict.fromkeys(found))

    def _take(self, endpoint: Endpoint, told: Told, tally: Tally | None) -> None:
        """Read the lists that this endpoint tells."""
        held = self._held[endpoint.name]
        for table in self._plan.tables:
            if table.endpoint != endpoint.name:
                continue
            key = (table.list, table.index)
            earlier = self._read.get(key)
            if not told.unchanged or earlier is None or tally is not None:
                rows: list[Row] = [row for page in told.pages for row in table.finder(page)]
                now_read = read(table, rows, held.at, self._known(table), tally)
            else:
                now_read = earlier
            if table.list == "incidents":
                emptied = not now_read.rows and earlier is not None and bool(self._closings[table.index].known)
                self._incidents[table.index] = self._closings[table.index].observe(
                    now_read.rows,
                    now_read.present if told.cut is None else None,
                    held.at,
                    sure=told.sure and (told.counted or not emptied),
                    emptied=emptied and not told.counted,
                )
            self._read[key] = now_read

    def _known(self, table: Table) -> Mapping[str, Any]:
        """What a list held before, for times with two readings."""
        earlier = self._read.get((table.list, table.index))
        return {row.id: row for row in earlier.rows} if earlier is not None else {}

    def _time_of(self, told: Told) -> tuple[datetime, ClockOrigin]:
        if not told.asked:
            return self._now(), ClockOrigin.THIS_MACHINE
        if told.server_time is not None:
            at, origin = told.server_time, ClockOrigin.ANSWER
        elif told.date is not None:
            at, origin = told.date.astimezone(UTC), ClockOrigin.DATE_HEADER
        else:
            # This machine's clock, once: from then on a jump of it changes nothing.
            at, origin = self._now(), ClockOrigin.THIS_MACHINE
        self._clock = at, (told.sent_s + told.received_s) / 2
        return at, origin

    def _now(self) -> datetime:
        """The server's time as far as it is known; before that, this machine's."""
        if self._clock is None:
            return self._known_now() or datetime.now(UTC)
        at, then_s = self._clock
        return at + timedelta(seconds=self._monotonic() - then_s)

    def _latest(self) -> _Held | None:
        """Of this poll, the answer that sets the clock: the last one that told the time itself, else the last one."""
        held = [self._held[one.name] for one in self._asked if one.rows is not None]
        held = [one for one in held if one.told.asked]
        return next((one for one in reversed(held) if one.origin is ClockOrigin.ANSWER), held[-1] if held else None)

    # What it tells.

    def _snapshot(self, latest: _Held) -> Snapshot:
        lists: dict[str, Any] = {name: self._list(name) for name in LISTS}
        return Snapshot(
            server_time=latest.at,
            centre=self._centre(),
            untold=self._plan.untold,
            closings_seen=self._plan.closings_seen,
            only_running_calls=self._plan.only_running_calls,
            **lists,
        )

    def _list(self, name: str) -> tuple[Any, ...]:
        """Of all tables together; the first of those that share an identifier stays."""
        rows: dict[str, Any] = {}
        for table in self._plan.tables:
            if table.list != name:
                continue
            found: Iterable[Any] = self._constants(table)
            if table.endpoint is not None and name == "incidents":
                found = self._incidents.get(table.index, ())
            elif table.endpoint is not None:
                found = self._read[name, table.index].rows
            for row in found:
                rows.setdefault(row.id, row)
        return tuple(rows.values())

    def _constants(self, table: Table) -> tuple[Any, ...]:
        if table.endpoint is not None:
            return ()
        page = Page(None, "mapping")
        key = (table.list, table.index)
        if key not in self._read:
            self._read[key] = read(table, [Row(None, None, page, 0, "@")], self._now(), {})
        return self._read[key].rows

    def _centre(self) -> Centre:
        centre = self._plan.mapping.centre
        body = None
        if centre.endpoint is not None:
            body = self._held[centre.endpoint].told.pages[0].body if self._held[centre.endpoint].told.pages else None

        def told(name: str, source: Source | None) -> str:
            try:
                found = constant_or_found(source, body) if source is not None else ""
            except (EvaluationError, BadValue) as error:
                raise FeedError(FailureKind.BAD_DATA, f"centre.{name}: {error}") from None
            if not found:
                raise FeedError(FailureKind.BAD_DATA, f"centre.{name}: there is none; the configuration may tell it")
            return found

        zone = self._settings.centre_time_zone or told("time_zone", centre.time_zone)
        if zone_named(zone) is None:
            raise FeedError(FailureKind.BAD_DATA, f'centre.time_zone: there is no time zone "{made_plain(zone)}"')
        return Centre(
            id=told("id", centre.id)[:200],
            name=self._settings.centre_name or told("name", centre.name),
            time_zone=zone,
        )

    def _dropped_rows(self) -> tuple[DroppedRow, ...]:
        cut = [
            DroppedRow(
                f"{name}:", f"the list may be cut short: {held.told.cut}; nothing that is missing counts as closed"
            )
            for name, held in self._held.items()
            if held.told.cut is not None
        ]
        order = {(table.list, table.index): place for place, table in enumerate(self._plan.tables)}
        reads = sorted(self._read.items(), key=lambda pair: order[pair[0]])
        return (*cut, *(row for _, found in reads for row in found.dropped))

    def _unknown_values(self) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for found in self._read.values():
            counts.update(found.unknown)
        return dict(counts)

    def _note(self, endpoint: Endpoint, outcome: str, told: Told | None = None) -> None:
        self._asked.append(
            Asked(
                name=endpoint.name,
                path=endpoint.path,
                outcome=outcome,
                duration_s=told.duration_s if told else None,
                size_bytes=told.size_bytes if told else None,
                rows=told.rows if told else None,
                pages=len(told.pages) if told else None,
                cut=told.cut if told else None,
            )
        )

    # History.

    def _history(self, list_: str, after: datetime, before: datetime | None) -> Iterator[HistoryPage[Any]]:
        """Raises FeedError as it is read, and not before: so does the contract's."""
        tables = [table for table in self._plan.tables if table.list == list_ and table.history is not None]
        if not tables:
            raise FeedError(FailureKind.STATUS, f"the mapping has no history of {list_}", status=NOT_OFFERED_STATUS)
        earlier: set[str] = set()  # of those that share an identifier, the first stays: so does it in a poll
        for table in tables:
            now = self._now()
            rows: dict[str, Any] = {}
            dropped: list[DroppedRow] = []
            for page in self._askers[table.history or ""].pages(Period(after, before or now)):
                found = read(table, table.finder(page), now, {})
                if found.dropped:
                    _log.warning(
                        "%s: %d rows dropped, the first: %s", table.history, len(found.dropped), found.dropped[0]
                    )
                dropped += found.dropped
                for row in found.rows:
                    same = rows.get(row.id)
                    rows[row.id] = merged(same, row) if same is not None and table.merge else row
            new = tuple([row for key, row in rows.items() if key not in earlier])
            earlier |= rows.keys()
            yield HistoryPage(rows=new, next_page_token=None, dropped_rows=tuple(dropped))


def _has_period(endpoint: Endpoint) -> bool:
    return any("{since}" in value or "{now}" in value for value in endpoint.parameters.values())


def _same(one: Snapshot, other: Snapshot) -> bool:
    return one.centre == other.centre and all(getattr(one, name) == getattr(other, name) for name in LISTS)
