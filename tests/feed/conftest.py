"""An authority of the tests' own, and servers that speak plainly or under its seal."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.feed.misbehaving import Act, MisbehavingServer

Serve = Callable[..., MisbehavingServer]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def sealed(authority: trustme.CA) -> ssl.SSLContext:
    """For a server at 127.0.0.1."""
    return sealing(authority, "127.0.0.1")


def sealing(authority: trustme.CA, *names: str, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


@pytest.fixture(params=["http", "https"])
def serve(request: pytest.FixtureRequest, sealed: ssl.SSLContext, ca_file: str) -> Serve:
    """A server that is reached by http, and then by https."""
    if request.param == "http":
        return MisbehavingServer

    def serve(act: Act, **options: Any) -> MisbehavingServer:
        return MisbehavingServer(act, sealed, ca_file=ca_file, **options)

    return serve


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], str]:
    def write(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write
