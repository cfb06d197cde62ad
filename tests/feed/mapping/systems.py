"""Dispatch systems for tests: real servers that answer with what a test gives them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.feed.misbehaving import MisbehavingServer, response
from wallboard.feed.mapping.load import load, loads
from wallboard.feed.mapping.source import MappedSource
from wallboard.feed.settings import FeedSettings
from wallboard.feed.transport import Transport
from wallboard.steady import steady_s

SAMPLES = Path(__file__).parent / "samples"
DATE = "Date: Tue, 24 Nov 2026 07:32:00 GMT\r\n"

Answer = Callable[[dict[str, str]], Any]


class System:
    """`answers` maps a path to a body, or to a function of the query's parameters that gives one. A body that is bytes
    is sent as it is, anything else as JSON. `asked` holds the path and parameters of each request.
    """

    def __init__(self, answers: dict[str, Any], headers: str = DATE, media_type: str = "application/json") -> None:
        self.answers = answers
        self.headers = headers
        self.media_type = media_type
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.heads: list[bytes] = []

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        def act(connection: Any, head: bytes) -> None:
            self.heads.append(head)
            connection.sendall(self._answer(head))

        with MisbehavingServer(act, keep_alive=True) as server:
            yield server.url

    def _answer(self, head: bytes) -> bytes:
        parts = urlsplit(head.split(b" ")[1].decode())
        path, parameters = unquote(parts.path).removeprefix("/api"), dict(parse_qsl(parts.query))
        self.asked.append((path, parameters))
        if path not in self.answers:
            return response(b"", "404 Not Found", close=False)
        body = self.answers[path]
        if callable(body):
            body = body(parameters)
        if isinstance(body, tuple):
            status, headers = body
            return response(b"", status, headers=headers, close=False)
        return response(
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers=self.headers,
            media_type=self.media_type,
            close=False,
        )


@contextlib.contextmanager
def mapped(
    system: System, mapping: str, monotonic: Callable[[], float] | None = None, **settings: Any
) -> Iterator[Any]:
    """A source. `mapping` is the text of a file, or a preset's name."""
    with system.running() as url:
        feed = FeedSettings(id="x", url=url, **settings)
        file = loads(mapping, "test.toml") if "\n" in mapping else load(mapping)
        source = MappedSource(file, feed, Transport(feed, "t0ken"), monotonic or steady_s)
        try:
            yield source
        finally:
            source.close()


def sample(preset: str) -> dict[str, Any]:
    """Written for these tests in the documented shapes, with invented content."""
    answers: dict[str, Any] = json.loads((SAMPLES / f"{preset}.json").read_text(encoding="utf-8"))
    return answers
