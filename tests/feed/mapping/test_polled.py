"""A mapped system behind the poller, as the wall reads it."""

from datetime import UTC, datetime

from tests.feed.mapping.systems import System, sample
from wallboard.core.poll import Backfill, FailureKind, PollFailure, PollSuccess
from wallboard.feed.poller import Poller
from wallboard.feed.settings import Auth, FeedSettings


def poller(url: str, mapping: str) -> Poller:
    settings = FeedSettings(id="x", url=url, mapping=mapping, centre_time_zone="Asia/Jakarta", auth=Auth.BEARER)
    return Poller(settings, lambda _: None, token_of=lambda _: "t0ken")


def test_that_the_poller_reads_a_mapped_system_and_its_history():
    system = System(sample("resgrid-v4"))
    with system.running() as url:
        one = poller(url, "resgrid-v4")
        outcome = one.poll()
        history = one.backfill()
        one.close()
    assert isinstance(outcome, PollSuccess)
    assert outcome.server_time == datetime(2026, 11, 24, 7, 32, 0, 123456, tzinfo=UTC)
    assert isinstance(history, Backfill)
    assert [incident.id for incident in history.incidents] == ["4700"]
    assert history.incidents_since == datetime(2026, 11, 22, 7, 32, 0, 123456, tzinfo=UTC)
    assert history.calls_since is None, "no endpoint tells them"
    (asked,) = (parameters for path, parameters in system.asked if path == "/Calls/GetCalls")
    assert asked["endDate"].startswith("2026-11-24T07:32:"), "by the system's clock, not by this PC's"
    assert all(b"Authorization: Bearer t0ken" in head for head in system.heads)


def test_that_a_mapping_that_cannot_be_read_is_a_failure_that_says_why():
    one = poller("http://127.0.0.1:9", "resgrid-v3")
    outcome = one.poll()
    one.close()
    assert isinstance(outcome, PollFailure)
    assert outcome.kind is FailureKind.INTERNAL
    assert "did you mean resgrid-v4?" in outcome.message
