"""The gate between a bundle and its release: nothing is in it that was not pinned, and nothing of Windows' own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

PROGRAMS = ("wallboard.exe", "wallboard-cli.exe")
"""Made by PyInstaller of its pinned bootloader; everything else that Windows can run must be a pinned file."""

WINDOWS_OWN = re.compile(r"(icu\w*|mscms|ucrt\w*|api-ms-win-.*)\.dll", re.IGNORECASE)
"""Parts of Windows: a copy would be out of date on the next one, and wine's shims have these names."""

RUNS = (".dll", ".exe", ".pyd", ".sys", ".com", ".bat", ".cmd", ".ps1", ".vbs")


def digests(pinned: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Of each file that Windows can load: where it is from, by its SHA-256."""
    return {hashlib.sha256(content).hexdigest(): name for name, content in pinned if name.lower().endswith(RUNS)}


def offences(bundle: Path, allowed: Mapping[str, str]) -> list[str]:
    """What must not be in the bundle, in words; empty for one that may be released."""
    found = []
    for path in sorted(bundle.rglob("*")):
        inside = path.relative_to(bundle).as_posix()
        if not path.is_file() or not inside.lower().endswith(RUNS) or inside in PROGRAMS:
            continue
        if WINDOWS_OWN.fullmatch(path.name):
            found.append(f"{inside} is a part of Windows")
        elif hashlib.sha256(path.read_bytes()).hexdigest() not in allowed:
            found.append(f"{inside} is no file of the pinned inputs")
    return [*found, *(f"{name} lacks" for name in PROGRAMS if not (bundle / name).is_file())]
