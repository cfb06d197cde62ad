"""What a release says of itself: the section of CHANGELOG.md that has its version.

python -m installer.notes VERSION
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

CHANGES = Path(__file__).resolve().parents[1] / "CHANGELOG.md"


def section(changes: str, version: str) -> str:
    """Without its heading, `## VERSION, DAY`. Raises ValueError where there is none."""
    heading = re.compile(rf"^## {re.escape(version)}(?![\w.]).*\n", re.MULTILINE)
    found = heading.search(changes)
    if found is None:
        raise ValueError(f"CHANGELOG.md has no section of {version}")
    return re.split(r"^## ", changes[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip() + "\n"


def main(arguments: Sequence[str]) -> None:
    (version,) = arguments
    try:
        sys.stdout.buffer.write(section(CHANGES.read_text("utf-8"), version).encode())
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
