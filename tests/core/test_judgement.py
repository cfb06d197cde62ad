"""The alarm system's judgement of itself, as a function of what happened."""

from __future__ import annotations

from tests.core.builders import at
from wallboard.core.judgement import Record, judge


def test_that_a_wall_that_began_to_count_later_than_now_by_a_clock_that_was_set_has_counted_for_no_time():
    judgement = judge(Record(), [], at(60), at(0))
    assert (judgement.since, judgement.until, judgement.performance.mean_per_hour) == (at(0), at(0), None)
