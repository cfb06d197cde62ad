"""200 walls that poll a storm every 2 s through nginx as docs/deployment/nginx.conf has it: what reaches the dispatch
system, how soon walls are answered, and what nginx needs. Out of step, as walls are, and all in step."""

from __future__ import annotations

import asyncio
import random
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.rig import TOKEN, demo_server, processor_s, report
from benchmarks.serve import STORM
from tests.end_to_end.cache import INTERVAL_S, NGINX, Cache, Certificate, Upstream

WALLS = 200


def main(seconds: float) -> None:
    if NGINX is None:
        sys.exit("nginx is not installed: apt-get install nginx")
    for name, spread_s, limit in (
        ("out of step", float(INTERVAL_S), "p95 <= 50 ms"),
        # Half a second is nginx's own measure for looking again; a quarter, to serve them all at once.
        ("in step", 0.0, "p95 <= 750 ms"),
    ):
        with tempfile.TemporaryDirectory() as folder, demo_server(*STORM) as url:
            certificate = issued(Path(folder))
            with (
                Upstream({TOKEN: url}, certificate) as upstream,
                Cache(Path(folder), upstream.port, certificate) as cache,
            ):
                before_s, started_s = nginx_s(cache.pid), time.monotonic()
                walls = Walls(cache, certificate.trusting())
                asyncio.run(walls.run(seconds, spread_s))
                used = (nginx_s(cache.pid) - before_s) / (time.monotonic() - started_s)
        print(f"{WALLS} walls, {name}: {walls.answers.total()} answers {dict(walls.answers)}, {walls.size_mb:.0f} MB")
        print(f"requests upstream {len(upstream.requests)} (to reach: one in each of {walls.intervals} intervals)")
        report("request sent to answer received", [1000 * one for one in walls.latencies_s], "ms", limit)
        print(f"nginx, all processes {used:6.1%} of a core (to reach: <= 20 %)", flush=True)


class Walls:
    """As light as can be: they unpack nothing, so that this process is not what is measured."""

    def __init__(self, cache: Cache, trust: ssl.SSLContext) -> None:
        self._cache = cache
        self._trust = trust
        self.answers: Counter[str] = Counter()
        """By status and X-Cache-Status."""
        self.latencies_s: list[float] = []
        self._asked_in: set[int] = set()
        self.size_mb = 0.0

    @property
    def intervals(self) -> int:
        """Those of the cache in which a wall asked."""
        return len(self._asked_in)

    async def run(self, seconds: float, spread_s: float) -> None:
        chance = random.Random(0)
        ends_s = time.monotonic() + seconds
        await asyncio.gather(*(self._wall(chance.uniform(0, spread_s), ends_s) for _ in range(WALLS)))

    async def _wall(self, first_s: float, ends_s: float) -> None:
        parts = urlsplit(self._cache.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=self._trust)
        # All are connected before the first one asks, or nobody would be in step.
        due_s = (time.monotonic() // INTERVAL_S + 2) * INTERVAL_S + first_s
        etag = ""
        while due_s < ends_s:
            await asyncio.sleep(due_s - time.monotonic())
            known = f"If-None-Match: {etag}\r\n" if etag else ""
            sent_s = time.monotonic()
            self._asked_in.add(int(time.time() // INTERVAL_S))
            writer.write(
                f"GET {parts.path}/snapshot HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {TOKEN}\r\n"
                f"Accept-Encoding: gzip\r\n{known}\r\n".encode()
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, *fields = head.rstrip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.latencies_s.append(time.monotonic() - sent_s)
            self.answers[f"{status.split()[1]} {headers.get('x-cache-status', '')}"] += 1
            self.size_mb += len(body) / 1e6
            etag = headers.get("etag", "")
            due_s += INTERVAL_S
        writer.close()
        await writer.wait_closed()


def nginx_s(master: int) -> float:
    """Processor time of nginx, all its processes."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return sum(map(processor_s, [master, *map(int, children)]))


def issued(folder: Path) -> Certificate:
    chain, key = folder / "chain.pem", folder / "key.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(chain)),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return Certificate(chain, key, authority=chain)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
