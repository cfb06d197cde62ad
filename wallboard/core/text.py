"""Text from outside is made plain before anything else sees it."""

from __future__ import annotations

import unicodedata

LONGEST_TEXT = 500
"""Characters kept of one text: twice the longest title and address that the sample feeds hold, and one wall line."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def made_plain(text: str) -> str:
    """One line of printable text: white space folded, control characters shown as U+FFFD, and format characters
    (bidirectional overrides, zero-width signs) removed, so that a title can neither break a line nor reverse one.
    """
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    if text.isprintable() and "  " not in text:
        return text.strip()
    kept: list[str] = []
    for character in text:
        category = unicodedata.category(character)
        if character.isspace() or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category == "Cf":
            continue
        elif category in ("Cc", "Cs", "Co", "Cn"):
            kept.append(_REPLACEMENT)
        else:
            kept.append(character)
    return " ".join("".join(kept).split())
