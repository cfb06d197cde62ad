"""Halves of characters in JSON.

A text that was cut in the middle of an emoji ends in half of a surrogate pair: JSON's grammar allows it, and what comes
of it is unpredictable (RFC 8259, section 8.2). msgspec refuses the whole body, and one such title would keep every
other row from the wall.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",  # anything else, an escaped backslash too
    re.DOTALL,
)
_REPLACEMENT = rb"\ufffd"


def whole_characters(body: bytes) -> bytes:
    """The body with U+FFFD in place of halves."""
    return _ESCAPE.sub(lambda found: _REPLACEMENT if found["half"] else found[0], body)


def decoded(body: bytes) -> Any:
    """Any JSON. Raises what msgspec.json.decode raises."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return msgspec.json.decode(whole_characters(body))
