"""The alarm system's judgement of itself, over what the centres tell."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.core.builders import at, call, incident, snapshot
from tests.models.test_centres import Bench
from wallboard.core import lifecycle
from wallboard.core.alarms import Happening, Scope, Severity
from wallboard.history import recall as module
from wallboard.history.entries import EVERYTHING, Entry, Occurrence, TroubleKind, UnreadableError
from wallboard.models.judgement import AlarmJudge


@pytest.fixture
def bench(qapp):
    one = Bench("bengkalis", "siak")
    for store in one.centres.stores:  # or time that passes between polls would alarm
        store.take_out_of_service("data_stale", "uji")
    yield one
    one.centres.stop()


def waits(bench, count, feed="bengkalis", ahead_s=0.0):
    """So many calls, each waiting for longer than the limit, and none left. The server's clock is so far ahead."""
    bench.poll(feed, snapshot(bench.now_s + ahead_s))
    for number in range(count):
        key = f"{bench.now_s:g}-{number}"
        bench.poll(feed, snapshot(bench.now_s + ahead_s, calls=[call(key, bench.now_s + ahead_s - 16)]))
        bench.turn(1)
    bench.poll(feed, snapshot(bench.now_s + ahead_s))


def test_that_nothing_is_judged_before_there_is_a_clock(bench):
    judgement = AlarmJudge(bench.centres).judge()
    performance = judgement.performance
    assert (performance.alarms, performance.mean_per_hour, performance.distribution) == (0, None, {})
    assert judgement.since == judgement.until


def test_that_what_was_there_at_the_start_called_nobody(bench):
    judge = AlarmJudge(bench.centres)
    bench.poll("bengkalis", snapshot(calls=[call("c1", -16)]))
    assert judge.judge().performance.alarms == 0


def test_that_the_alarms_of_all_centres_count_together(bench):
    judge = AlarmJudge(bench.centres)
    waits(bench, 2)
    waits(bench, 3, "siak")
    bench.turn(3600 - 6)
    performance = judge.judge().performance
    assert (performance.alarms, performance.last_hour, performance.last_ten_minutes) == (5, 5, 0)
    assert performance.distribution == {Severity.WARNING: 1.0, Severity.CRITICAL: 0.0}
    bench.turn(60)
    performance = judge.judge().performance
    assert performance.last_hour < 5
    assert performance.mean_per_hour == pytest.approx(5, abs=0.1)


def test_that_more_than_ten_in_ten_minutes_are_a_flood_until_fewer_than_five_are(bench):
    judge = AlarmJudge(bench.centres)
    waits(bench, 10)
    assert judge.judge().flood is None
    waits(bench, 1)
    flood = judge.judge().flood
    assert flood is not None
    assert flood.begins == at(0)
    bench.turn(594)
    assert judge.judge().flood is not None
    bench.turn(10)
    judgement = judge.judge()
    assert (judgement.flood, len(judgement.performance.floods)) == (None, 1)
    assert judgement.performance.share_in_flood == pytest.approx(606 / 616, abs=0.02)


@pytest.mark.parametrize("ahead_s", [-3600, 3600])
def test_that_a_flood_is_seen_though_the_servers_clock_was_just_set_and_told_in_the_servers_time(bench, ahead_s):
    judge = AlarmJudge(bench.centres)
    bench.poll("bengkalis", snapshot())
    bench.turn(100)
    waits(bench, 11, ahead_s=ahead_s)
    judgement = judge.judge()
    assert (judgement.since, judgement.until) == (at(ahead_s), at(ahead_s + 111))
    assert judgement.flood is not None
    assert judgement.flood.begins == at(ahead_s + 100)
    assert judgement.performance.alarms == 11


@pytest.mark.parametrize("ahead_s", [-1800, 1800])
def test_that_the_alarms_of_a_centre_whose_clock_differs_count_as_those_of_the_others(bench, ahead_s):
    judge = AlarmJudge(bench.centres)
    bench.poll("bengkalis", snapshot())
    waits(bench, 5, "bengkalis")
    waits(bench, 6, "siak", ahead_s)
    judgement = judge.judge()
    assert judgement.flood is not None
    assert judgement.flood.begins == at(0)
    assert (judgement.performance.last_ten_minutes, judgement.until) == (11, at(11))


@pytest.mark.parametrize("ahead_s", [-1800, 1800])
def test_that_how_long_an_alarm_stands_is_by_the_clock_of_its_own_centre(bench, ahead_s):
    judge = AlarmJudge(bench.centres)
    bench.poll("bengkalis", snapshot())
    old, young = (incident(key, ahead_s - 7200 - stood_s, -5, -5) for key, stood_s in (("i1", 86_410), ("i2", 86_390)))
    bench.poll("siak", snapshot(ahead_s, incidents=[old, young]))
    assert judge.judge().stale_alarms == 1


