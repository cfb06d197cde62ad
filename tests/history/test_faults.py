"""What can be wrong with a file or a disk: events wait, nothing is deleted, and it is said."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.core.builders import at
from tests.history.histories import rules
from tests.history.test_alarmlog import LONG_S, Clock, event
from wallboard.core.alarms import Happening, Scope, Standing, Subject
from wallboard.history import alarmlog, schema
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import Occurrence, Selection, TroubleKind, UnreadableError
from wallboard.history.reader import LogReader

SOON_S = 0.01
"""Between attempts."""

RULES = rules(latched=False)


@contextmanager
def opened(path: Path | None, clock: Clock | None = None, **options: object) -> Iterator[AlarmLog]:
    log = AlarmLog(path, wall_clock=clock or Clock(), retry_s=SOON_S, **options)  # type: ignore[arg-type]
    log.open({"bengkalis": RULES}, "1.0")
    try:
        yield log
    finally:
        log.close(LONG_S)


def alarms(log: AlarmLog) -> list[str]:
    """What the log tells of alarms, the oldest first."""
    return [entry.key for entry in reversed(log.read(Selection(happenings=list(Happening))))]


def occurrences(log: AlarmLog, *kinds: Occurrence) -> list[str]:
    return [entry.note for entry in reversed(log.read(Selection(happenings=kinds)))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alarms.sqlite3"


def until(condition) -> None:
    """The log's thread works at its own pace; it has no signal for what it does not tell."""
    ends = time.monotonic() + LONG_S
    waiting = threading.Event()
    while not condition():
        assert time.monotonic() < ends
        waiting.wait(SOON_S)


