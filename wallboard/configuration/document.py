"""Writes docs/configuration.md from the declarations.

Run `python -m wallboard.configuration.document > docs/configuration.md`; a test compares the two.
"""

from __future__ import annotations

import sys

from wallboard.configuration.locations import SMALLEST
from wallboard.configuration.options import Configuration
from wallboard.declared.declarations import options
from wallboard.declared.document import keys, rows, sections

EXAMPLE = """\
language = "id"
theme = "dark"

[[feed]]
id = "bengkalis"
url = "https://dispatch.example.go.id/api/v1"
auth = "bearer"
poll_interval_s = 2
deadline_s = 10

[[feed]]
id = "siak"
centre_name = "112 Siak"
url = "https://dispatch.siak.example.go.id/api/v1"
auth = "bearer"
poll_interval_s = 5

[feed.rules.call_waiting]
critical_s = 30

[wall]
diagonal_in = 55
viewing_distance_m = 4
location = "district"
rotate_s = 30

[wall.night]
from = "22:00"
to = "05:00"
brightness = 0.5

[[page]]
name = "Semua"
columns = 1
rows = 1
panels = [{ panel = "centres", column = 0, row = 0 }]

[[page]]
name = "Insiden"
columns = 3
rows = 10
panels = [
    { panel = "kpis", column = 0, row = 0, column_span = 3, row_span = 3 },
    { panel = "incidents", column = 0, row = 3, column_span = 2, row_span = 7 },
    { panel = "agencies", column = 2, row = 3, row_span = 7 },
]

[[page]]
name = "Panggilan"
feed = "bengkalis"
columns = 2
rows = 10
panels = [
    { panel = "calls", column = 0, row = 0, row_span = 8 },
    { panel = "hours", column = 1, row = 0, row_span = 8 },
    { panel = "funnel", column = 0, row = 8, column_span = 2, row_span = 2 },
]

[metrics]
short_abandon_s = 5

[usual]
calls_per_hour = [
    4, 3, 2, 2, 2, 3, 6, 10, 14, 15, 14, 13,
    12, 13, 14, 13, 12, 11, 10, 10, 9, 8, 6, 5,
]

[rules.call_waiting]
warning_s = 10
critical_s = 20

[rules.incident_unassigned]
warning_s = [60, 120, 300, 600]
critical_s = [120, 240, 600, 1200]

[rules.service_level]
warning = 0.95
critical = "off"

[rules.call_talking]
enabled = false
"""

INTRODUCTION = """\
# Configuration

<!-- Written by `python -m wallboard.configuration.document` from the declarations in the code. Do not edit. -->

Wallboard reads one [TOML](https://toml.io/en/v1.0.0) file, `wallboard.toml`. Only the feed must be told; everything
else has a default. The program checks the whole file before it starts, and tells every error at once: the line, the
key, what is wrong with it and what is allowed. A key that it does not know is an error too.

Numbers may be written with or without a decimal point. Units stand in the names: `_s` is seconds, `_m` metres, `_in`
inches. The file is UTF-8.

With several centres, each has a `[[feed]]`. Its tables come right after it, before the next:
`[feed.rules.call_waiting]` changes a limit for that centre alone. What `[metrics]`, `[usual]` and `[rules]` say holds
for every other.

## Where the file is

| system | for one user | for every user |
|---|---|---|
| Windows | `%LOCALAPPDATA%\\wallboard\\wallboard.toml` | `%PROGRAMDATA%\\wallboard\\wallboard.toml` |
| Linux | `~/.config/wallboard/wallboard.toml` | `/etc/xdg/wallboard/wallboard.toml` |

The user's file is taken where there are both.
"""

SECRETS = """\
No secret is ever in this file. Each is in the system's keyring (service `wallboard`) or, where there is no keyring, in
an environment variable named after the feed:

| secret | user in the keyring | environment variable |
|---|---|---|
| the token or password of `auth` | `bengkalis`, the feed's id | `WALLBOARD_TOKEN_BENGKALIS` |
| the passphrase of an encrypted `client_key` | `bengkalis.key` | `WALLBOARD_KEY_BENGKALIS` |
| `NAME:PASSWORD` for `proxy` | `bengkalis.proxy` | `WALLBOARD_PROXY_BENGKALIS` |

`auth = "oauth2"` exchanges the password of `user` for tokens, which live in memory only, and renews them by itself. For
Resgrid, version 4:

```toml
url = "https://api.resgrid.com/api/v4"
auth = "oauth2"
user = "wall"
token_url = "/connect/token"
scope = "openid profile offline_access"
```
"""


def document() -> str:
    parts = [
        INTRODUCTION,
        f"## The smallest configuration\n\n```toml\n{SMALLEST}```\n\n{SECRETS}",
        "## Top of the file\n\nThese keys stand before the first table.\n\n" + rows(keys(options(Configuration))),
        *sections(options(Configuration)),
        f"## A full example\n\n```toml\n{EXAMPLE}```\n",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(document())
