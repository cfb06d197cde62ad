"""Finds and reads mapping files: the presets in resources/mappings, and those of a centre."""

from __future__ import annotations

from pathlib import Path

from wallboard.core.text import made_plain
from wallboard.declared import reading
from wallboard.feed.mapping.checks import CHECKS
from wallboard.feed.mapping.declaration import Mapping
from wallboard.resources import RESOURCES

PRESETS = RESOURCES / "mappings"
SUFFIX = ".toml"


def presets() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in PRESETS.glob(f"*{SUFFIX}")))


def load(name: str) -> Mapping:
    """`name` is a preset's or the path of a TOML file. Raises FileErrors, with everything that is wrong."""
    path = located(name)
    return loads(reading.read(path), str(path))


def loads(text: str, origin: str) -> Mapping:
    """`origin` names the text in messages. Raises FileErrors."""
    return reading.loads(text, origin, Mapping, CHECKS, show_texts=True)


def is_path(name: str) -> bool:
    """Of a file, and not the name of a preset."""
    return name.endswith(SUFFIX) or "/" in name or "\\" in name


def suggested(name: str) -> str | None:
    """What would do instead of a preset's name; None where there is this preset."""
    if name in presets():
        return None
    import difflib

    close = difflib.get_close_matches(name, presets(), n=1)
    return f"did you mean {close[0]}?" if close else f"{', '.join(presets())}, or the path of a {SUFFIX} file"


def located(name: str, folder: Path | None = None) -> Path:
    """The file; a path within `folder` where it is not absolute. Raises FileErrors for a preset that there is not."""
    if is_path(name):
        return ((folder or Path()) / name).absolute()
    if instead := suggested(name):
        raise reading.refused(made_plain(name), "there is no preset of this name", instead)
    return PRESETS / f"{name}{SUFFIX}"
