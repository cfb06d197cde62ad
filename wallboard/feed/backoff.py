"""When to ask next, so that many walls never ask in step.

After a failure: exponential back-off with full jitter, capped, without end. Full jitter spreads a hundred walls that
lost the same server at the same moment over the whole window, so that their return does not fell it again. After a
start: at a phase of the wall's own.
"""

from __future__ import annotations

from random import Random

from wallboard.core.poll import FailureKind, PollFailure

LONGEST_S = 30.0
"""Of a window. Half of it is how long a wall stays grey, on average, after its server is back."""

SHORTEST_S = 0.5
"""A window may not shrink to nothing: a server that refuses at once would be asked in a tight loop."""

WRONG_TOKEN_S = 60.0
"""A person has to act, on this machine, and many systems lock an account that knocks with a wrong key too often."""

LONGEST_RETRY_AFTER_S = 3600.0
"""A server may ask for an hour's peace; a longer wish is taken for a mistake."""

LONGEST_UNSURE_RETRY_AFTER_S = 60.0
"""A wish until an instant of a clock that nobody has told yet, judged by this PC's, which may be hours wrong."""

_WRONG_TOKEN = frozenset(
    {
        FailureKind.NO_TOKEN,
        FailureKind.KEYRING,
        FailureKind.UNAUTHORISED,
        FailureKind.PROXY_UNAUTHORISED,
        FailureKind.CERTIFICATE_FILE,
        FailureKind.CLIENT_CERTIFICATE,
    }
)


def out_of_step_s(interval_s: float, random: Random) -> float:
    """Seconds from a wall's first poll to its second, after which the interval is kept.

    Walls that start together, as after a power cut, ask together once. From then on they are spread evenly over an
    interval; half of one is left at least, so that no server is asked twice at once.
    """
    return interval_s * random.uniform(0.5, 1.5)


class Backoff:
    def __init__(self, interval_s: float, random: Random) -> None:
        self._interval_s = interval_s
        self._random = random
        self._failures = 0

    def reset(self) -> None:
        """After a good poll."""
        self._failures = 0

    def after(self, failure: PollFailure, retry_after_s: float | None) -> float:
        """Seconds until the next poll; `retry_after_s` is what the server asked for, if it did, and is believed in."""
        if failure.kind in _WRONG_TOKEN:
            wait_s = WRONG_TOKEN_S * self._random.uniform(0.75, 1.25)
        else:
            # Beyond 2^16 every interval is capped; Python's floats end at 2^1024.
            window_s = min(self._interval_s * 2 ** min(self._failures, 16), max(LONGEST_S, self._interval_s))
            wait_s = max(SHORTEST_S, self._random.uniform(0, window_s))
        self._failures += 1
        if retry_after_s is None:
            return wait_s
        # A date is the same instant for every wall.
        return max(wait_s, retry_after_s + self._random.uniform(0, self._interval_s))
