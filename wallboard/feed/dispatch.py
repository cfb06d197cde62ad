"""Reads a server of the dispatch contract: by its changes where it offers them, by snapshots everywhere else.

Whatever goes wrong with changes, the next request is a snapshot, and the snapshot wins.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from wallboard.core.entities import Call, Incident, Snapshot
from wallboard.core.merge import merged, unexplained
from wallboard.core.poll import DroppedRow, FailureKind, PollSuccess, Way
from wallboard.feed.client import AnsweredChanges, DispatchClient
from wallboard.feed.failures import NOT_OFFERED, FeedError
from wallboard.steady import steady_s

LONGEST_HOLD_S = 25.0
"""Proxies cut connections that are silent for longer; 30 s and 60 s are common limits."""

CHECK_EVERY_S = 180.0
"""A snapshot every three minutes shows what merging has got wrong. In a storm that is 360 kB."""

ASK_AGAIN_AFTER_S = 600.0
"""A server that does not offer changes, or a proxy that cuts them, may be another one after an update."""

SHORTEST_HOLD_S = 1.0
"""Where not even that is borne, asking for snapshots is as good."""

MOST_FAILURES = 2
"""Of changes, one after the other, after which they are left alone: one is chance."""

_FINAL = frozenset({FailureKind.UNAUTHORISED, FailureKind.NO_TOKEN, FailureKind.RATE_LIMITED, FailureKind.TLS})
"""What a snapshot would be answered with as well."""

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
    ) -> None:
        self._client = client
        self._hold_s = min(poll_interval_s, LONGEST_HOLD_S)
        self._monotonic = monotonic
        self._name = name
        self._state: Snapshot | None = None
        """What the server told, up to the last change; None where only a snapshot can tell it."""
        self._dropped_rows: tuple[DroppedRow, ...] = ()
        self._unknown_values: Mapping[str, int] = {}
        self._checked_s = 0.0
        self._failures = 0
        self._left_alone_until_s: float | None = None

    def close(self) -> None:
        self._client.close()

    def abort(self) -> None:
        self._client.abort()

    def calls(self, received_after: datetime) -> Iterator[tuple[Call, ...]]:
        return self._client.calls(received_after)

    def incidents(self, reported_after: datetime) -> Iterator[tuple[Incident, ...]]:
        return self._client.incidents(reported_after)

    def poll(self) -> PollSuccess:
        state = self._state
        if state is None or not state.cursor or not self._follows:
            return self._snapshot()
        if self._monotonic() - self._checked_s >= CHECK_EVERY_S:
            return self._check(state, state.cursor)
        asked_s = self._monotonic()
        try:
            return self._changes(state, state.cursor)
        except FeedError as error:
            self._state = None
            if error.kind in _FINAL:
                raise
            self._learn(error, self._monotonic() - asked_s)
        return self._snapshot()

    @property
    def _follows(self) -> bool:
        return self._left_alone_until_s is None or self._monotonic() >= self._left_alone_until_s

    def _snapshot(self) -> PollSuccess:
        # Without a state the tag is that of a snapshot which changes were merged into: it must not be confirmed.
        return self._taken(self._client.snapshot(whole=self._state is None))

    def _taken(self, outcome: PollSuccess, differences: int | None = None) -> PollSuccess:
        if outcome.snapshot is not None:
            self._state = outcome.snapshot
            self._dropped_rows, self._unknown_values = outcome.dropped_rows, outcome.unknown_values
        self._checked_s = self._monotonic()
        offered = self._state is not None and bool(self._state.cursor)
        return replace(outcome, held=offered and self._follows, differences=differences)

    def _changes(self, state: Snapshot, cursor: str) -> PollSuccess:
        answer = self._client.changes(cursor, self._hold_s)
        if answer.decoded.dropped_rows:
            # What a row was before is known to be wrong now: only a snapshot tells a state without it.
            raise FeedError(FailureKind.BAD_DATA, f"changes with a bad row: {answer.decoded.dropped_rows[0].path}")
        delta = answer.decoded.delta
        if delta.server_time < state.server_time:  # told before, and told again by a cache; or the clock was set back
            raise FeedError(FailureKind.BAD_DATA, "changes that are older than what they would change")
        self._failures = 0
        self._state = after = merged(state, delta)
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
            held=bool(delta) or _was_held(answer, self._hold_s),
        )

    def _check(self, state: Snapshot, cursor: str) -> PollSuccess:
        """A snapshot, and how many rows of the merged state it proves wrong."""
        outcome = self._client.snapshot(whole=True)
        told, differences = outcome.snapshot, None
        if told is not None:
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

    def _learn(self, error: FeedError, after_s: float) -> None:
        """From a request for changes that failed after so long: how long to let it be held, or to leave it alone."""
        if error.kind in _CUT and after_s >= self._hold_s / 2 and self._hold_s > SHORTEST_HOLD_S:
            self._hold_s = max(SHORTEST_HOLD_S, self._hold_s / 2)
            return
        self._failures += 1
        if error.status in NOT_OFFERED or self._failures >= MOST_FAILURES:
            self._left_alone_until_s = self._monotonic() + ASK_AGAIN_AFTER_S
            self._failures = 0
            _log.info("feed %s: on with snapshots, for changes are not to be had: %s", self._name, error.message)


def _was_held(answer: AnsweredChanges, hold_s: float) -> bool:
    """A server that answers "nothing" at once does not know `wait`, and would be asked in a tight loop."""
    return answer.received_s - answer.sent_s >= hold_s / 2
