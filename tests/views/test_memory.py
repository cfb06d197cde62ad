"""What a wall that runs for months must not pile up, counted in blocks of memory."""

from __future__ import annotations

import gc
import sys
from itertools import pairwise

from wallboard.core.poll import PollSuccess

WARM_UP = 300
"""Seconds in which every cache on the way has been filled."""

SECONDS = 150
WINDOWS = 4
NOISE = 75
"""Blocks that come and go meanwhile: half of what one that stays behind each second would make."""


def test_that_seconds_in_which_nothing_happens_leave_no_memory_behind(show, qapp):
    made = show("quiet", size=(1366, 768))

    def blocks_after(seconds):
        for _ in range(seconds):
            made.pass_time(1)
            unchanged = PollSuccess(snapshot=None, sent_s=made.now_s, received_s=made.now_s, size_bytes=0)
            made.store.receive(unchanged)
            qapp.processEvents()
        return sys.getallocatedblocks()

    gc.collect()  # empties the free lists of CPython, which hide what earlier tests have left in them
    counts = [blocks_after(WARM_UP), *(blocks_after(SECONDS) for _ in range(WINDOWS))]
    # What stays behind each second shows in every window; a cache that fills shows in one.
    assert min(after - before for before, after in pairwise(counts)) < NOISE
