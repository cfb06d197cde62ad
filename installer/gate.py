"""The gate between a bundle and its release: nothing is in it that was not pinned, and nothing of the system's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

PROGRAMS = ("wallboard.exe", "wallboard-cli.exe")
LINUX_PROGRAMS = ("wallboard",)
"""Made by PyInstaller of its pinned bootloader; everything else that the system can run must be a pinned file."""

WINDOWS_OWN = re.compile(r"(icu\w*|mscms|ucrt\w*|api-ms-win-.*)\.dll", re.IGNORECASE)
"""Parts of Windows: a copy would be out of date on the next one, and wine's shims have these names."""

RUNS = re.compile(r".+\.(dll|exe|pyd|sys|com|bat|cmd|ps1|vbs|so(\.\d+)*)", re.IGNORECASE | re.DOTALL)
"""What Windows or Linux can run or load, by its name."""


def digests(pinned: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Of each file that can be run or loaded: where it is from, by its SHA-256."""
    return {hashlib.sha256(content).hexdigest(): name for name, content in pinned if RUNS.fullmatch(name)}


def offences(bundle: Path, allowed: Mapping[str, str], programs: Collection[str] = PROGRAMS) -> list[str]:
    """What must not be in the bundle, in words; empty for one that may be released."""
    found = []
    for path in sorted(bundle.rglob("*")):
        inside = path.relative_to(bundle).as_posix()
        if not path.is_file() or not RUNS.fullmatch(inside) or inside in programs:
            continue
        if WINDOWS_OWN.fullmatch(path.name):
            found.append(f"{inside} is a part of Windows")
        elif hashlib.sha256(path.read_bytes()).hexdigest() not in allowed:
            found.append(f"{inside} is no file of the pinned inputs")
    return [*found, *(f"{name} lacks" for name in programs if not (bundle / name).is_file())]
