"""How one dispatch system is reached. The configuration documents itself from these declarations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


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
            "password of HTTP Basic, or as a query parameter. The token itself is in the keyring."
        ),
    ] = Auth.NONE
    user: (
        Annotated[str, Meta(min_length=1, max_length=200, description='The user\'s name for auth = "basic".')] | None
    ) = None
    query_parameter: (
        Annotated[str, Meta(min_length=1, max_length=200, description='The name of the parameter for auth = "query".')]
        | None
    ) = None
    poll_interval_s: Annotated[
        float, Meta(ge=0.5, le=300, description="Seconds from the start of one poll to the start of the next.")
    ] = 2.0
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
