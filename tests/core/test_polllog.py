"""What is kept of the last polls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import call, snapshot
from wallboard.core.poll import DroppedRow, FailureKind, PollFailure, PollSuccess, Way
from wallboard.core.polllog import KEPT, PollLog


def success(ends_s=0.0, took_s=0.1, **fields):
    return PollSuccess(snapshot=None, sent_s=ends_s - took_s, received_s=ends_s, size_bytes=7, **fields)


def failure(kind=FailureKind.TIMEOUT, ends_s=0.0):
    return PollFailure(kind=kind, message=f"it is {kind}", sent_s=ends_s - 10, failed_s=ends_s)


def test_that_a_poll_is_kept_with_what_it_took_and_brought():
    log = PollLog()
    dropped = (DroppedRow("calls[0].id", "missing"),)
    log.observe(
        PollSuccess(
            snapshot=snapshot(calls=[call("a"), call("b")]),
            sent_s=3.0,
            received_s=3.5,
            size_bytes=900,
            dropped_rows=dropped,
        )
    )
    (record,) = log.records
    assert (record.at_s, record.duration_s, record.size_bytes, record.rows, record.dropped_rows) == (
        3.5,
        0.5,
        900,
        2,
        1,
    )
    assert record.failure is None


def test_that_an_unchanged_poll_has_no_rows_and_not_none_of_them():
    log = PollLog()
    log.observe(success())
    assert log.records[0].rows is None


@given(st.lists(st.sampled_from([*FailureKind, None]), max_size=3 * KEPT))
def test_that_the_last_hundred_are_kept_and_all_are_counted(kinds):
    log = PollLog()
    for second, kind in enumerate(kinds):
        log.observe(success(second) if kind is None else failure(kind, second))
    assert [record.failure for record in log.records] == kinds[-KEPT:]
    assert log.good == kinds.count(None)
    assert log.failed.total() == len(kinds) - kinds.count(None)
    assert [record.failure for record in log.failures()] == [kind for kind in reversed(kinds[-KEPT:]) if kind]


def test_that_latency_is_that_of_requests_which_are_not_held():
    log = PollLog()
    assert log.latency() is None
    for milliseconds in range(1, 101):
        log.observe(success(took_s=milliseconds / 1000))
    latency = log.latency()
    assert latency is not None
    assert [latency.n, *(round(one, 6) for one in (latency.p50_s, latency.p95_s, latency.p99_s))] == [
        100,
        0.05,
        0.095,
        0.099,
    ]
    for _ in range(KEPT):
        log.observe(success(took_s=2.0, way=Way.CHANGES))
    assert log.latency() is None


def test_that_differences_are_counted_over_all_checks():
    log = PollLog()
    for differences in (None, 0, 3, None, 2):
        log.observe(success(differences=differences))
    assert (log.checks, log.differences) == (3, 5)
