"""What a person chooses at the first start, as the configuration that it makes."""

from __future__ import annotations

import re
import unicodedata
from collections import abc
from enum import StrEnum
from pathlib import Path

import tomlkit
from msgspec import Struct
from tomlkit import TOMLDocument
from tomlkit.items import Table

from wallboard.configuration.load import FileErrors, loads
from wallboard.configuration.options import Configuration
from wallboard.feed.mapping import load as mappings
from wallboard.feed.mapping.declaration import Mapping
from wallboard.feed.settings import POLL_INTERVAL_S, Auth
from wallboard.language import Language

NAMELESS = "centre"
"""The id of a feed whose centre has no letter of A to Z in its name."""

LONGEST_ID = 40

_LAST_KEY = re.compile(r"([a-z_]+)(?:\[\d+\])*$")


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
    poll_interval_s: float | None = None
    """As it is configured already; nobody is asked."""
    known_id: str = ""
    """Of a feed that is configured already, and whose token may be kept under it."""
    base: str = ""
    """The file as it is: what is not asked stays as it stands there."""
    folder: Path | None = None
    """Of that file: paths in it begin there."""

    @property
    def feed_id(self) -> str:
        return self.known_id or _as_id(self.centre_name)

    @property
    def centres(self) -> int:
        """In the file as it is; none where it is new."""
        return len(tomlkit.parse(self.base).get("feed", ()))

    @property
    def asks_for_time_zone(self) -> bool:
        """The system's answers do not tell it."""
        return self.mapping != "" and self._mapping().centre.time_zone is None

    def text(self, remark: str = "") -> str:
        """The configuration as TOML. `remark` stands above one that is new."""
        document = tomlkit.parse(self.base)
        if not self.base and remark:
            for line in remark.splitlines():
                document.add(tomlkit.comment(line))
            document.add(tomlkit.nl())
        document["language"] = self.language.value
        if "feed" not in document:
            document["feed"] = tomlkit.aot()
            document["feed"].append(tomlkit.table())
        _set(document["feed"][0], self._feed())
        _set(_table(document, "wall"), self._wall())
        if self.position.strip() or "alarms" in document:
            _set(_table(document, "alarms"), {"position": self.position.strip()})
        return tomlkit.dumps(document)

    def _feed(self) -> dict[str, object]:
        auth = self.auth
        chosen = {
            "id": self.feed_id,
            "centre_name": self.centre_name.strip(),
            "url": self.url.strip().rstrip("/"),
            "mapping": self.mapping,
            "auth": auth.value,
            "user": self.user.strip() if auth in (Auth.BASIC, Auth.OAUTH2) else "",
            "query_parameter": self.query_parameter.strip() if auth is Auth.QUERY else "",
            "token_url": self.token_url.strip() if auth is Auth.OAUTH2 else "",
            "scope": self.scope.strip() if auth is Auth.OAUTH2 else "",
            "centre_time_zone": self.centre_time_zone.strip() if self.asks_for_time_zone else "",
        }
        shortest_s = self._shortest_interval_s()
        return {**chosen, "poll_interval_s": shortest_s} if shortest_s is not None else dict(chosen)

    def _wall(self) -> dict[str, object]:
        viewing = self.viewing
        return {
            "full_screen": self.role is Role.WALL,
            "screen": self.screen,
            "diagonal_in": viewing.diagonal_in if viewing else "",
            "viewing_distance_m": viewing.distance_m if viewing else "",
        }

    def configuration(self) -> Configuration:
        """Raises FileErrors."""
        return loads(self.text(), "", self.folder)

    def wrong(self) -> tuple[str, ...]:
        """The options of the configuration that cannot be as they were chosen, in its order."""
        lacking = ("url",) if not self.url.strip() else ()
        try:
            self.configuration()
        except FileErrors as errors:
            named = (_LAST_KEY.search(error.place) for error in errors.errors)
            return tuple(dict.fromkeys((*lacking, *(name[1] for name in named if name))))
        return lacking

    def _mapping(self) -> Mapping:
        return mappings.load(str(mappings.located(self.mapping, self.folder)))

    def _shortest_interval_s(self) -> float | None:
        """Where the system wants to be asked less often than it is, or than is usual."""
        shortest_s = self._mapping().shortest_interval_s if self.mapping else 0.0
        return shortest_s if shortest_s > (self.poll_interval_s or POLL_INTERVAL_S) else None


def _table(document: TOMLDocument, name: str) -> Table:
    if name not in document:
        document[name] = tomlkit.table()
    table: Table = document[name]
    return table


def _set(table: Table, values: abc.Mapping[str, object]) -> None:
    """What was not chosen is not there."""
    for key, value in values.items():
        if value != "":
            if table.get(key) != value:  # or a remark behind it would be lost
                table[key] = value
        elif key in table:
            del table[key]


def chosen(text: str, folder: Path, role: Role = Role.WALL) -> Choices:
    """What a configuration has chosen already, of its first feed; `role` where it does not say. Raises FileErrors."""
    configuration = loads(text, "", folder)
    feed, wall = configuration.feed[0], configuration.wall
    viewing = None
    if wall.diagonal_in is not None and wall.viewing_distance_m is not None:
        viewing = Viewing(wall.diagonal_in, wall.viewing_distance_m)
    if wall.full_screen is not None:
        role = Role.WALL if wall.full_screen else Role.SUPERVISOR
    return Choices(
        language=configuration.language,
        centre_name=feed.centre_name or "",
        # As it stands there: once loaded, it has its whole path.
        mapping=tomlkit.parse(text)["feed"][0].get("mapping", ""),
        url=feed.url,
        auth=feed.auth,
        user=feed.user or "",
        query_parameter=feed.query_parameter or "",
        token_url=feed.token_url or "",
        scope=feed.scope or "",
        centre_time_zone=feed.centre_time_zone or "",
        role=role,
        position=configuration.alarms.position,
        screen=wall.screen,
        viewing=viewing,
        poll_interval_s=feed.poll_interval_s,
        known_id=feed.id,
        base=text,
        folder=folder,
    )


def _as_id(name: str) -> str:
    """`112 Kabupaten Bengkalis` is 112-kabupaten-bengkalis."""
    ascii_letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_letters)[:LONGEST_ID].strip("-") or NAMELESS
