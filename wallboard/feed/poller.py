"""The poll thread: asks at a fixed cadence, reports every outcome, and never ends by itself."""

from __future__ import annotations

import logging
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from wallboard.core.clock import ServerClock
from wallboard.core.entities import Call, Incident
from wallboard.core.hours import local_midnight
from wallboard.core.metrics import COMPLIANCE_WINDOW, OFFERED_WINDOW, seconds_between
from wallboard.core.poll import Backfill, DroppedRow, FailureKind, FeedEvent, PollFailure, PollSuccess
from wallboard.feed import credentials
from wallboard.feed.access import REOPENED_AFTER, Access
from wallboard.feed.backoff import (
    LONGEST_RETRY_AFTER_S,
    LONGEST_UNSURE_RETRY_AFTER_S,
    Backoff,
    out_of_step_s,
)
from wallboard.feed.client import DispatchClient
from wallboard.feed.contract import Page
from wallboard.feed.dispatch import DispatchSource
from wallboard.feed.failures import NOT_OFFERED, FeedError
from wallboard.feed.settings import FeedSettings
from wallboard.feed.source import Source
from wallboard.steady import steady_s

INCIDENT_REACH = 2 * COMPLIANCE_WINDOW
"""How far back incidents are read: those that a unit reached within the last 24 h were reported within 48, but for a
search of days."""

ASKED_EARLIER = timedelta(seconds=1)
"""What was received at midnight is of the day, and some servers take "after" at its word."""

BACKFILL_RETRY_S = 60.0
"""History is a comfort, the present a duty: a server that could not tell its history is asked again at leisure."""

SHORTEST_PAUSE_S = 0.05
"""Between two requests that the server holds: in a storm the changes of this time come in one answer, and the wall is
not asked to paint more often than an eye can follow."""

_log = logging.getLogger(__name__)

Deliver = Callable[[FeedEvent], None]
TokenOf = Callable[[str], str | None]
Row = TypeVar("Row", Call, Incident)


