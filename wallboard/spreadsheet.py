"""What spreadsheets make of a CSV file."""

from __future__ import annotations

import re

ENCODING = "utf-8-sig"
"""With a mark in front, by which Excel knows UTF-8."""

_FORMULA = re.compile(r"(^|[;,\t\r\n])(\s*[=+\-@＝＋－＠])")
"""What a spreadsheet computes: at the start of a cell, and behind whatever it may take for the end of one, which of a
comma and a semicolon depends on the computer's language (owasp.org/www-community/attacks/CSV_Injection)."""


def defused(text: str) -> str:
    """The text, whatever it begins with: an apostrophe says so to a spreadsheet."""
    return _FORMULA.sub(r"\1'\2", text)
