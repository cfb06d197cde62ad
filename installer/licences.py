"""Whose work is in a bundle, under which licence, with the texts: read from the packages that are frozen.

Standard library only, as all that installer/build.py imports.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

BUILD_ONLY = frozenset(
    {"altgraph", "packaging", "pefile", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools"},
)
"""Locked for the build, and not in the bundle; of PyInstaller only its bootloader is, which its licence excepts, and
its runtime hooks, which are under another.
"""

TEXTS = {
    # Their wheels hold the text of Qt's commercial licence alone, which is not the one that they are used under.
    "pyside6-essentials": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "pyside6-addons": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt"),
}
"""In place of what a package's wheel holds: files of installer/texts."""

_TEXT = re.compile(r"licen[cs]e|copying|notice|authors", re.IGNORECASE)
_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Component:
    name: str
    version: str
    licence: str
    """As the package's own metadata says, preferably an SPDX expression."""
    texts: tuple[Path, ...]
    kind: str = "pypi"
    """Of its package URL."""
    inside: str = ""
    """Which component it is a part of, if it came with one."""


def locked(lock: Path) -> dict[str, str]:
    """The version of each package of a lock file, by its normalised name."""
    return dict(_LOCKED.findall(lock.read_text("utf-8")))


def components(
    lock: Path,
    packages: Sequence[str] = sys.path,
    python: Path = Path(sys.base_prefix),
    python_version: str = platform.python_version(),
) -> list[Component]:
    """What is in the bundle beside Wallboard itself, by name, and Python at last.

    `packages` are folders with packages, `python` is the folder of the interpreter. KeyError where one lacks.
    """
    found = {normalised(one.metadata["Name"]): one for one in distributions(path=list(packages))}
    return [
        *(_component(found[name]) for name in sorted(locked(lock)) if name not in BUILD_ONLY),
        _python(python, python_version),
    ]


def _component(found: Distribution) -> Component:
    name = normalised(found.metadata["Name"])
    if name in TEXTS:
        texts = [ROOT / "installer" / "texts" / text for text in TEXTS[name]]
    else:
        texts = sorted(
            Path(str(file.locate()))
            for file in found.files or ()
            if any(part.endswith(".dist-info") for part in file.parts) and _TEXT.search("/".join(file.parts[1:]))
        )
    return Component(name, found.version, _licence(found), tuple(texts))


def _licence(found: Distribution) -> str:
    metadata = found.metadata
    for field in ("License-Expression", "License"):
        if field in metadata and "\n" not in metadata[field]:
            return metadata[field]
    prefix = "License :: "
    classified = [one.rsplit(" :: ", 1)[-1] for one in metadata.get_all("Classifier", []) if one.startswith(prefix)]
    return " AND ".join(classified) or "see its text"


def _python(folder: Path, version: str) -> Component:
    texts = [*folder.glob("LICENSE.txt"), *folder.glob("lib/python3.*/LICENSE.txt")]
    return Component("python", version, "PSF-2.0", tuple(texts[:1]), "generic")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def destinations(found: list[Component]) -> list[tuple[str, str]]:
    """Each text and its folder in the bundle, licences/NAME/..., as PyInstaller's `datas` has them."""
    return [(str(text), f"licences/{one.name}/{_inside(text)}".rstrip("/")) for one in found for text in one.texts]


def _inside(text: Path) -> str:
    """numpy has texts of one name in folders of its own."""
    for depth, parent in enumerate(text.parents):
        if parent.name == "licenses" and parent.parent.name.endswith(".dist-info"):
            return "/".join(text.parts[len(text.parts) - depth - 1 : -1])
    return ""
