"""Pagination tokens: opaque text that says where the next page begins.

Above: list operations. A token is base64url of JSON `[scope, position]` and an eight-byte checksum;
the scope (owner, operation and filters) must be the one of the call, so that a token does not travel
between lists. There is no secret: a token gives nothing that the list itself does not.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson

from seaglass.server.wire.validate import at, broken_rules

if TYPE_CHECKING:
    from seaglass.base.errors import Invalid

PAGE_ROWS_DEFAULT = 100
_CHECKSUM_BYTES = 8


def encode(scope: str, position: str) -> str:
    """Make the token for the page after `position`."""
    content = orjson.dumps([scope, position])
    return base64.urlsafe_b64encode(_checksum(content) + content).decode("ascii")


def decode(scope: str, token: str | None) -> str | None:
    """Read a token; None stays None, the first page.

    Raises: Invalid(bad_request) when it is not a token of this scope.
    """
    if token is None:
        return None
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _refused() from None
    checksum, content = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
    if checksum != _checksum(content):
        raise _refused()
    # Anybody can make a checksum, so that what it is of may be anything.
    try:
        match orjson.loads(content):
            case [found, str(position)] if found == scope:
                return position
    except orjson.JSONDecodeError:
        pass
    raise _refused()


def _checksum(content: bytes) -> bytes:
    return blake2b(content, digest_size=_CHECKSUM_BYTES).digest()


def _refused() -> Invalid:
    rule = "Member must be the nextToken of an earlier reply to the same list"
    return broken_rules([at("nextToken", rule)])
