"""The demo server over HTTP: what the schema of the contract cannot say."""

import base64
import gzip
import json
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.demo.worlds import AFTERNOON
from wallboard.demo import riau, scenarios
from wallboard.demo.server import DemoServer

BEARER = {"Authorization": "Bearer demo"}


@pytest.fixture
def server():
    with DemoServer(scenarios.build("bengkalis", start=AFTERNOON), "demo") as running:
        yield running


@pytest.fixture
def quiet():
    with DemoServer(scenarios.build("quiet"), "demo") as running:
        yield running


def ask(url, method="GET", body=None, headers=BEARER):
    """Status, headers and body, whatever the status."""
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def document(url, **options):
    status, _, body = ask(url, **options)
    assert status == 200, body
    return json.loads(body)


def inject(server, **wanted):
    _, _, body = ask(f"{server.root_url}/demo/calls", "POST", json.dumps(wanted).encode())
    return json.loads(body)


def test_that_an_unchanged_snapshot_is_304_by_its_tag_and_changes_with_a_call(quiet):
    _, headers, _ = ask(f"{quiet.url}/snapshot")
    tag = headers["ETag"]
    status, again, body = ask(f"{quiet.url}/snapshot", headers=BEARER | {"If-None-Match": tag})
    assert (status, again["ETag"], body) == (304, tag, b"")
    inject(quiet)
    status, changed, _ = ask(f"{quiet.url}/snapshot", headers=BEARER | {"If-None-Match": tag})
    assert status == 200
    assert changed["ETag"] != tag


def test_that_head_answers_with_the_headers_alone(quiet):
    status, headers, body = ask(f"{quiet.url}/snapshot", "HEAD")
    _, whole_headers, whole = ask(f"{quiet.url}/snapshot")
    assert (status, body) == (200, b"")
    assert headers["ETag"] == whole_headers["ETag"]
    assert abs(int(headers["Content-Length"]) - len(whole)) < 10, "but for the digits of server_time"


def test_that_date_and_server_time_are_the_simulated_clocks(server):
    _, headers, body = ask(f"{server.url}/snapshot")
    told = datetime.fromisoformat(json.loads(body)["server_time"])
    assert abs(parsedate_to_datetime(headers["Date"]) - told) < timedelta(seconds=5)
    assert timedelta(0) <= told - AFTERNOON < timedelta(minutes=1)


def test_that_gzip_holds_the_same_document(server):
    _, headers, packed = ask(f"{server.url}/calls", headers=BEARER | {"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == ask(f"{server.url}/calls")[2]
    _, headers, packed = ask(f"{server.url}/snapshot", headers=BEARER | {"Accept-Encoding": "gzip"})
    plain = document(f"{server.url}/snapshot")
    assert json.loads(gzip.decompress(packed))["centre"] == plain["centre"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer demo"},
        {"X-Api-Key": "demo"},
        {"Authorization": "Basic " + base64.b64encode(b"anybody:demo").decode()},
    ],
)
def test_that_the_token_may_come_in_any_of_the_contracts_ways(server, headers):
    assert ask(f"{server.url}/snapshot", headers=headers)[0] == 200


def test_that_the_token_may_come_in_the_query(server):
    assert ask(f"{server.url}/snapshot?api_key=demo", headers={})[0] == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic ###"}])
def test_that_without_the_token_there_is_a_problem_and_no_data(server, headers):
    status, answered, body = ask(f"{server.url}/snapshot", headers=headers)
    assert status == 401
    assert answered["Content-Type"] == "application/problem+json"
    assert json.loads(body)["status"] == 401


def test_that_a_long_poll_is_released_by_a_call(quiet):
    cursor = document(f"{quiet.url}/snapshot")["cursor"]
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append((document(f"{quiet.url}/changes?cursor={cursor}&wait=30"), time.monotonic()))
    )
    waiting.start()
    call = inject(quiet, waiting_s=3)
    waiting.join(20)
    ((changes, at_s),) = answers
    assert [row["id"] for row in changes["upserts"]["calls"]] == [call["id"]]
    assert at_s - call["known_at_s"] < 5


def test_that_changes_from_nothing_new_are_empty_and_from_an_unknown_cursor_gone(quiet):
    cursor = document(f"{quiet.url}/snapshot")["cursor"]
    changes = document(f"{quiet.url}/changes?cursor={cursor}")
    assert (changes["upserts"], changes["removed"]) == ({}, {})
    assert ask(f"{quiet.url}/changes?cursor=another-0")[0] == 410


