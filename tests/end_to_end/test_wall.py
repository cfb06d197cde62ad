"""The whole wall on a real demo server: a call comes, the server dies, the server returns."""

from PySide6.QtCore import QCoreApplication

from tests.end_to_end.program import PATIENCE_MS, post
from wallboard.app import Wall
from wallboard.configuration.options import Configuration, Feed
from wallboard.core.alarms import Scope, Subject
from wallboard.core.poll import FailureKind, PollFailure, Way
from wallboard.core.situation import FeedState
from wallboard.demo.process import DemoProcess
from wallboard.feed.settings import Auth
from wallboard.views.banner import AlarmBanner
from wallboard.views.panels.calls import CallPanel


def shown(view):
    """Everything that a view shows."""
    return " ".join(str(cell.content) for cell in view.cells())


def pixels(view):
    return view.grab().toImage()


def test_that_a_call_appears_and_alarms_and_that_the_wall_greys_and_returns_with_its_server(qtbot, quiet_demo):
    url = quiet_demo.start()
    port = url.split(":")[2].split("/")[0]
    settings = Feed(id="demo", url=url, auth=Auth.BEARER, poll_interval_s=0.5, deadline_s=2.0)
    wall = Wall(Configuration(feed=(settings,)), lambda _: quiet_demo.token)
    wall.window.resize(1920, 1080)
    wall.window.show()
    wall.start()
    try:
        store = wall.store
        (calls,) = wall.window.findChildren(CallPanel)
        (banner,) = wall.window.findChildren(AlarmBanner)
        qtbot.waitUntil(lambda: store.state is FeedState.LIVE, timeout=PATIENCE_MS)
        assert "Tidak ada panggilan" in shown(calls)
        assert "Tidak ada" in shown(banner)
        quiet = pixels(calls)

        call = post(url, quiet_demo.token, waiting_s=21)
        qtbot.waitUntil(lambda: "1 menunggu" in shown(calls), timeout=PATIENCE_MS)
        assert Subject("call_waiting", Scope.CALL, call["id"]) in store.severities
        assert "KRITIS" in shown(banner)
        assert "20 detik" in shown(banner)
        assert pixels(calls) != quiet

        before = store.data_age_s
        quiet_demo.kill()
        qtbot.waitUntil(lambda: all(panel.stale for panel in wall.window.panels()), timeout=PATIENCE_MS)
        assert store.state is FeedState.STALE
        assert (store.data_age_s or 0.0) > (before or 0.0)
        assert "< 1 mnt" in shown(calls), "a timer that claims no precision"
        assert store.situation.failure is not None
        assert store.situation.failure.kind is FailureKind.NETWORK
        quiet_demo.stop()

        again = DemoProcess(["--scenario", "quiet", "--port", port])
        try:
            again.token = quiet_demo.token
            again.start()
            qtbot.waitUntil(lambda: not any(panel.stale for panel in wall.window.panels()), timeout=PATIENCE_MS)
            assert "Tidak ada panggilan" in shown(calls), "the new server knows of no call"
        finally:
            again.stop()
    finally:
        wall.stop()
        wall.window.close()
        wall.window.deleteLater()


def test_that_a_call_appears_by_the_servers_changes_and_not_at_the_next_poll(qtbot, quiet_demo):
    url = quiet_demo.start()
    feed = Feed(id="demo", url=url, auth=Auth.BEARER, poll_interval_s=300.0)
    wall = Wall(Configuration(feed=(feed,)), lambda _: quiet_demo.token)
    wall.start()
    try:
        qtbot.waitUntil(lambda: wall.store.state is FeedState.LIVE, timeout=PATIENCE_MS)
        call = post(url, quiet_demo.token, waiting_s=5)
        qtbot.waitUntil(lambda: [row.id for row in wall.store.calls.rows] == [call["id"]], timeout=PATIENCE_MS)
        assert wall.store.situation.polls.records[-1].way is Way.CHANGES
    finally:
        wall.stop()
        wall.window.close()
        wall.window.deleteLater()


def test_that_of_several_centres_only_the_one_whose_server_dies_grows_old(qtbot, quiet_demo):
    siak = DemoProcess(["--scenario", "quiet"])
    try:
        tokens = {"bengkalis": quiet_demo, "siak": siak}
        feeds = tuple(
            Feed(id=name, url=process.start(), auth=Auth.BEARER, poll_interval_s=0.5, deadline_s=2.0)
            for name, process in tokens.items()
        )
        wall = Wall(Configuration(feed=feeds), lambda name: tokens[name].token)
        wall.window.resize(1920, 1080)
        wall.window.show()
        wall.start()
        try:
            bengkalis, other = wall.centres.stores
            qtbot.waitUntil(
                lambda: {store.state for store in wall.centres.stores} == {FeedState.LIVE}, timeout=PATIENCE_MS
            )
            ours, theirs = bengkalis.situation.rows, other.situation.rows
            assert ours is not None
            assert theirs is not None
            assert ours.units.rows.keys() == theirs.units.rows.keys(), "the same identifiers"

            call = post(feeds[0].url, quiet_demo.token, waiting_s=5)
            qtbot.waitUntil(lambda: len(bengkalis.calls.rows) == 1, timeout=PATIENCE_MS)
            assert [row.id for row in bengkalis.calls.rows] == [call["id"]]
            assert other.calls.rows == []

            siak.kill()
            expected = [FeedState.LIVE, FeedState.STALE]
            qtbot.waitUntil(lambda: [row.state for row in wall.centres.model.rows] == expected, timeout=PATIENCE_MS)
            assert [bengkalis.state, other.state] == expected
            wall.window.show_centre("siak")
            assert all(panel.stale for panel in wall.window.panels())
            wall.window.show_centre("bengkalis")
            assert not any(panel.stale for panel in wall.window.panels())
        finally:
            wall.stop()
            wall.window.close()
            wall.window.deleteLater()
    finally:
        siak.stop()


def test_that_an_answer_that_arrives_as_the_wall_stops_begins_nothing(qtbot):
    wall = Wall(Configuration(feed=(Feed(id="x", url="http://127.0.0.1:9/api"),)))
    qtbot.addWidget(wall.window)
    wall.start()
    wall.stop()
    wall.bridge.deliver("x", PollFailure(kind=FailureKind.NETWORK, message="", sent_s=0.0, failed_s=0.0))
    QCoreApplication.processEvents()
    assert not wall._charts_due.isActive()
