"""The demo server is held to docs/dispatch-api.yaml."""

import json
import urllib.request
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.demo.worlds import AFTERNOON
from wallboard.demo import scenarios
from wallboard.demo.server import DemoServer

CONTRACT = Path(__file__).resolve().parents[2] / "docs" / "dispatch-api.yaml"

BEARER = {"Authorization": "Bearer demo"}

UNKNOWABLE = [positive_data_acceptance]
"""A cursor and a page token are opaque: one that fits the schema is still none that the server gave out."""

OPTIONAL: dict[str, dict[str, str]] = {"/changes": {"cursor": "none"}, "/calls": {}, "/incidents": {}}
"""What a server may leave out, with the parameters that it cannot do without."""

schema = schemathesis.openapi.from_path(CONTRACT)


@pytest.fixture(scope="module")
def server():
    with DemoServer(scenarios.build("bengkalis", start=AFTERNOON), "demo") as running:
        yield running


@schema.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_that_the_server_answers_as_the_contract_says(case, server):
    if case.query and "wait" in case.query:
        case.query["wait"] = 0  # a long poll is held for up to a minute
    case.call_and_validate(base_url=server.url, headers=BEARER, timeout=30, excluded_checks=UNKNOWABLE)


def answer(server, path, status, headers=BEARER, **query):
    """What the server answers, once it has been held to what the contract says of that very status."""
    operation = schema[path]["GET"]
    response = operation.Case(query=query).call(base_url=server.url, headers=headers, timeout=30)
    assert response.status_code == status
    assert str(status) in operation.definition.raw["responses"]
    operation.validate_response(response)
    return response


def inject_call(server):
    urllib.request.urlopen(urllib.request.Request(f"{server.root_url}/demo/calls", b"{}", BEARER), timeout=20).close()


@pytest.mark.parametrize("name", ["bengkalis", "storm", "quiet"])
def test_that_what_each_scenario_tells_is_as_the_contract_says(name):
    with DemoServer(scenarios.build(name), "demo") as server:
        snapshot = answer(server, "/snapshot", 200).json()
        answer(server, "/snapshot", 304, BEARER | {"If-None-Match": "*"})
        inject_call(server)
        changes = answer(server, "/changes", 200, cursor=snapshot["cursor"]).json()
        assert changes["upserts"]["calls"]
        for path, list_name in (("/calls", "calls"), ("/incidents", "incidents")):
            page = answer(server, path, 200, page_size=5).json()
            assert len(page[list_name]) == 5
            answer(server, path, 200, page_size=1000, page_token=page["next_page_token"])


def test_that_refusals_are_as_the_contract_says(server):
    for path in ("/snapshot", *OPTIONAL):
        query = OPTIONAL.get(path, {})
        answer(server, path, 401, {"Authorization": "Bearer wrong"}, **query)
        answer(server, path, 406, BEARER | {"Accept": "text/html"}, **query)
    answer(server, "/changes", 410, cursor="none")
    assert answer(server, "/changes", 400).json()["parameter"] == "cursor"
    assert answer(server, "/calls", 400, page_size=0).json()["parameter"] == "page_size"
    assert answer(server, "/incidents", 400, reported_after="now").json()["parameter"] == "reported_after"


def test_that_what_is_not_offered_is_refused_as_the_contract_says():
    with DemoServer(scenarios.build("quiet"), "demo", offer_changes=False, offer_history=False) as server:
        assert "cursor" not in answer(server, "/snapshot", 200).json()
        for path, query in OPTIONAL.items():
            answer(server, path, 404, **query)


@pytest.mark.parametrize(
    ("list_name", "field", "value"),
    [
        ("calls", "received_at", "2026-11-24T14:00:00"),
        ("calls", "id", ""),
        ("calls", "disposition", "hoax"),
        ("units", "agency_id", None),
        ("incidents", "priority", 5),
        ("incidents", "closed_at", "yesterday"),
    ],
)
def test_that_the_contract_tells_a_bad_row_from_a_good_one(server, list_name, field, value):
    operation = schema["/snapshot"]["GET"]
    good = answer(server, "/snapshot", 200)
    assert operation.is_valid_response(good)
    document = json.loads(good.content)
    document[list_name][0][field] = value
    body = json.dumps(document).encode()
    assert not operation.is_valid_response(Response(200, good.headers, body, good.request, good.elapsed, good.verify))
