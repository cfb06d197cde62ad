"""Writes the reference in docs/mappings.md from the declarations.

Run `python -m wallboard.feed.mapping.document docs/mappings.md`; a test compares the two.
"""

from __future__ import annotations

import sys
from pathlib import Path

from wallboard.declared.declarations import options
from wallboard.declared.document import keys, rows, section, sections
from wallboard.feed.mapping.declaration import Mapping, Source

BEGINS = (
    "<!-- What follows is written by `python -m wallboard.feed.mapping.document docs/mappings.md`. Do not edit. -->\n"
)

SOURCES = """\
## A source

A *source* tells a field's value. As a text it is a JMESPath expression over the row (in `[centre]`: the value itself);
as a table it is one of `expression`, `constant` and `template`, with what else is to be known of it:

```toml
title = "type.name"
priority = { constant = 3 }
address = { template = "{street} {house}, {city}" }
closed_at = { expression = "ended", time = "epoch_ms", null = [0] }
```
"""


def reference() -> str:
    of = options(Mapping)
    return "\n".join(
        [
            BEGINS,
            "# Reference\n",
            "Keys at the top of the file, before the first table:\n",
            rows(keys(tuple(option for option in of if option.name != "values"))),
            SOURCES,
            section("{ ... }", "The keys of a source.", options(Source)).partition("\n\n")[2],
            *sections(of),
            f"## `[values.NAME]`\n\n{next(option.description for option in of if option.name == 'values')}\n",
        ]
    )


def with_reference(document: str) -> str:
    """The document with its reference as the declarations have it now."""
    return document.partition(BEGINS)[0] + reference()


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_reference(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
