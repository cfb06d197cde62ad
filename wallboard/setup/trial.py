"""One poll with what was chosen, before anything of it is kept."""

from __future__ import annotations

from msgspec import Struct

from wallboard.configuration.options import Configuration
from wallboard.core.poll import PollSuccess
from wallboard.core.situation import Situation
from wallboard.feed import credentials
from wallboard.feed.poller import Poller
from wallboard.steady import steady_s


class Tried(Struct, frozen=True):
    """What the wall would know after this poll; `took_s` is None where it brought no data."""

    situation: Situation
    took_s: float | None


class Trial:
    """`run` polls the first feed once, in whatever thread; `abort` ends it from another. Without a `token`, with the
    one that this machine keeps.
    """

    def __init__(self, configuration: Configuration, token: str) -> None:
        feed = configuration.feed[0]

        def token_of(user: str) -> str | None:
            return token if token and user == feed.id else credentials.token(user)

        self._poller = Poller(feed, lambda _: None, token_of=token_of)
        self._situation = Situation(configuration.settings(feed))

    def run(self) -> Tried:
        try:
            outcome = self._poller.poll()
        finally:
            self._poller.close()
        self._situation.observe(outcome, steady_s())
        took_s = outcome.received_s - outcome.sent_s if isinstance(outcome, PollSuccess) else None
        return Tried(self._situation, took_s)

    def abort(self) -> None:
        self._poller.stop(0.0)