def test_that_a_day_is_judged_and_no_more(bench):
    judge = AlarmJudge(bench.centres)
    waits(bench, 4)
    bench.turn(24 * 3600 - 10)
    assert judge.judge().performance.alarms == 4
    bench.turn(20)
    judgement = judge.judge()
    assert judgement.performance.alarms == 0
    assert judgement.until - judgement.since == timedelta(hours=24)


def test_that_an_alarm_that_comes_and_goes_is_chattering_and_names_its_rule(bench):
    judge = AlarmJudge(bench.centres)
    bench.poll("bengkalis", snapshot())
    for _ in range(3):
        bench.poll("bengkalis", snapshot(bench.now_s, calls=[call("c1", bench.now_s - 16)]))
        bench.turn(5)
        bench.poll("bengkalis", snapshot(bench.now_s))
        bench.turn(5)
    assert judge.judge().chattering == ("call_waiting",)


def test_that_two_centres_that_call_their_things_the_same_do_not_chatter(bench):
    judge = AlarmJudge(bench.centres)
    for feed in ("bengkalis", "siak"):
        bench.poll(feed, snapshot())
        for _ in range(2):
            bench.poll(feed, snapshot(bench.now_s, calls=[call("c1", bench.now_s - 16)]))
            bench.turn(5)
            bench.poll(feed, snapshot(bench.now_s))
    assert judge.judge().chattering == ()


def test_that_what_has_stood_for_more_than_a_day_is_stale_and_names_its_rule(bench):
    judge = AlarmJudge(bench.centres)
    bench.poll("bengkalis", snapshot(incidents=[incident("i1", -7200 - 86_390, -5, -5), incident("i2", -7200, -5, -5)]))
    assert judge.judge().stale == ()
    bench.turn(20)
    bench.poll(
        "bengkalis", snapshot(20, incidents=[incident("i1", -7200 - 86_390, -5, -5), incident("i2", -7200, -5, -5)])
    )
    judgement = judge.judge()
    assert (judgement.stale, judgement.stale_alarms) == (("incident_open",), 1)


class Log:
    """What was logged, the newest first, in pages of at most `page`."""

    def __init__(self, *entries: Entry, page: int = 1000, unreadable: bool = False) -> None:
        self.entries = entries
        self.page = page
        self.unreadable = unreadable
        self.asked = threading.Event()
        self.readers: set[threading.Thread] = set()

    def read(self, chosen=EVERYTHING, *, limit=1000, before_id=None):
        self.readers.add(threading.current_thread())
        self.asked.set()
        if self.unreadable:
            raise UnreadableError(TroubleKind.BUSY)
        found = [
            entry
            for entry in reversed(self.entries)
            if (before_id is None or entry.id < before_id)
            and (chosen.happenings is None or entry.happening in chosen.happenings)
            and (chosen.begins is None or chosen.begins <= entry.at)
            and entry.at < chosen.ends
            and chosen.position in (None, entry.position)
            and chosen.feed_id in (None, entry.feed_id)
        ]
        return found[: min(limit, self.page)]

    def standing(self, position, feed_id):
        raise AssertionError("how alarms stand is known from the book")


def raised(number, seconds, feed_id="bengkalis", happening=Happening.RAISED, position="", rings=True):
    return Entry(
        id=number,
        at=at(seconds),
        recorded_at=at(seconds),
        position=position,
        feed_id=feed_id,
        happening=happening,
        rule="call_waiting",
        scope=Scope.CALL,
        key=str(number),
        severity=Severity.WARNING,
        rings=rings,
    )


def program(happening, seconds, position="", note=""):
    return Entry(
        id=0,
        at=at(seconds),
        recorded_at=at(seconds),
        position=position,
        feed_id="",
        happening=happening,
        note=note,
    )


