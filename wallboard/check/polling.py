"""Polls each feed as a wall does, and keeps what it would know."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from wallboard.configuration.options import Configuration, Feed
from wallboard.core.poll import FailureKind, PollFailure, PollSuccess
from wallboard.core.situation import Situation
from wallboard.feed import credentials
from wallboard.feed.poller import Poller, TokenOf
from wallboard.steady import steady_s

Polled = tuple[Situation, float]
"""What one poll and the history told, and the monotonic instant at which."""

MOST_AT_A_TIME = 32
"""Feeds that are polled beside each other: 200 that do not answer within 10 s then take a minute, not half an hour."""

LONGEST_WISH_S = 60.0
"""Of a server to be left alone. Somebody waits at the terminal for what there is to tell."""


def poll(
    configuration: Configuration,
    feeds: Sequence[Feed] | None = None,
    token_of: TokenOf = credentials.token,
    *,
    polls: int = 1,
) -> list[Polled]:
    """Of these feeds, or of all, in their order; with more `polls` than one, at each feed's interval."""
    wanted = configuration.feed if feeds is None else feeds
    with ThreadPoolExecutor(min(MOST_AT_A_TIME, len(wanted))) as threads:
        return list(threads.map(lambda feed: _poll(configuration, feed, token_of, polls), wanted))


def _poll(configuration: Configuration, feed: Feed, token_of: TokenOf, polls: int) -> Polled:
    situation = Situation(configuration.settings(feed))
    poller = Poller(feed, lambda _: None, token_of=token_of)
    try:
        for left in reversed(range(polls)):
            outcome = poller.poll()
            situation.observe(outcome, steady_s())
            if isinstance(outcome, PollFailure) and outcome.kind is FailureKind.UNAUTHORISED:
                break  # many systems lock an account that knocks with a wrong key too often
            if (poller.retry_after_s or 0.0) > LONGEST_WISH_S:
                break
            if left and not (isinstance(outcome, PollSuccess) and outcome.held):
                time.sleep(max(feed.poll_interval_s, poller.retry_after_s or 0.0))
        if situation.backfill_wanted and (history := poller.backfill()) is not None:
            situation.observe(history, steady_s())
    finally:
        poller.close()
    now_s = steady_s()
    situation.advance(now_s)
    return situation, now_s


def clock_offset_s(situation: Situation) -> float | None:
    """Both clocks are read now: the PC's goes on while figures are put together."""
    return situation.clock.clock_offset_s(steady_s(), datetime.now(UTC))
