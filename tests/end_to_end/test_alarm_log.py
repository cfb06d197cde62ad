"""A wall that is closed and opened again goes on where it was: on a real demo server and a real file."""

import platform

import pytest

from tests.core.builders import call, good, snapshot
from tests.end_to_end.program import PATIENCE_MS, post
from wallboard.app import Wall
from wallboard.composition import alarm_log, compose, passing_alarm_log
from wallboard.configuration.options import Alarms, Configuration, Feed, Sound
from wallboard.core.alarms import AlarmState, Happening, Scope, Subject
from wallboard.core.situation import FeedState
from wallboard.demo.process import DemoProcess
from wallboard.feed.settings import Auth
from wallboard.history.entries import Occurrence, Selection


@pytest.fixture
def opened(quiet_demo, tmp_path):
    """A wall on the demo, with the log of those before; its events are in `told`."""
    url = quiet_demo.start()
    feed = Feed(id="demo", url=url, auth=Auth.BEARER, poll_interval_s=0.5, deadline_s=2.0)
    log, sound = str(tmp_path / "states" / "alarms.sqlite3"), Sound(repeat_critical_s=1.0)
    configuration = Configuration(feed=(feed,), alarms=Alarms(position="supervisor", log=log, sound=sound))
    walls = []

    def open_one():
        wall = Wall(configuration, lambda _: quiet_demo.token, alarm_log(configuration))
        told = []
        wall.centres.happened.connect(lambda _, events: told.extend(events))
        walls.append(wall)
        wall.start()
        return wall, told, url

    yield open_one
    for wall in walls:
        wall.stop()
        wall.window.close()
        wall.window.deleteLater()


def test_that_after_a_restart_an_alarm_is_as_it_was_and_does_not_ring_anew(qtbot, quiet_demo, opened):
    wall, told, url = opened()
    qtbot.waitUntil(lambda: wall.store.state is FeedState.LIVE, timeout=PATIENCE_MS)
    calls = [post(url, quiet_demo.token, waiting_s=30)["id"] for _ in range(2)]
    seen, unseen = (Subject("call_waiting", Scope.CALL, call) for call in calls)
    qtbot.waitUntil(lambda: {seen, unseen} <= wall.store.severities.keys(), timeout=PATIENCE_MS)
    wall.store.acknowledge([seen])
    assert {seen, unseen} <= {event.subject for event in told if event.rings}
    wall.stop()

    again, told, _ = opened()
    notices, sounds = [], []
    again.herald.notify.connect(lambda *notice: notices.append(notice))
    again.herald.loudspeaker.play = lambda sound, _: sounds.append(sound)
    book = again.store.situation.alarms
    states = {one.subject: one.state for one in again.store.alarms()}
    assert states[seen] is AlarmState.ACTIVE_ACKNOWLEDGED
    assert states[unseen] is AlarmState.ACTIVE_UNACKNOWLEDGED
    qtbot.waitUntil(lambda: again.store.state is FeedState.LIVE and not book.unfinished, timeout=PATIENCE_MS)
    qtbot.waitSignal(again.centres.advanced, timeout=PATIENCE_MS).wait()
    states = {one.subject: one.state for one in again.store.alarms()}
    assert states[seen] is AlarmState.ACTIVE_ACKNOWLEDGED
    assert states[unseen] is AlarmState.ACTIVE_UNACKNOWLEDGED
    assert [event for event in told if event.rings and event.subject in (seen, unseen)] == []
    qtbot.waitUntil(lambda: bool(sounds), timeout=PATIENCE_MS)
    assert notices == [], "what nobody has acknowledged is repeated, and is not new"
    again.stop()

    log = again.store.log
    assert log is not None
    entries = log.read(Selection(happenings=set(Occurrence) - {Occurrence.RULE_ADDED}))
    assert [entry.happening for entry in reversed(entries)] == [
        Occurrence.PROGRAM_STARTED,
        Occurrence.FEED_RETURNED,
        Occurrence.PROGRAM_STOPPED,
        Occurrence.PROGRAM_STARTED,
        Occurrence.FEED_RETURNED,
        Occurrence.PROGRAM_STOPPED,
    ]
    (acknowledged,) = log.read(Selection(happenings=[Happening.ACKNOWLEDGED]))
    assert (acknowledged.key, acknowledged.by, acknowledged.position) == (seen.key, "supervisor", "supervisor")