class Poller:
    """`deliver` is called in threads of the poller's. Between `start` and `stop`; `poll` and `backfill` also serve a
    caller that wants a single one, without threads.
    """

    def __init__(
        self,
        settings: FeedSettings,
        deliver: Deliver,
        *,
        token_of: TokenOf = credentials.token,
        trust: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = steady_s,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._deliver = deliver
        self._access = Access(settings, token_of, trust, monotonic)
        self._monotonic = monotonic
        # Not for secrets: it only has to differ from wall to wall.
        self._random = random or Random()
        self._backoff = Backoff(settings.poll_interval_s, self._random)
        self._source: Source | None = None
        self._last_failure: tuple[FailureKind, str] | None = None
        self._last_dropped = 0
        self.retry_after_s: float | None = None
        """What the server asked for in its last refusal, as far as it is believed."""
        self._clock = ServerClock()
        self._stopping = threading.Event()
        self._present: tuple[datetime, ZoneInfo] | None = None
        """The server's time and zone as the last snapshot told them."""
        self._thread = threading.Thread(target=self._run, name=f"feed {settings.id}", daemon=True)
        self._history: threading.Thread | None = None
        self._history_wanted = False
        self._history_is_read = False
        self._history_lock = threading.Lock()
        self.history_retry_after_s: float | None = None
        """The same of the history."""
        self._reading: Source | None = None
        """What the history is read from, while it is."""

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """False where a thread has not ended by then: it waits for the network, and ends with the process."""
        self._stopping.set()
        for source in (self._source, self._reading):
            if source is not None:
                source.abort()
        ends_s = time.monotonic() + timeout_s
        for thread in (self._thread, self._history):
            if thread is not None and thread.is_alive():
                thread.join(max(0.0, ends_s - time.monotonic()))
        return not any(thread is not None and thread.is_alive() for thread in (self._thread, self._history))

    def close(self) -> None:
        """After single polls: close the connection."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def poll(self) -> PollSuccess | PollFailure:
        """One poll."""
        sent_s = self._monotonic()
        try:
            if self._source is None:
                self._source = self._connected()
            outcome = self._source.poll()
            self._clock.observe(outcome, self._monotonic())
            self.retry_after_s = None
        except FeedError as error:
            return self._failed(error, sent_s)
        except Exception as error:  # noqa: BLE001 (the wall goes on, whatever breaks here)
            return self._broken(error, sent_s)
        if outcome.snapshot is not None:
            self._present = outcome.snapshot.server_time, ZoneInfo(outcome.snapshot.centre.time_zone)
        return outcome

    def backfill(self) -> Backfill | None:
        """What happened before the first poll, after a good one. None where it could not be told just now."""
        if self._present is None:
            return None
        source = self.history_retry_after_s = None
        try:
            source = self._reading = self._connected()
            server_time, zone = self._present
            calls_since = min(local_midnight(server_time, zone), server_time - OFFERED_WINDOW)
            return _history(source, calls_since, server_time - INCIDENT_REACH)
        except FeedError as error:
            _log.warning("feed %s: the history cannot be read: %s", self._settings.id, error.message)
            self.history_retry_after_s = self._wish_s(error)
        except Exception as error:  # noqa: BLE001
            self._log_fault(error)
        finally:
            self._reading = None
            if source is not None:
                source.close()
        return None

    def history(self, begins: datetime, ends: datetime) -> Backfill | PollFailure:
        """What was received and reported in [begins, ends), after a good poll; in the caller's thread."""
        sent_s = self._monotonic()
        source = None
        try:
            source = self._connected()
            return _history(source, begins, begins, ends)
        except FeedError as error:
            return self._failed(error, sent_s)
        except Exception as error:  # noqa: BLE001
            return self._broken(error, sent_s)
        finally:
            if source is not None:
                source.close()

    def request_backfill(self) -> None:
        """Read the history beside the polls, which it must not delay. Asked for while it is read, it is read again."""
        with self._history_lock:
            self._history_wanted = True
            if self._history_is_read or self._stopping.is_set():
                return
            self._history_is_read = True
            name = f"history {self._settings.id}"
            self._history = threading.Thread(target=self._run_backfill, name=name, daemon=True)
            self._history.start()

    def _run(self) -> None:
        due_s = self._monotonic()
        to_next_s = out_of_step_s(self._settings.poll_interval_s, self._random)
        while not self._stopping.is_set():
            outcome = self.poll()
            if self._stopping.is_set():
                break
            now_s = self._monotonic()
            if isinstance(outcome, PollSuccess):
                self._backoff.reset()
                # From start to start; what a slow poll missed is not caught up with.
                next_s = max(due_s + to_next_s, now_s)
                to_next_s = self._settings.poll_interval_s
                due_s = now_s + SHORTEST_PAUSE_S if outcome.held else next_s
            else:
                due_s = now_s + self._backoff.after(outcome, self.retry_after_s)
            self._tell(outcome)
            self._stopping.wait(due_s - self._monotonic())
        self.close()

    def _run_backfill(self) -> None:
        while not self._stopping.is_set():
            with self._history_lock:
                if not self._history_wanted:
                    self._history_is_read = False
                    return
                self._history_wanted = False
            history = self.backfill()
            if history is not None:
                self._deliver(history)
                continue
            self._history_wanted = True
            self._stopping.wait(out_of_step_s(BACKFILL_RETRY_S, self._random) + (self.history_retry_after_s or 0.0))

    def _tell(self, outcome: PollSuccess | PollFailure) -> None:
        """To the log, what has changed; to the wall, everything."""
        if isinstance(outcome, PollSuccess):
            if self._last_failure is not None:
                _log.info("feed %s: data again", self._settings.id)
            self._last_failure = None
            if outcome.snapshot is not None and len(outcome.dropped_rows) != self._last_dropped:
                self._last_dropped = len(outcome.dropped_rows)
                first = f", the first: {outcome.dropped_rows[0]}" if outcome.dropped_rows else ""
                _log.warning("feed %s: %d rows dropped%s", self._settings.id, self._last_dropped, first)
        elif self._last_failure != (outcome.kind, outcome.message):
            self._last_failure = outcome.kind, outcome.message
            _log.warning("feed %s: %s: %s", self._settings.id, outcome.kind.value, outcome.message)
        self._deliver(outcome)

    def _log_fault(self, error: Exception) -> None:
        """Where, and not the error's own words: they may quote a header or an address."""
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("feed %s: a fault of the wallboard's: %s\n%s", self._settings.id, type(error).__name__, where)

    def _connected(self) -> Source:
        if self._settings.mapping is not None:
            from wallboard.feed.mapping.source import open_mapped  # the contract needs none of it

            return open_mapped(self._settings, self._access.transport(), self._monotonic, self._server_now)
        return DispatchSource(
            DispatchClient(self._access.transport(), self._monotonic),
            self._settings.poll_interval_s,
            self._monotonic,
            name=self._settings.id,
            random=self._random,
        )

    def _broken(self, error: Exception, sent_s: float) -> PollFailure:
        self._log_fault(error)
        return self._failed(FeedError(FailureKind.INTERNAL, "a fault of the wallboard itself; see the log"), sent_s)

    def _failed(self, error: FeedError, sent_s: float) -> PollFailure:
        self.retry_after_s = self._wish_s(error)
        if error.kind in REOPENED_AFTER:
            self.close()
        return PollFailure(
            kind=error.kind, message=error.message, sent_s=sent_s, failed_s=self._monotonic(), status=error.status
        )

    def _server_now(self) -> datetime | None:
        return self._clock.now(self._monotonic())

    def _wish_s(self, error: FeedError) -> float | None:
        """For how long the server wants to be left alone. An instant is one of its own clock, not of this PC's."""
        if error.retry_at is None:
            return None if error.retry_after_s is None else min(error.retry_after_s, LONGEST_RETRY_AFTER_S)
        now, longest_s = self._server_now(), LONGEST_RETRY_AFTER_S
        if now is None:
            now, longest_s = datetime.now(UTC), LONGEST_UNSURE_RETRY_AFTER_S
        return min(seconds_between(now, error.retry_at), longest_s)


def _history(
    source: Source, calls_since: datetime, incidents_since: datetime, until: datetime | None = None
) -> Backfill:
    def wanted(instant: datetime, since: datetime) -> bool:
        return instant >= since and (until is None or instant < until)

    dropped: list[DroppedRow] = []
    calls = _collected(
        source.calls(calls_since - ASKED_EARLIER, until), lambda row: wanted(row.received_at, calls_since), dropped
    )
    incidents = _collected(
        source.incidents(incidents_since - ASKED_EARLIER, until),
        lambda row: wanted(row.reported_at, incidents_since),
        dropped,
    )
    return Backfill(
        calls=calls or (),
        calls_since=None if calls is None else calls_since,
        incidents=incidents or (),
        incidents_since=None if incidents is None else incidents_since,
        dropped_rows=tuple(dropped),
    )


def _collected(
    pages: Iterable[Page[Row]], wanted: Callable[[Row], bool], dropped: list[DroppedRow]
) -> tuple[Row, ...] | None:
    """All rows that are wanted; None where the server does not offer them. One that has told a page offers them."""
    rows: list[Row] = []
    is_offered = False
    try:
        for page in pages:
            is_offered = True
            rows += filter(wanted, page.rows)
            dropped += page.dropped_rows
    except FeedError as error:
        if error.status in NOT_OFFERED and not is_offered:
            return None
        raise
    return tuple(rows)
