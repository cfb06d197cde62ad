"""Characters of JSON that msgspec does not read.

RFC 8259 wants UTF-8 (section 8.1); a system that nobody will change may write another set, and say so in its header.

A text that was cut in the middle of an emoji ends in half of a surrogate pair: JSON's grammar allows it, and what comes
of it is unpredictable (RFC 8259, section 8.2). msgspec refuses the whole body, and one such title would keep every
other row from the wall.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

import msgspec

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",  # anything else, an escaped backslash too
    re.DOTALL,
)
_CHARACTER_SETS = ("iso8859", "cp125", "utf-16", "utf-32")
"""What systems write, by Python's names. Some of the others take hours for a large body (punycode)."""

_REPLACEMENT = rb"\ufffd"

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Some systems begin UTF-8 with it; a reader of JSON may pass over it (RFC 8259, section 8.1), and msgspec does not."""


def whole_characters(body: bytes) -> bytes:
    """The body with U+FFFD in place of halves."""
    return _ESCAPE.sub(lambda found: _REPLACEMENT if found["half"] else found[0], body)


def as_utf8(body: bytes, charset: str) -> bytes:
    """The body of that character set; as it is where that is UTF-8, unknown, or not what the body is in."""
    try:
        name = codecs.lookup(charset).name
        return body.decode(name).encode() if name.startswith(_CHARACTER_SETS) else body
    except (LookupError, ValueError):
        return body


def decoded(body: bytes) -> Any:
    """Any JSON. Raises what msgspec.json.decode raises."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return msgspec.json.decode(whole_characters(body))
