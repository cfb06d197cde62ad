"""Snapshots, the changes between them, and pages of the history, whatever the order of events."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallboard.core.entities import Disposition, UnitStatus
from wallboard.demo import ledger
from wallboard.demo.ledger import CursorExpired, Ledger, page_of
from wallboard.demo.rows import Call, Unit

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)

calls = st.builds(
    lambda number, minute, disposition: Call(
        id=f"c{number}", received_at=MIDNIGHT + timedelta(minutes=minute), disposition=disposition
    ),
    st.integers(0, 4),
    st.integers(0, 2),
    st.sampled_from(Disposition),
)
units = st.builds(
    lambda number, status: Unit(id=f"u{number}", agency_id="a", name=f"Unit {number}", status=status),
    st.integers(0, 4),
    st.sampled_from(UnitStatus),
)
events = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.one_of(calls, units)),
        st.tuples(st.just("leave"), calls),
        st.tuples(st.just("forget"), calls),
    ),
    max_size=30,
)


def happen(book, event):
    what, row = event
    getattr(book, what)(row)


def lists(book):
    document = json.loads(b"{%b}" % book.lists())
    return {name: {row["id"]: row for row in rows} for name, rows in document.items()}


def advanced(held, changes):
    """The lists of a wall that held `held` and was then told these changes."""
    told = {name: dict(rows) for name, rows in held.items()}
    for name, rows in changes["upserts"].items():
        told[name] |= {row["id"]: row for row in rows}
    for name, row_ids in changes["removed"].items():
        for row_id in row_ids:
            told[name].pop(row_id, None)
    return told


@given(events)
def test_that_changes_since_any_cursor_lead_from_the_snapshot_of_then_to_that_of_now(happened):
    book = Ledger()
    snapshots = {book.version: lists(book)}
    for event in happened:
        happen(book, event)
        snapshots[book.version] = lists(book)
    assert set(snapshots) == set(range(book.version + 1)), "each event is one change at most"
    for version, held in snapshots.items():
        changes = json.loads(b"{%b}" % book.changes_since(version))
        assert advanced(held, changes) == lists(book)
        if version == book.version:
            assert changes == {"upserts": {}, "removed": {}}


@given(events)
def test_that_the_version_counts_what_a_wall_can_see(happened):
    book = Ledger()
    for event in happened:
        before, version = lists(book), book.version
        happen(book, event)
        assert (book.version != version) == (lists(book) != before)


def test_that_a_cursor_older_than_the_changes_kept_has_expired(monkeypatch):
    monkeypatch.setattr(ledger, "CHANGES_KEPT", 10)
    book = Ledger()
    for number in range(25):
        book.put(Unit(id=f"u{number}", agency_id="a", name="Unit", status=UnitStatus.AVAILABLE))
    assert len(json.loads(b"{%b}" % book.changes_since(15))["upserts"]["units"]) == 10
    for version in (14, 0, -1, 26):
        with pytest.raises(CursorExpired):
            book.changes_since(version)


@given(
    rows=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10), max_size=12),
    bounds=st.tuples(st.none() | st.integers(0, 11), st.none() | st.integers(0, 11)),
    size=st.integers(1, 5),
)
def test_that_pages_hold_each_row_between_the_bounds_once_oldest_first(rows, bounds, size):
    history = {
        row_id: Call(id=row_id, received_at=MIDNIGHT + timedelta(hours=hour), disposition=Disposition.PENDING)
        for row_id, hour in rows.items()
    }
    after, before = (None if hour is None else MIDNIGHT + timedelta(hours=hour) for hour in bounds)
    paged, beyond, pages = [], None, 0
    while pages == 0 or beyond is not None:
        page, beyond = page_of(history, after=after, before=before, beyond=beyond, size=size)
        assert len(page) == size or beyond is None
        paged += page
        pages += 1
    expected = [
        row
        for row in history.values()
        if (after is None or row.received_at >= after) and (before is None or row.received_at < before)
    ]
    assert paged == sorted(expected, key=lambda row: (row.received_at, row.id))
    assert pages == max(1, -(-len(paged) // size)), "no empty page at the end"
