"""The demo server and the client are held to docs/dispatch-api.yaml."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from wallboard.demo import scenarios
from wallboard.demo.server import DemoServer

CONTRACT = Path(__file__).resolve().parents[2] / "docs" / "dispatch-api.yaml"
AFTERNOON = datetime(2026, 11, 24, 14, 32, tzinfo=timezone(timedelta(hours=7)))

UNKNOWABLE = [positive_data_acceptance]
"""A cursor and a page token are opaque: one that fits the schema is still none that the server gave out."""

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
    case.call_and_validate(
        base_url=server.url, headers={"Authorization": "Bearer demo"}, timeout=30, excluded_checks=UNKNOWABLE
    )
