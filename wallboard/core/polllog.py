"""The last polls of a feed, and what they say about the line to it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from msgspec import Struct

from wallboard.core.metrics import nearest_rank
from wallboard.core.poll import FailureKind, PollFailure, PollSuccess, Way

KEPT = 100
"""Polls: three minutes at an interval of two seconds."""


class PollRecord(Struct, frozen=True, kw_only=True):
    """One poll. `at_s` is when it ended, in monotonic seconds; `rows` is None where nothing had changed or failed.

    `duration_s` of changes is mostly the time for which the server held the request.
    """

    at_s: float
    duration_s: float
    size_bytes: int = 0
    way: Way | None = None
    rows: int | None = None
    dropped_rows: int = 0
    failure: FailureKind | None = None
    message: str = ""


class Latency(Struct, frozen=True, kw_only=True):
    """Nearest ranks of the duration of requests that were not held, in seconds, over `n` of them."""

    n: int
    p50_s: float
    p95_s: float
    p99_s: float


class PollLog:
    """`good`, `failed` and `differences` count since the start; a difference is a row in which merged changes were
    wrong, as a snapshot showed.
    """

    def __init__(self) -> None:
        self.records: deque[PollRecord] = deque(maxlen=KEPT)
        self.good = 0
        self.failed: Counter[FailureKind] = Counter()
        self.differences = 0
        self.checks = 0
        """How often a snapshot was compared with merged changes."""

    def observe(self, outcome: PollSuccess | PollFailure) -> None:
        if isinstance(outcome, PollFailure):
            self.failed[outcome.kind] += 1
            self.records.append(
                PollRecord(
                    at_s=outcome.failed_s,
                    duration_s=outcome.failed_s - outcome.sent_s,
                    failure=outcome.kind,
                    message=outcome.message,
                )
            )
            return
        self.good += 1
        if outcome.differences is not None:
            self.checks += 1
            self.differences += outcome.differences
        told = outcome.snapshot
        lists = () if told is None else (told.agencies, told.units, told.call_takers, told.calls, told.incidents)
        self.records.append(
            PollRecord(
                at_s=outcome.received_s,
                duration_s=outcome.received_s - outcome.sent_s,
                size_bytes=outcome.size_bytes,
                way=outcome.way,
                rows=None if told is None else sum(map(len, lists)),
                dropped_rows=len(outcome.dropped_rows),
            )
        )

    def latency(self) -> Latency | None:
        """None while no request that was not held has come to a good end."""
        return _latency(one.duration_s for one in self.records if one.way is Way.SNAPSHOT)

    def failures(self) -> list[PollRecord]:
        """Of the last polls, those that failed, the latest first."""
        return [one for one in reversed(self.records) if one.failure is not None]


def _latency(durations_s: Iterable[float]) -> Latency | None:
    ordered = sorted(durations_s)
    p50_s, p95_s, p99_s = (nearest_rank(ordered, share) for share in (0.50, 0.95, 0.99))
    if p50_s is None or p95_s is None or p99_s is None:
        return None
    return Latency(n=len(ordered), p50_s=p50_s, p95_s=p95_s, p99_s=p99_s)