def test_that_what_was_logged_before_this_start_is_judged_too(bench, qtbot, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_PAGE", 2)
    judge = AlarmJudge(bench.centres)
    entries = [
        program(Occurrence.PROGRAM_STARTED, -7200),
        *(raised(number, -3500 + number) for number in range(1, 6)),
        raised(6, -10, "sold"),
    ]
    judge.recall(Log(*entries, page=2), "")
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    waits(bench, 1)
    told = judge.judge()
    assert (told.performance.alarms, told.since) == (6, at(-7200)), "of a feed that is no longer there, nothing"
    assert told.performance.last_hour == 6


def test_that_a_program_that_stopped_within_the_day_had_been_running_when_it_began(bench, qtbot):
    judge = AlarmJudge(bench.centres)
    judge.recall(Log(program(Occurrence.PROGRAM_STOPPED, -7200), raised(6, -10)), "")
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    assert judge.judge().since == at(-86_400)


@pytest.mark.parametrize(("heard_s", "since_s"), [(-80_000, -86_400), (-90_000, -7_200)])
def test_that_a_program_that_broke_off_had_been_running_for_as_long_as_it_was_heard_of(bench, qtbot, heard_s, since_s):
    judge = AlarmJudge(bench.centres)
    broke_off = program(Occurrence.PROGRAM_BROKE_OFF, -7200, note=at(heard_s).isoformat())
    judge.recall(Log(broke_off, program(Occurrence.PROGRAM_STARTED, -7200), raised(6, -10)), "")
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    assert judge.judge().since == at(since_s)


def test_that_of_two_walls_that_share_a_log_each_judges_its_own_alarms(bench, qtbot):
    judge = AlarmJudge(bench.centres)
    both = [raised(number, -60, position=position) for number in range(1, 7) for position in ("north", "south")]
    runs = [program(Occurrence.PROGRAM_STOPPED, -3600, "north"), program(Occurrence.PROGRAM_STARTED, -120, "south")]
    judge.recall(Log(*runs, *both), "south")
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    told = judge.judge()
    assert (told.performance.alarms, told.flood, told.since) == (6, None, at(-120))


def test_that_what_was_logged_counts_as_what_is_heard_now_does(bench, qtbot):
    kinds = [(happening, rings) for happening in Happening for rings in (True, False)]
    logged = [
        raised(number, -60 + number, happening=happening, rings=rings)
        for number, (happening, rings) in enumerate(kinds, 1)
        if happening in lifecycle.CAN_RING or not rings
    ]
    judge = AlarmJudge(bench.centres)
    judge.recall(Log(program(Occurrence.PROGRAM_STARTED, -3600), *logged), "")
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    assert judge.judge().performance.alarms == len(lifecycle.CAN_RING)


@pytest.mark.parametrize("pc_ahead_s", [7200, -7200])
def test_that_what_was_logged_is_judged_by_the_servers_time_however_wrong_the_pcs_clock_is(bench, qtbot, pc_ahead_s):
    bench.pc_ahead_s = pc_ahead_s
    judge = AlarmJudge(bench.centres)
    log = Log(
        program(Occurrence.PROGRAM_STARTED, -5400 + pc_ahead_s),
        *[raised(number, -600 + number) for number in range(5)],
        program(Occurrence.PROGRAM_STARTED, pc_ahead_s - 1),
    )
    judge.recall(log, "")
    assert not log.asked.is_set(), "before a server has told the time it is not known which day to read"
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    told = judge.judge()
    performance = told.performance
    assert (performance.alarms, performance.last_hour, performance.last_ten_minutes) == (5, 5, 4)
    assert told.since == at(-5400)


@pytest.mark.parametrize("ahead_s", [-1800, 1800])
def test_that_what_a_centre_logged_is_judged_by_its_own_clock_once_it_is_known(bench, qtbot, ahead_s):
    judge = AlarmJudge(bench.centres)
    of_siak = [raised(number, ahead_s - 90 + number, "siak") for number in range(1, 7)]
    of_bengkalis = [raised(number, -60 + number) for number in range(7, 12)]
    judge.recall(Log(program(Occurrence.PROGRAM_STARTED, -3600), *of_siak, *of_bengkalis), "")
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    assert (judge.judge().performance.alarms, judge.judge().flood) == (5, None)
    bench.turn(30)
    bench.poll("siak", snapshot(30 + ahead_s))
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 5)
    told = judge.judge()
    assert (told.performance.alarms, told.performance.last_ten_minutes) == (11, 11)
    assert told.flood is not None
    assert told.flood.begins == at(-89), "the first of siak's was heard 89 s before the start"


def test_that_a_wall_was_there_when_it_logged_an_alarm_whatever_its_clock_said_at_the_start(bench, qtbot):
    judge = AlarmJudge(bench.centres)
    judge.recall(Log(raised(1, -600), program(Occurrence.PROGRAM_STARTED, -60)), "")
    bench.poll("bengkalis", snapshot())
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 0)
    assert judge.judge().since == at(-600)


def test_that_what_is_heard_while_the_log_is_read_counts_once(bench, qtbot):
    judge = AlarmJudge(bench.centres)
    bench.poll("bengkalis", snapshot())
    heard = raised(2, 0)
    judge.recall(Log(program(Occurrence.PROGRAM_STARTED, -60), raised(1, -50), replace(heard, key="0-0")), "")
    waits(bench, 1)
    qtbot.waitUntil(lambda: judge.judge().performance.alarms > 1)
    assert judge.judge().performance.alarms == 2


def test_that_a_log_that_cannot_be_read_leaves_what_happens_from_now_on(bench, qapp):
    judge = AlarmJudge(bench.centres)
    log = Log(raised(1, -10), unreadable=True)
    judge.recall(log, "")
    waits(bench, 2)
    assert log.asked.wait(10)
    for reader in log.readers:
        reader.join(10)
    qapp.processEvents()
    assert judge.judge().performance.alarms == 2
