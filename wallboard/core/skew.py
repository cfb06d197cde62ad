"""How wrong this PC's wall clock is: nothing is computed from it, and yet somebody should set it right."""

from __future__ import annotations

LARGEST_SKEW_S = 2.0
"""What people who compare two clocks notice, and far more than a PC with a time service is ever off by."""

DEAD_BAND_S = 0.5
"""How far below that a skew must come to be told no longer: clocks drift past a limit slowly, and to and fro."""


class SkewWatch:
    def __init__(self) -> None:
        self._told = False

    def pc_ahead_s(self, offset_s: float | None, error_s: float | None) -> float | None:
        """By how many seconds the PC is ahead, below 0 behind, where that is surely too much; otherwise None.

        `offset_s` is the server's clock minus the PC's, `error_s` by how much that may err; None: unknown.
        """
        if offset_s is None or error_s is None:
            return None
        limit_s = LARGEST_SKEW_S - (DEAD_BAND_S if self._told else 0.0)
        self._told = abs(offset_s) - error_s > limit_s
        return -offset_s if self._told else None
