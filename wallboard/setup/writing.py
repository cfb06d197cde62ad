"""Writes the configuration that was chosen."""

from __future__ import annotations

import os
import shutil
from itertools import chain, count
from pathlib import Path

OLD_SUFFIX = ".old"
"""As the installer names what it replaces."""


def write(text: str, path: Path) -> None:
    """Whole or not at all; a file that is there is kept beside it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    try:
        with new.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copy2(path, replaced(path))
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def replaced(path: Path) -> Path:
    """Where the file that is there will be kept: no earlier one is lost for it."""
    names = chain((OLD_SUFFIX,), (f"{OLD_SUFFIX}.{number}" for number in count(1)))
    return next(old for name in names if not (old := path.with_name(path.name + name)).exists())