class Disk:
    """Refuses commits as long as it is full: sqlite3 is asked through it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.full_at: str | None = None
        """The key of the alarm that there is no more room for."""
        transaction = schema.transaction

        @contextmanager
        def refusing(connection: sqlite3.Connection) -> Iterator[None]:
            with transaction(connection):
                yield
                last = connection.execute("SELECT key FROM entries ORDER BY id DESC LIMIT 1").fetchone()
                if self.full or (last is not None and last[0] == self.full_at):
                    error = sqlite3.OperationalError("database or disk is full")
                    error.sqlite_errorcode = sqlite3.SQLITE_FULL
                    raise error

        monkeypatch.setattr(schema, "transaction", refusing)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_that_events_wait_while_the_disk_is_full_and_are_written_once_there_is_room(path: Path, disk: Disk):
    with opened(path) as log:
        assert log.flush(LONG_S)
        assert log.trouble is None
        disk.full = True
        log.append("bengkalis", [event(key="a"), event(key="b")])
        until(lambda: log.trouble is not None)
        log.append("bengkalis", [event(key="c")])
        assert alarms(log) == []
        trouble = log.trouble
        assert trouble is not None
        assert (trouble.kind, trouble.waiting, trouble.lost) == (TroubleKind.FULL, 3, 0)
        disk.full = False
        assert log.flush(LONG_S)
        assert alarms(log) == ["a", "b", "c"]
        until(lambda: log.trouble is None)


def test_that_what_reached_the_disk_though_its_commit_failed_is_not_written_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    failures = ["once"]
    transaction = schema.transaction

    @contextmanager
    def doubtful(connection: sqlite3.Connection) -> Iterator[None]:
        with transaction(connection):
            yield
        if failures:
            failures.pop()
            raise sqlite3.OperationalError("disk I/O error")

    with opened(path) as log:
        assert log.flush(LONG_S)
        monkeypatch.setattr(schema, "transaction", doubtful)
        log.append("bengkalis", [event(key="a"), event(key="b")])
        log.append("bengkalis", [event(key="c")])
        assert log.flush(LONG_S)
        assert failures == []
        assert alarms(log) == ["a", "b", "c"]


def test_that_a_disk_that_fills_up_between_entries_written_one_by_one_has_none_of_them_twice(path: Path, disk: Disk):
    beyond = replace(event(key="beyond"), value=2**70)
    with opened(path) as log:
        assert log.flush(LONG_S)
        disk.full_at = "c"
        log.append("bengkalis", [event(key="a"), beyond, event(key="b"), event(key="c"), event(key="d")])
        until(lambda: log.trouble is not None and log.trouble.kind is TroubleKind.FULL)
        disk.full_at = None
        until(lambda: alarms(log) == ["a", "b", "c", "d"])


def test_that_a_disk_that_damages_every_file_is_not_filled_with_them(path: Path, monkeypatch: pytest.MonkeyPatch):
    def damaged(_: sqlite3.Connection) -> None:
        raise schema.DamagedFileError

    monkeypatch.setattr(schema, "check", damaged)
    with opened(path) as log:
        until(lambda: log.trouble is not None and log.trouble.kind is TroubleKind.UNUSABLE)
        names = [one.name for one in path.parent.iterdir() if ".damaged-" in one.name]
        assert len(names) == alarmlog.MOST_SET_ASIDE


def test_that_what_finds_no_room_in_memory_is_counted_and_said(path: Path, disk: Disk):
    with opened(path, most_waiting=10) as log:
        assert log.flush(LONG_S)
        disk.full = True
        log.append("bengkalis", [event(key="first")])
        until(lambda: log.trouble is not None)
        log.append("bengkalis", [event(key=str(number)) for number in range(14)])
        until(lambda: log.trouble is not None and log.trouble.lost == 5)
        assert not log.flush(SOON_S)
        disk.full = False
        assert log.flush(LONG_S)
        assert len(alarms(log)) == 10
        until(lambda: occurrences(log, Occurrence.ENTRIES_LOST) == ["5"])
        until(lambda: log.trouble is not None and log.trouble.kind is TroubleKind.LOST)


def test_that_nothing_is_lost_of_many_entries_at_once_while_they_are_written(path: Path):
    with opened(path, most_waiting=10) as log:
        log.append("bengkalis", [event(key=str(number)) for number in range(500)])
        assert log.flush(LONG_S)
        assert log.trouble is None
        assert len(alarms(log)) == 500


def test_that_what_waits_for_a_disk_that_does_not_answer_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch):
    answers, asked = threading.Event(), threading.Event()
    transaction = schema.transaction

    @contextmanager
    def slow(connection: sqlite3.Connection) -> Iterator[None]:
        asked.set()
        answers.wait(LONG_S)
        with transaction(connection):
            yield

    with opened(path, most_waiting=10) as log:
        assert log.flush(LONG_S)
        monkeypatch.setattr(schema, "transaction", slow)
        monkeypatch.setattr(alarmlog, "LONGEST_WRITE_S", -1.0)  # over at once, by a clock of coarse steps too
        log.append("bengkalis", [event(key="in hand")])
        assert asked.wait(LONG_S)
        log.append("bengkalis", [event(key=str(number)) for number in range(15)])
        answers.set()
        assert log.flush(LONG_S)
        assert alarms(log) == ["in hand", *map(str, range(6, 15))]


def test_that_appending_does_not_wait_for_a_disk_that_does_not_answer(path: Path, monkeypatch: pytest.MonkeyPatch):
    answers = threading.Event()
    transaction = schema.transaction

    @contextmanager
    def slow(connection: sqlite3.Connection) -> Iterator[None]:
        answers.wait(LONG_S)
        with transaction(connection):
            yield

    with opened(path) as log:
        assert log.flush(LONG_S)
        monkeypatch.setattr(schema, "transaction", slow)
        log.append("bengkalis", [event(key="a")])
        until(lambda: log.trouble is None and not log.flush(0))
        log.append("bengkalis", [event(key="b")])
        assert not log.flush(SOON_S)
        answers.set()
        assert log.flush(LONG_S)
        assert alarms(log) == ["a", "b"]


def test_that_a_file_that_may_not_grow_is_a_full_disk(path: Path):
    if sys.platform == "win32":
        pytest.skip("the limit is Unix'")
    import resource
    import signal

    with opened(path) as log:
        assert log.flush(LONG_S)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
        try:
            log.append("bengkalis", [event(key=str(number)) for number in range(2_000)])
            until(lambda: log.trouble is not None)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)
        assert log.flush(LONG_S)
        assert len(log.read(Selection(happenings=[Happening.RAISED]), limit=5_000)) == 2_000
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_that_a_folder_that_cannot_be_made_is_said_and_tried_again(tmp_path: Path):
    in_the_way = tmp_path / "states"
    in_the_way.write_text("a file where the folder should be")
    with opened(in_the_way / "alarms.sqlite3") as log:
        log.append("bengkalis", [event(key="a")])
        until(lambda: log.trouble is not None)
        assert log.trouble is not None
        assert log.trouble.kind is TroubleKind.UNREACHABLE
        assert log.last_events("bengkalis") == ()
        with pytest.raises(UnreadableError):
            log.read()
        in_the_way.unlink()
        assert log.flush(LONG_S)
        assert alarms(log) == ["a"]


def test_that_a_file_that_is_read_only_is_said_and_the_alarms_are_restored_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    with opened(path) as log:
        log.append("bengkalis", [event(key="a")])
    connect = schema.connect

    def read_only(uri: str, **options) -> sqlite3.Connection:
        connection = connect(uri, **options)
        connection.execute("PRAGMA query_only = ON")  # a test may run as somebody who may write anything
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(schema, "connect", read_only)
        log = AlarmLog(path, wall_clock=Clock(), retry_s=SOON_S)
        log.open({"bengkalis": RULES})
        until(lambda: log.trouble is not None)
        assert log.trouble is not None
        assert log.trouble.kind is TroubleKind.READ_ONLY
        assert [last.subject.key for last in log.last_events("bengkalis")] == ["a"]
    log.append("bengkalis", [event(key="b")])
    assert log.flush(LONG_S)
    assert alarms(log) == ["a", "b"]
    assert log.close(LONG_S)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="whoever runs this may write anything")
def test_that_of_a_folder_that_is_read_only_the_alarms_are_restored_and_the_log_is_read(path: Path):
    with opened(path) as log:
        log.append("bengkalis", [event(key="a")])
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        with opened(path) as log:
            until(lambda: log.trouble is not None)
            assert log.trouble is not None
            assert log.trouble.kind is TroubleKind.READ_ONLY
            assert [last.subject.key for last in log.last_events("bengkalis")] == ["a"]
            assert alarms(log) == ["a"]
    finally:
        path.parent.chmod(0o755)


def test_that_an_entry_that_was_confirmed_is_on_the_disk(path: Path):
    with opened(path) as log, closing(log._connect()) as connection:
        (synchronous,), (journal,) = (
            connection.execute(f"PRAGMA {name}").fetchone() for name in ("synchronous", "journal_mode")
        )
        assert (synchronous, journal) == (2, "wal"), "FULL: each commit is synchronised (sqlite.org/pragma.html)"


def test_that_a_file_that_is_no_database_is_set_aside_and_a_new_one_begun(path: Path, clock: Clock):
    path.write_bytes(b"this is not a database, but it may be somebody's" * 100)
    with opened(path, clock) as log:
        log.append("bengkalis", [event(key="a")])
        assert log.flush(LONG_S)
        aside = path.with_name("alarms.sqlite3.damaged-20251020T030000Z")
        assert aside.read_bytes().startswith(b"this is not a database")
        assert log.trouble is not None
        assert (log.trouble.kind, log.trouble.file) == (TroubleKind.SET_ASIDE, aside.name)
        assert occurrences(log, Occurrence.LOG_SET_ASIDE) == [aside.name]
        assert alarms(log) == ["a"]
        assert len(occurrences(log, Occurrence.RULE_ADDED)) == len(RULES)
    with opened(path, clock) as log:
        assert log.flush(LONG_S)
        assert log.trouble is None


@pytest.fixture
def clock() -> Clock:
    return Clock()


def damage(path: Path) -> None:
    """Overwrite the pages of the entries, but neither the header nor what says where alarms stand."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        (index,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entries_at'").fetchone()
    with path.open("r+b") as file:
        file.seek((index - 1) * size)
        file.write(b"\xff" * size)


