"""The centres of a demo with several: the kabupaten and kota of Riau.

Bengkalis is drawn from what is known of it (bengkalis_facts); the others have its days, places and crews under their
own names, each with a seed of its own. When their number is used up, they are counted on.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from wallboard.demo.bengkalis_facts import CENTRE
from wallboard.demo.rows import Centre

# The ten kabupaten and two kota of the province (BPS, kode wilayah 14).
REGENCIES = (
    "Bengkalis", "Siak", "Pekanbaru", "Dumai", "Kampar", "Pelalawan", "Indragiri Hulu", "Indragiri Hilir",
    "Kuantan Singingi", "Rokan Hulu", "Rokan Hilir", "Kepulauan Meranti",
)  # fmt: skip


def centres(count: int) -> tuple[Centre, ...]:
    """The first so many, the first of them Bengkalis itself. Identifiers are made of small letters, digits and -."""
    made = []
    for index in range(count):
        turn, place = divmod(index, len(REGENCIES))
        name = REGENCIES[place] if turn == 0 else f"{REGENCIES[place]} {turn + 1}"
        identifier = re.sub(r"[^a-z0-9]+", "-", name.lower())
        made.append(replace(CENTRE, id=CENTRE.id if index == 0 else identifier, name=f"112 {name} (demo)"))
    return tuple(made)
