"""The alarm log as CSV: for a spreadsheet, whatever people wrote into it, and whatever its length."""

from __future__ import annotations

import csv
import os
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from tests.core.builders import ZONE
from tests.history.test_alarmlog import LONG_S, Clock, event
from wallboard.core.alarms import Happening, Severity
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import EVERYTHING, Entry, Selection
from wallboard.history.table import COLUMNS, write
from wallboard.spreadsheet import defused


@pytest.fixture
def log() -> Iterator[AlarmLog]:
    log = AlarmLog(None, wall_clock=Clock(), position="supervisor")
    log.open({})
    yield log
    log.close(LONG_S)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_that_entries_are_written_the_oldest_first_with_local_and_universal_times(log: AlarmLog, tmp_path: Path):
    log.append("bengkalis", [event(key="a", second=1.5, agencies=("damkar", "bpbd"), severity=Severity.CRITICAL)])
    log.append("bengkalis", [event(Happening.CLEARED, "a", 2)])
    assert log.flush(LONG_S)
    out = tmp_path / "alarms.csv"
    assert log.export(Selection(feed_id="bengkalis"), out, ZoneInfo(ZONE)) == 2
    raised, cleared = rows(out)
    assert tuple(raised) == COLUMNS
    assert raised == {
        "id": "2",
        "time": "2025-10-20T10:00:01.500+07:00",
        "time_utc": "2025-10-20T03:00:01.500Z",
        "recorded_utc": "2025-10-20T03:00:00.000Z",
        "position": "supervisor",
        "feed": "bengkalis",
        "happening": "raised",
        "rule": "incident_open",
        "scope": "incident",
        "key": "a",
        "severity": "critical",
        "state": "active_unacknowledged",
        "value": "7200.0",
        "limit": "7200.0",
        "since_utc": "2025-10-20T03:00:01.500Z",
        "rings": "yes",
        "agencies": "damkar bpbd",
        "by": "",
        "note": "",
    }
    assert (cleared["happening"], cleared["state"], cleared["rings"]) == ("cleared", "normal", "no")


def test_that_the_file_is_what_rfc_4180_says_and_what_excel_takes_for_utf_8(log: AlarmLog, tmp_path: Path):
    note = 'kata "uji", baris\nkedua – ✓'
    log.append("bengkalis", [replace(event(Happening.COMMENTED), note=note)])
    assert log.flush(LONG_S)
    out = tmp_path / "alarms.csv"
    log.export(Selection(feed_id="bengkalis"), out)
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid,time,")
    assert raw.endswith(',"kata ""uji"", baris\nkedua – ✓"\r\n'.encode())
    assert rows(out)[0]["note"] == note


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+62 812", "'+62 812"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("gangguan;=1", "gangguan;'=1"),
        ("gangguan\n=1", "gangguan\n'=1"),
        ("a=b, c-d", "a=b, c-d"),
        ("2 - 1", "2 - 1"),
        ("", ""),
    ],
)
def test_that_no_text_is_taken_for_a_formula(text: str, written: str):
    assert defused(text) == written


def test_that_whoever_writes_a_formula_as_a_reason_computes_nothing(log: AlarmLog, tmp_path: Path):
    formula = "=cmd|'/c calc'!A1"
    log.append("bengkalis", [replace(event(Happening.SHELVED, formula, rule=formula), by=formula, note=formula)])
    assert log.flush(LONG_S)
    out = tmp_path / "alarms.csv"
    log.export(Selection(feed_id="bengkalis"), out)
    (row,) = rows(out)
    assert [name for name, cell in row.items() if cell.startswith(("=", "+", "-", "@"))] == []
    assert row["note"] == "'" + formula


@pytest.mark.parametrize("before", [None, "october"])
def test_that_an_export_that_fails_half_way_leaves_the_file_that_was_there(
    log: AlarmLog, tmp_path: Path, before: str | None
):
    log.append("bengkalis", [event(key=str(number)) for number in range(1_000)])
    assert log.flush(LONG_S)
    out = tmp_path / "alarms.csv"
    if before is not None:
        out.write_text(before, encoding="utf-8")

    def broken_off() -> Iterator[Entry]:
        yield from log.read(limit=1_000)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        write(broken_off(), out, None)
    assert [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()] == ([] if before is None else [before])
    log.export(EVERYTHING, out)
    assert ([file.name for file in tmp_path.iterdir()], len(rows(out))) == (["alarms.csv"], 1_001)


def test_that_what_is_no_file_is_written_into_and_not_replaced(log: AlarmLog, tmp_path: Path):
    if sys.platform == "win32":
        pytest.skip("Windows has no such files")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        log.export(EVERYTHING, pipe)
        assert os.read(reading, 10_000).startswith(b"\xef\xbb\xbfid,time,")
    finally:
        os.close(reading)
    assert pipe.is_fifo()


def test_that_a_long_log_is_written_as_it_is_read(log: AlarmLog, tmp_path: Path):
    log.append("bengkalis", [event(key=str(number)) for number in range(15_000)])
    assert log.flush(LONG_S)
    tracemalloc.start()
    try:
        count = log.export(EVERYTHING, tmp_path / "alarms.csv")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 15_001
    assert most < 1_000_000, "of a file of 3 MB"