def test_that_what_still_can_be_read_of_a_damaged_file_goes_on_in_the_next(path: Path, clock: Clock):
    with opened(path, clock) as log:
        log.append("bengkalis", [event(key="a"), event(key="b"), event(Happening.CLEARED, "b")])
    damage(path)
    with opened(path, clock) as log:
        until(lambda: log.trouble is not None and log.trouble.kind is TroubleKind.SET_ASIDE)
        log.append("bengkalis", [event(key="c")])
        assert log.flush(LONG_S)
        assert alarms(log) == ["a", "c"]
        assert [last.subject.key for last in log.last_events("bengkalis")] == ["a", "c"]


@pytest.mark.parametrize(
    ("column", "garbage"),
    [
        ("happening", "invented"),
        ("scope", "invented"),
        ("severity", 9),
        ("agencies", "no JSON"),
        ("at_us", 2**62),
    ],
)
def test_that_a_row_that_is_no_entry_is_told_as_damage(path: Path, column: str, garbage: object):
    with opened(path) as log:
        log.append("bengkalis", [event(rule="agency_load", key="a1")])
        assert log.flush(LONG_S)
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER entries_are_never_changed")
    connection.execute(f"UPDATE entries SET {column} = ? WHERE scope IS NOT NULL", (garbage,))
    connection.commit()
    connection.close()
    reader = LogReader(path)
    for read in (reader.read, lambda: reader.standing("", "bengkalis")):
        with pytest.raises(UnreadableError) as refused:
            read()
        assert refused.value.kind is TroubleKind.UNUSABLE


