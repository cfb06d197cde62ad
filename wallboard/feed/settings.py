"""How one dispatch system is reached. The configuration documents itself from these declarations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

ABSOLUTE_PATH = "the whole path of a file"

POLL_INTERVAL_S = 2.0
"""As often as a feed is polled unless it says otherwise."""


class Auth(StrEnum):
    NONE = "none"
    BEARER = "bearer"
    """`Authorization: Bearer <token>`."""
    API_KEY = "api_key"
    """`X-Api-Key: <token>`."""
    BASIC = "basic"
    """HTTP Basic: the token is the password of `user`."""
    QUERY = "query"
    """The token is the value of the query parameter `query_parameter`."""
    OAUTH2 = "oauth2"
    """A bearer token that `token_url` gives for the name and password of `user`."""


class FeedSettings(Struct, frozen=True, kw_only=True):
    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            description="The feed's name on this machine, under which its token is kept; unique.",
        ),
    ]
    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2_000,
            description="The base address of the dispatch API, without /snapshot.",
        ),
    ]
    auth: Annotated[
        Auth,
        Meta(
            description="How the token is sent: not at all, as a bearer token, in the header X-Api-Key, as the "
            "password of HTTP Basic, or as a query parameter; with oauth2 the password of `user` is exchanged for a "
            "bearer token, which is renewed by itself. The token or password is in the keyring."
        ),
    ] = Auth.NONE
    user: (
        Annotated[
            str,
            Meta(min_length=1, max_length=200, description='The user\'s name for auth = "basic" and auth = "oauth2".'),
        ]
        | None
    ) = None
    query_parameter: (
        Annotated[str, Meta(min_length=1, max_length=200, description='The name of the parameter for auth = "query".')]
        | None
    ) = None
    token_url: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=2_000,
                description='Where auth = "oauth2" gets its tokens: a path below `url`, such as "/connect/token", or a '
                "whole address where it is another server's.",
                extra={"allowed": 'a path that begins with "/", or an address'},
            ),
        ]
        | None
    ) = None
    client_id: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=200,
                description='What this program is called at `token_url`, for auth = "oauth2", where the server asks.',
            ),
        ]
        | None
    ) = None
    scope: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1_000,
                description='The rights that auth = "oauth2" asks for, with spaces between them; with "offline_access" '
                "many servers renew a token without the password.",
            ),
        ]
        | None
    ) = None
    poll_interval_s: Annotated[
        float, Meta(ge=0.5, le=300, description="Seconds from the start of one poll to the start of the next.")
    ] = POLL_INTERVAL_S
    connect_timeout_s: Annotated[
        float,
        Meta(
            ge=0.5,
            le=60,
            description="Seconds for finding the server's address and for the server, or the proxy, to pick up.",
        ),
    ] = 5.0
    first_byte_timeout_s: Annotated[
        float,
        Meta(
            ge=0.5,
            le=120,
            description="Seconds for each step from there to the first byte of an answer: the proxy's way to the "
            "server, the securing of the connection, the answer itself. An answer that the server was asked to hold "
            "until something changes has as much more.",
        ),
    ] = 10.0
    deadline_s: Annotated[
        float,
        Meta(
            ge=1,
            le=120,
            description="Seconds after which a request is given up, from connecting to the last byte of the answer.",
        ),
    ] = 10.0
    max_body_mb: Annotated[
        int,
        Meta(
            ge=1,
            le=256,
            description="Megabytes of an answer, unpacked, beyond which it is refused.",
        ),
    ] = 32
    ca_file: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1_000,
                description="A file with certificates of the centre's own authority, in PEM form, which https trusts "
                "beside those of the operating system.",
                extra={"allowed": ABSOLUTE_PATH},
            ),
        ]
        | None
    ) = None
    client_certificate: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1_000,
                description="A file with the certificate that this computer shows the server, in PEM form, followed by "
                "those of its issuers where the server needs them.",
                extra={"allowed": ABSOLUTE_PATH},
            ),
        ]
        | None
    ) = None
    client_key: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1_000,
                description="The file with the key of `client_certificate`, in PEM form, where that file does not hold "
                "it. The passphrase of an encrypted key is in the keyring.",
                extra={"allowed": ABSOLUTE_PATH},
            ),
        ]
        | None
    ) = None
    proxy: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2_000,
            description="The proxy on the way to the server: that of the system or the environment, none, or the one "
            "at this address. Its name and password, where it asks for them, are in the keyring.",
            extra={"allowed": '"system", "none", or an address such as "http://proxy.example.go.id:3128"'},
        ),
    ] = "system"
    mapping: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1_000,
                description="How to read an API that is not the dispatch contract: the name of a preset, or the path "
                "of a mapping file, from this file's folder (see docs/mappings.md).",
            ),
        ]
        | None
    ) = None
    centre_name: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=100,
                description="The centre's name, until its data tell it, and where its mapping cannot.",
            ),
        ]
        | None
    ) = None
    centre_time_zone: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=60,
                description="The centre's time zone, such as `Asia/Jakarta`, where its mapping cannot tell it.",
            ),
        ]
        | None
    ) = None