def test_that_the_log_says_when_the_data_were_lost_and_why_and_that_they_returned(qtbot, quiet_demo, opened):
    wall, _, url = opened()
    shown = []
    wall.centres.advanced.connect(lambda _: shown.append(wall.store.state))
    qtbot.waitUntil(lambda: wall.store.state is FeedState.LIVE, timeout=PATIENCE_MS)
    quiet_demo.kill()
    # Not before the wall has said so: the next answer takes the cause away.
    qtbot.waitUntil(lambda: FeedState.STALE in shown, timeout=PATIENCE_MS)
    quiet_demo.stop()
    again = DemoProcess(["--scenario", "quiet", "--port", url.split(":")[2].split("/")[0]])
    try:
        again.token = quiet_demo.token
        again.start()
        qtbot.waitUntil(lambda: wall.store.state is FeedState.LIVE, timeout=PATIENCE_MS)
    finally:
        again.stop()
    wall.stop()
    assert wall.store.log is not None
    told = wall.store.log.read(Selection(happenings=[Occurrence.FEED_LOST, Occurrence.FEED_RETURNED]))
    assert [(entry.happening, entry.note, entry.feed_id) for entry in reversed(told)] == [
        (Occurrence.FEED_RETURNED, "", "demo"),
        (Occurrence.FEED_LOST, "network", "demo"),
        (Occurrence.FEED_RETURNED, "", "demo"),
    ]


def test_that_an_acknowledgement_says_at_which_computer_it_was_given_and_outlasts_another_name_of_it(
    qapp, tmp_path, monkeypatch
):
    feed = Feed(id="demo", url="http://127.0.0.1:9", auth=Auth.NONE)
    configuration = Configuration(feed=(feed,), alarms=Alarms(log=str(tmp_path / "alarms.sqlite3")))
    monkeypatch.setattr(platform, "node", lambda: "DESKTOP-1")
    log = alarm_log(configuration)
    log.open({})
    centres, window = compose(configuration, lambda: 0.0, log=log)
    centres.happened.connect(lambda _, events: log.append("demo", events))
    centres["demo"].receive(good(snapshot(calls=[call("c1", -30)]), 0))
    centres.acknowledge_all()
    assert log.close(PATIENCE_MS / 1000)
    window.deleteLater()

    monkeypatch.setattr(platform, "node", lambda: "RUANG-112")
    again = alarm_log(configuration)
    again.open({})
    (last,) = again.last_events("demo")
    assert (last.happening, last.by) == (Happening.ACKNOWLEDGED, "DESKTOP-1")
    assert [entry.position for entry in again.read(Selection(happenings=[Happening.ACKNOWLEDGED]))] == [""]
    assert again.close(PATIENCE_MS / 1000)


def test_that_a_demos_log_is_in_memory_and_a_pictures_is_none(qapp, tmp_path):
    configuration = Configuration(
        feed=(Feed(id="demo", url="http://127.0.0.1:9", auth=Auth.NONE),),
        alarms=Alarms(log=str(tmp_path / "alarms.sqlite3")),
    )
    log = passing_alarm_log(configuration)
    log.open({})
    assert log.flush(PATIENCE_MS / 1000)
    assert log.close(PATIENCE_MS / 1000)
    assert list(tmp_path.iterdir()) == []
    wall = Wall(configuration)
    assert wall.store.log is None
    wall.window.close()
    wall.window.deleteLater()