def test_that_a_file_of_a_later_version_is_set_aside_and_not_lost(path: Path, clock: Clock):
    with opened(path, clock) as log:
        log.append("bengkalis", [event(key="later")])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with opened(path, clock) as log:
        assert log.flush(LONG_S)
        assert alarms(log) == []
        (name,) = occurrences(log, Occurrence.LOG_SET_ASIDE)
        assert name == "alarms.sqlite3.newer-20251020T030000Z"
        with closing(sqlite3.connect(path.with_name(name))) as connection:
            assert connection.execute("SELECT key FROM entries WHERE key <> ''").fetchall() == [("later",)]


def test_that_two_files_that_are_set_aside_within_a_second_have_names_of_their_own(path: Path):
    for text in ("one", "two"):
        path.write_text(text)
        schema.set_aside(path, schema.DAMAGED, at(0))
    assert sorted(one.read_text() for one in path.parent.iterdir()) == ["one", "two"]


def test_that_another_programs_database_is_left_alone(path: Path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (precious)")
    before = path.read_bytes()
    with opened(path) as log:
        until(lambda: log.trouble is not None)
        assert log.trouble is not None
        assert log.trouble.kind is TroubleKind.FOREIGN
    assert path.read_bytes() == before


def test_that_a_file_of_an_earlier_version_goes_on_with_all_that_is_in_it(path: Path, monkeypatch: pytest.MonkeyPatch):
    with opened(path) as log:
        log.append("bengkalis", [event(key="a")])
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ("CREATE TABLE afterthoughts (text TEXT) STRICT",)))
    with opened(path) as log:
        log.append("bengkalis", [event(key="b")])
        assert log.flush(LONG_S)
        assert alarms(log) == ["a", "b"]
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (2,)
            assert connection.execute("SELECT count(*) FROM afterthoughts").fetchone() == (0,)


def test_that_an_entry_that_cannot_be_written_holds_up_none_of_the_others(path: Path):
    beyond = replace(event(key="b"), value=2**70)  # no number of SQLite's
    with opened(path) as log:
        log.append("bengkalis", [event(key="a"), beyond, event(key="half a pair \ud83d")])
        until(lambda: log.trouble is not None and log.trouble.lost == 1)
        log.append("bengkalis", [event(key="c")])
        assert log.flush(LONG_S)
        assert alarms(log) == ["a", "half a pair ?", "c"]
        until(lambda: occurrences(log, Occurrence.ENTRIES_LOST) == ["1"])


def test_that_nothing_that_was_written_can_be_changed_or_taken_away(path: Path):
    with opened(path) as log:
        log.append("bengkalis", [event(key="a")])
    with closing(sqlite3.connect(path)) as connection:
        for statement in (
            "UPDATE entries SET note = 'never was'",
            "DELETE FROM entries",
        ):
            with pytest.raises(sqlite3.Error, match="append-only"):
                connection.execute(statement)


def test_that_two_walls_share_a_file_and_are_restored_each_from_its_own(path: Path):
    with opened(path, position="supervisor") as one, opened(path, position="call taker 3") as other:
        for number in range(20):
            one.append("bengkalis", [event(key=f"one {number}")])
            other.append("bengkalis", [event(key=f"other {number}")])
            assert one.flush(LONG_S)
        assert other.flush(LONG_S)
        assert len(alarms(one)) == 40
        assert {last.subject.key for last in one.last_events("bengkalis")} == {f"one {number}" for number in range(20)}
        assert len(other.last_events("bengkalis")) == 20
        assert occurrences(one, Occurrence.PROGRAM_BROKE_OFF) == []


# Clocks and retention -------------------------------------------------------------------------------------------------

DAY = timedelta(days=1)


def test_that_what_is_older_than_it_is_kept_goes_and_the_last_word_on_an_alarm_stays(path: Path, clock: Clock):
    with opened(path, clock) as log:
        log.append("bengkalis", [event(key="over"), event(Happening.CLEARED, "over"), event(key="stands")])
    clock.now += 11 * DAY
    with opened(path, clock, keep_days=10) as log:
        until(lambda: log._housekeeping_at_s > 0)
        assert alarms(log) == ["over", "over", "stands"], "the server's clock has not said that they are old"
        log.append("bengkalis", [event(key="new", second=11 * 86_400)])
        assert log.flush(LONG_S)
    with opened(path, clock, keep_days=10) as log:
        until(lambda: "over" not in alarms(log))
        assert alarms(log) == ["stands", "new"]
        assert [last.subject.key for last in log.last_events("bengkalis")] == ["stands", "new"]