def test_that_pages_hold_every_call_once_and_in_order(server):
    whole = document(f"{server.url}/calls?page_size=1000")["calls"]
    pages, token = [], ""
    while token is not None:
        page = document(f"{server.url}/calls?page_size=100" + (f"&page_token={token}" if token else ""))
        pages += page["calls"]
        token = page.get("next_page_token")
    assert [call["id"] for call in pages][: len(whole)] == [call["id"] for call in whole]
    assert len({call["id"] for call in pages}) == len(pages) > 900
    received = [call["received_at"] for call in pages]
    assert received == sorted(received)


def test_that_an_optional_part_can_be_left_out():
    world = scenarios.build("quiet")
    with DemoServer(world, "demo", offer_changes=False, offer_history=False) as server:
        assert "cursor" not in document(f"{server.url}/snapshot")
        for path in ("changes?cursor=1", "calls", "incidents"):
            assert ask(f"{server.url}/{path}")[0] == 404


def test_that_an_injected_call_rings_is_answered_and_ends(quiet):
    call = inject(quiet, waiting_s=12, answer_after_s=0)
    rows = {row["id"]: row for row in document(f"{quiet.url}/snapshot")["calls"]}
    assert "answered_at" in rows[call["id"]]
    ended = ask(f"{quiet.root_url}/demo/end-call", "POST", json.dumps({"id": call["id"]}).encode())
    assert ended[0] == 200
    assert "ended_at" in json.loads(ended[2])
    assert ask(f"{quiet.root_url}/demo/end-call", "POST", json.dumps({"id": call["id"]}).encode())[0] == 404


@pytest.mark.parametrize(
    ("path", "method", "body", "status"),
    [
        ("/api/v1/nothing", "GET", None, 404),
        ("/api/v1/snapshot", "POST", b"{}", 405),
        ("/api/v1/calls?page_size=0", "GET", None, 400),
        ("/api/v1/calls?page_token=!", "GET", None, 400),
        ("/api/v1/calls?received_after=2026-11-24T14:00:00", "GET", None, 400),
        ("/api/v1/changes", "GET", None, 400),
        ("/demo/calls", "POST", b"not json", 400),
        ("/demo/calls", "POST", b'{"waiting_s": -1}', 400),
        ("/demo/calls", "POST", b"x" * 70_000, 413),
    ],
)
def test_that_what_cannot_be_served_is_a_problem(server, path, method, body, status):
    answered, headers, told = ask(server.root_url + path, method, body)
    assert answered == status
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(told)["detail"]


@pytest.mark.parametrize(
    ("length", "status"), [("9" * 5000, 413), ("-1", 400), ("+1", 400), ("1,1", 400), ("x", 400), ("²", 400)]
)
def test_that_a_length_that_cannot_be_is_a_problem(quiet, length, status):
    answered, headers, _ = ask(f"{quiet.root_url}/demo/calls", "POST", b"{}", BEARER | {"Content-Length": length})
    assert answered == status
    assert headers["Content-Type"] == "application/problem+json"
    assert ask(f"{quiet.url}/snapshot")[0] == 200


def test_that_several_centres_on_one_server_have_each_its_own_world_and_path():
    first, *others = (scenarios.build("quiet", seed=seed, centre=centre) for seed, centre in enumerate(riau.centres(3)))
    with DemoServer(first, "demo", others=others) as server:
        assert [url.removeprefix(server.root_url) for url in server.urls] == [
            "/api/v1", "/siak/api/v1", "/pekanbaru/api/v1",
        ]  # fmt: skip
        call = json.loads(ask(f"{server.root_url}/siak/demo/calls", "POST", b"{}")[2])
        told = [document(f"{url}/snapshot") for url in server.urls]
        assert [one["centre"]["name"] for one in told] == [
            "112 Bengkalis (demo)", "112 Siak (demo)", "112 Pekanbaru (demo)",
        ]  # fmt: skip
        assert [[row["id"] for row in one["calls"]] for one in told] == [[], [call["id"]], []]
        assert ask(f"{server.root_url}/dumai/api/v1/snapshot")[0] == 404


def test_that_centres_are_counted_on_when_the_names_of_riau_are_used_up():
    names = [centre.name for centre in riau.centres(14)]
    assert names[-2:] == ["112 Bengkalis 2 (demo)", "112 Siak 2 (demo)"]
    assert len({centre.id for centre in riau.centres(200)}) == 200
