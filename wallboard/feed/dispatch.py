"""Reads a server of the dispatch contract: by its changes where it offers them, by snapshots everywhere else.

Whatever goes wrong with changes, the next request is a snapshot, and the snapshot wins.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from random import Random

from msgspec.structs import replace

from wallboard.core.entities import Call, Incident, Snapshot
from wallboard.core.merge import merged, sharing, unexplained
from wallboard.core.poll import DroppedRow, FailureKind, PollSuccess, Way
from wallboard.feed.client import AnsweredChanges, DispatchClient
from wallboard.feed.contract import Page
from wallboard.feed.failures import NOT_OFFERED, FeedError
from wallboard.steady import steady_s

LONGEST_HOLD_S = 25.0
"""Proxies cut connections that are silent for longer; 30 s and 60 s are common limits."""

SHORTEST_HOLD_S = 1.0
"""Where not even that is borne, asking for snapshots is as good."""

CHECK_EVERY_S = 180.0
"""A snapshot every three minutes shows what merging has got wrong. In a storm that is 360 kB."""

CHECK_AGAIN_S = 60.0
"""After a check that did not come off: changes that work are no worse for it."""

ASK_AGAIN_AFTER_S = 600.0
"""A server that does not offer changes, or a proxy that cuts them, may be another one after an update."""

EARLIEST = 0.75
"""Share of these periods after which they may end: walls that started together do not go on together."""

MOST_FAILURES = 2
FAILURES_WITHIN_S = 60.0
"""Of changes, after which they are left alone: one is chance, and what works in between does not excuse the next."""

_CUT = frozenset({FailureKind.NETWORK, FailureKind.TIMEOUT, FailureKind.SERVER})
"""What a proxy does to a request that takes too long for it."""

_log = logging.getLogger(__name__)


class DispatchSource:
    """A Source. A request for changes is held no longer than the poll interval: silence must not make data look old,
    nor a dead line look quiet.
    """

    def __init__(
        self,
        client: DispatchClient,
        poll_interval_s: float,
        monotonic: Callable[[], float] = steady_s,
        *,
        name: str = "",
        random: Random | None = None,
    ) -> None:
        self._client = client
        self._longest_hold_s = self._hold_s = min(poll_interval_s, LONGEST_HOLD_S)
        self._monotonic = monotonic
        self._name = name
        self._random = random or Random()
        self._state: Snapshot | None = None
        """What the server told, up to the last change; None where only a snapshot can tell it."""
        self._told: Snapshot | None = None
        """The last snapshot that left here."""
        self._dropped_rows: tuple[DroppedRow, ...] = ()
        self._unknown_values: Mapping[str, int] = {}
        self._check_at_s = 0.0
        self._failed_s: deque[float] = deque(maxlen=MOST_FAILURES)
        """When changes failed last."""
        self._left_alone_until_s: float | None = None

    def close(self) -> None:
        self._client.close()

    def abort(self) -> None:
        self._client.abort()

    def calls(self, received_after: datetime, received_before: datetime | None = None) -> Iterator[Page[Call]]:
        return self._client.calls(received_after, received_before)

    def incidents(self, reported_after: datetime, reported_before: datetime | None = None) -> Iterator[Page[Incident]]:
        return self._client.incidents(reported_after, reported_before)

    def poll(self) -> PollSuccess:
        state = self._state
        if state is None or not state.cursor or not self._follows:
            return self._snapshot()
        if self._monotonic() >= self._check_at_s:
            checked = self._check(state, state.cursor)
            if checked is not None:
                return checked
        asked_s = self._monotonic()
        try:
            return self._changes(state, state.cursor)
        except FeedError as error:
            self._state = None
            if error.kind is FailureKind.RATE_LIMITED:
                self._learn(error, 0.0)
                raise  # it asks to be left alone, whatever for
            failed, after_s = error, self._monotonic() - asked_s
        # If the server has no snapshot either, that is the poll's failure, and says nothing about changes.
        outcome = self._snapshot()
        self._learn(failed, after_s)
        return replace(outcome, held=False)

    @property
    def _follows(self) -> bool:
        return self._left_alone_until_s is None or self._monotonic() >= self._left_alone_until_s

    def _snapshot(self) -> PollSuccess:
        # Without a state the tag is that of a snapshot which changes were merged into: it must not be confirmed.
        return self._taken(self._client.snapshot(whole=self._state is None))

    def _taken(self, outcome: PollSuccess, differences: int | None = None) -> PollSuccess:
        if outcome.snapshot is not None:
            self._state = self._told = sharing(self._told, outcome.snapshot)
            outcome = replace(outcome, snapshot=self._state)
            self._dropped_rows, self._unknown_values = outcome.dropped_rows, outcome.unknown_values
        self._check_at_s = self._monotonic() + self._period_s(CHECK_EVERY_S)
        offered = self._state is not None and bool(self._state.cursor)
        return replace(outcome, held=offered and self._follows, differences=differences)

    def _changes(self, state: Snapshot, cursor: str) -> PollSuccess:
        answer = self._client.changes(cursor, self._hold_s)
        if answer.decoded.dropped_rows:
            # What a row was before is known to be wrong now: only a snapshot tells a state without it.
            raise FeedError(FailureKind.BAD_DATA, f"changes with a bad row: {answer.decoded.dropped_rows[0].path}")
        delta = answer.decoded.delta
        told = bool(delta) and delta.cursor != cursor
        if delta.server_time < state.server_time:  # told before, and told again by a cache; or the clock was set back
            raise FeedError(FailureKind.BAD_DATA, "changes that are older than what they would change")
        self._state = self._told = after = merged(state, delta)
        return PollSuccess(
            snapshot=after if delta else None,
            sent_s=answer.sent_s,
            received_s=answer.received_s,
            size_bytes=answer.size_bytes,
            server_time=delta.server_time,
            date=answer.date,
            dropped_rows=self._dropped_rows,
            unknown_values=self._unknown_values,
            way=Way.CHANGES,
            held=told or _was_held(answer, self._hold_s),
        )

    def _check(self, state: Snapshot, cursor: str) -> PollSuccess | None:
        """A snapshot, and how many rows of the merged state it proves wrong; None where there is none to compare."""
        try:
            outcome = self._client.snapshot(whole=True)
        except FeedError as error:
            self._put_off(error.message)
            return None
        told, differences = outcome.snapshot, None
        if told is None or told.server_time < state.server_time:
            self._put_off("the snapshot is older than what is merged")
            return None
        try:
            since = self._client.changes(cursor, 0.0).decoded.delta
        except FeedError as error:
            _log.info("feed %s: the merged changes could not be checked: %s", self._name, error.message)
        else:
            wrong = Counter(name for name, _ in unexplained(state, told, since))
            differences = wrong.total()
            if wrong:
                rows = ", ".join(f"{count} of {name}" for name, count in wrong.items())
                _log.warning("feed %s: a snapshot differs from the merged changes: %s", self._name, rows)
        return self._taken(outcome, differences)

    def _put_off(self, why: str) -> None:
        self._check_at_s = self._monotonic() + self._period_s(CHECK_AGAIN_S)
        _log.info("feed %s: the merged changes could not be checked: %s", self._name, why)

    def _learn(self, error: FeedError, after_s: float) -> None:
        """From a request for changes that failed after so long: how long to let it be held, or to leave it alone."""
        now_s = self._monotonic()
        if error.kind in _CUT and after_s >= self._hold_s / 2 and self._hold_s > SHORTEST_HOLD_S:
            self._hold_s = max(SHORTEST_HOLD_S, self._hold_s / 2)
            return
        self._failed_s.append(now_s)
        often = len(self._failed_s) == MOST_FAILURES and now_s - self._failed_s[0] <= FAILURES_WITHIN_S
        if error.status in NOT_OFFERED or often:
            self._left_alone_until_s = now_s + self._period_s(ASK_AGAIN_AFTER_S)
            self._failed_s.clear()
            self._hold_s = self._longest_hold_s
            _log.info("feed %s: on with snapshots, for changes are not to be had: %s", self._name, error.message)

    def _period_s(self, longest_s: float) -> float:
        return self._random.uniform(EARLIEST, 1.0) * longest_s


def _was_held(answer: AnsweredChanges, hold_s: float) -> bool:
    """A server that answers "nothing" at once does not know `wait`, and would be asked in a tight loop."""
    return answer.received_s - answer.sent_s >= hold_s / 2
