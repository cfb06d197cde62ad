"""What a person chooses at the first start, as the configuration that it makes."""

from __future__ import annotations

import json
import re
import unicodedata
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from wallboard.configuration.load import FileErrors, loads
from wallboard.configuration.options import Configuration
from wallboard.feed.mapping import load as mappings
from wallboard.feed.settings import POLL_INTERVAL_S, Auth
from wallboard.language import Language

NAMELESS = "centre"
"""The id of a feed whose centre has no letter of A to Z in its name."""

LONGEST_ID = 40

_LAST_KEY = re.compile(r"([a-z_]+)(?:\[\d+\])*$")

_DELETE = "\x7f"


class Role(StrEnum):
    """What the screen is for; the installer asks the same."""

    WALL = "wall"
    """It fills the screen."""
    SUPERVISOR = "supervisor"
    """It is a window among others."""


class Viewing(Struct, frozen=True):
    diagonal_in: float
    distance_m: float


class Choices(Struct, frozen=True, kw_only=True):
    """Texts as they were typed; an empty one is a choice not made. The token is not among them: it goes to the keyring,
    under `feed_id`.
    """

    language: Language = Language.INDONESIAN
    centre_name: str = ""
    mapping: str = ""
    """A preset's name or a path; empty for the dispatch contract."""
    url: str = ""
    auth: Auth = Auth.BEARER
    user: str = ""
    query_parameter: str = ""
    token_url: str = ""
    scope: str = ""
    centre_time_zone: str = ""
    role: Role = Role.WALL
    position: str = ""
    screen: str = ""
    viewing: Viewing | None = None
    known_id: str = ""
    """Of a feed that is configured already, and whose token may be kept under it."""

    @property
    def feed_id(self) -> str:
        return self.known_id or _as_id(self.centre_name)

    @property
    def asks_for_time_zone(self) -> bool:
        """The system's answers do not tell it."""
        return bool(self.mapping) and mappings.load(self.mapping).centre.time_zone is None

    def text(self, remark: str = "") -> str:
        """The configuration as TOML; `remark` stands above it."""
        auth = self.auth
        feed = {
            "id": self.feed_id,
            "centre_name": self.centre_name.strip(),
            "url": self.url.strip().rstrip("/"),
            "mapping": self.mapping,
            "auth": auth.value,
            "user": self.user.strip() if auth in (Auth.BASIC, Auth.OAUTH2) else "",
            "query_parameter": self.query_parameter.strip() if auth is Auth.QUERY else "",
            "token_url": self.token_url.strip() if auth is Auth.OAUTH2 else "",
            "scope": self.scope.strip() if auth is Auth.OAUTH2 else "",
            "poll_interval_s": self._poll_interval_s() or "",
            "centre_time_zone": self.centre_time_zone.strip() if self.asks_for_time_zone else "",
        }
        wall: dict[str, object] = {"full_screen": self.role is Role.WALL, "screen": self.screen}
        if self.viewing is not None:
            wall |= {"diagonal_in": self.viewing.diagonal_in, "viewing_distance_m": self.viewing.distance_m}
        tables = (
            ("", {"language": self.language.value}),
            ("[[feed]]", feed),
            ("[wall]", wall),
            ("[alarms]", {"position": self.position.strip()}),
        )
        parts = ["\n".join(f"# {line}" for line in remark.splitlines())] if remark else []
        for heading, table in tables:
            lines = [f"{key} = {_toml(value)}" for key, value in table.items() if value != ""]
            if lines:
                parts.append("\n".join(([heading] if heading else []) + lines))
        return "\n\n".join(parts) + "\n"

    def configuration(self) -> Configuration:
        """Raises FileErrors."""
        return loads(self.text(), "")

    def wrong(self) -> tuple[str, ...]:
        """The options of the configuration that cannot be as they were chosen, in its order."""
        lacking = ("url",) if not self.url.strip() else ()
        try:
            self.configuration()
        except FileErrors as errors:
            named = (_LAST_KEY.search(error.place) for error in errors.errors)
            return tuple(dict.fromkeys((*lacking, *(name[1] for name in named if name))))
        return lacking

    def _poll_interval_s(self) -> float | None:
        """Where the system wants to be asked less often than is usual."""
        shortest_s = mappings.load(self.mapping).shortest_interval_s if self.mapping else 0.0
        return shortest_s if shortest_s > POLL_INTERVAL_S else None


def chosen(configuration: Configuration) -> Choices:
    """What a configuration has chosen already, of its first feed."""
    feed, wall = configuration.feed[0], configuration.wall
    viewing = None
    if wall.diagonal_in is not None and wall.viewing_distance_m is not None:
        viewing = Viewing(wall.diagonal_in, wall.viewing_distance_m)
    return Choices(
        language=configuration.language,
        centre_name=feed.centre_name or feed.id,
        mapping=_preset(feed.mapping),
        url=feed.url,
        auth=feed.auth,
        user=feed.user or "",
        query_parameter=feed.query_parameter or "",
        token_url=feed.token_url or "",
        scope=feed.scope or "",
        centre_time_zone=feed.centre_time_zone or "",
        role=Role.WALL if wall.full_screen else Role.SUPERVISOR,
        position=configuration.alarms.position,
        screen=wall.screen,
        viewing=viewing,
        known_id=feed.id,
    )


def _preset(mapping: str | None) -> str:
    """A loaded configuration has the whole path of its mapping: of a preset, its name is enough."""
    if mapping is None:
        return ""
    path = Path(mapping)
    return path.stem if path.parent == mappings.PRESETS else mapping


def _as_id(name: str) -> str:
    """`112 Kabupaten Bengkalis` is 112-kabupaten-bengkalis."""
    ascii_letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_letters)[:LONGEST_ID].strip("-") or NAMELESS


def _toml(value: object) -> str:
    """A string of JSON is one of TOML, but for one sign that TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace(_DELETE, "\\u007f")