@pytest.mark.parametrize("ahead", ["the PC's", "the server's"])
def test_that_a_clock_that_is_years_ahead_does_not_empty_the_log(path: Path, clock: Clock, ahead: str):
    with opened(path, clock) as log:
        log.append("bengkalis", [event(key="a"), event(Happening.CLEARED, "a", 1)])
    if ahead == "the PC's":
        clock.now += 3_650 * DAY
    with opened(path, clock, keep_days=10) as log:
        if ahead == "the server's":
            log.append("bengkalis", [event(key="b", second=3_650 * 86_400.0)])
        assert log.flush(LONG_S)
    with opened(path, clock, keep_days=10) as log:
        until(lambda: log.trouble is None and log._housekeeping_at_s > 0)
        assert alarms(log)[:2] == ["a", "a"]


def test_that_a_clock_that_is_set_back_changes_neither_the_order_nor_where_an_alarm_stands(path: Path, clock: Clock):
    with opened(path, clock) as log:
        log.append("bengkalis", [event(key="a", second=100)])
        clock.now -= 3_650 * DAY
        log.append("bengkalis", [event(Happening.CLEARED, "a", 50), event(key="b", second=40)])
        assert log.flush(LONG_S)
        assert alarms(log) == ["a", "a", "b"]
        assert [last.subject.key for last in log.last_events("bengkalis")] == ["b"]


# Rules and programs ---------------------------------------------------------------------------------------------------


def test_that_a_start_says_how_the_rules_differ_and_a_rule_that_is_gone_has_no_alarms(path: Path):
    wait = RULES[1]
    with opened(path) as log:
        load_stands = event(rule="agency_load", key="a1")
        out = replace(
            load_stands,
            subject=Subject("call_waiting", Scope.CALL, ""),
            happening=Happening.TAKEN_OUT_OF_SERVICE,
            standing=Standing(out_of_service=True),
        )
        log.append("bengkalis", [load_stands, out])
        assert log.flush(LONG_S)
        assert log.last_events("bengkalis") == (load_stands, out)
    changed = replace(wait, on_delay_s=3.0, latched=True)
    log = AlarmLog(path, wall_clock=Clock())
    log.open({"bengkalis": (changed,)})
    assert log.flush(LONG_S)
    kinds = (Occurrence.RULE_ADDED, Occurrence.RULE_CHANGED, Occurrence.RULE_REMOVED)
    told = {(entry.happening, entry.rule): entry.note for entry in log.read(Selection(happenings=kinds))}
    assert told.pop((Occurrence.RULE_CHANGED, "call_waiting")) == "on_delay_s: 0.0 → 3.0; latched: false → true"
    assert told.pop((Occurrence.RULE_REMOVED, "agency_load")) == ""
    assert set(told) == {(Occurrence.RULE_ADDED, "agency_load"), (Occurrence.RULE_ADDED, "call_waiting")}
    assert [last.subject.rule for last in log.last_events("bengkalis")] == ["call_waiting"]
    assert log.close(LONG_S)


def test_that_rules_that_are_the_same_are_not_said_again(path: Path):
    for _ in range(2):
        with opened(path) as log:
            assert log.flush(LONG_S)
            assert len(occurrences(log, Occurrence.RULE_ADDED, Occurrence.RULE_CHANGED)) == len(RULES)


def test_that_an_option_that_a_later_version_of_the_program_has_changes_no_rule(path: Path):
    with opened(path) as log:
        assert log.flush(LONG_S)
    connection = sqlite3.connect(path)
    (text,) = connection.execute("SELECT rules FROM rule_sets").fetchone()
    of_before = {name: {"older": 1} | rule for name, rule in json.loads(text).items()}
    for rule in of_before.values():
        del rule["feeds"], rule["latched"]
    connection.execute("UPDATE rule_sets SET rules = ?", (json.dumps(of_before),))
    connection.commit()
    connection.close()
    with opened(path) as log:
        assert log.flush(LONG_S)
        assert not occurrences(log, Occurrence.RULE_CHANGED)


def test_that_a_program_that_broke_off_is_found_at_the_next_start_and_one_that_stopped_is_none(
    path: Path, clock: Clock
):
    with opened(path, clock):
        pass
    log = AlarmLog(path, wall_clock=clock)
    log.open({})
    log.append("bengkalis", [event()])
    assert log.flush(LONG_S)
    with log._changed:  # as if the power were cut: nothing more is said
        log._ending = True
        log._changed.notify_all()
    log._thread.join()
    clock.now += DAY
    with opened(path, clock) as again:
        assert again.flush(LONG_S)
        assert occurrences(again, Occurrence.PROGRAM_BROKE_OFF) == [at(0).isoformat()]
