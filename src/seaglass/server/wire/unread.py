"""Bodies of queries whose parameters are not read here.

Above: parse; the worker, which reads them. Below: document. Reading some megabytes of JSON holds the interpreter: no
other request goes on meanwhile, in whatever thread it is done. The front needs what stands around the parameters, and
finds that from both ends. Bodies with anything unusual about them are left to `document`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.base.unread import Unread
from seaglass.server.wire.document import read_json, read_json_of_any_depth

if TYPE_CHECKING:
    from collections.abc import Mapping

# Smaller ones are read in half a millisecond.
UNREAD_BYTES_MIN = 64 * 1024
# A query behind the parameters has braces too.
ENDS_MAX = 256

_PARAMETERS = "parameters"
_QUERIES = frozenset({"query", "queryString"})
# Whether it is JSON is found out when it is read. Nothing is tried twice: the quantifiers are possessive.
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_MEMBER = rb"\s*+" + _TEXT + rb"\s*+:\s*+(?:" + _TEXT + rb"|[-+.0-9A-Za-z]++)\s*+"
_before = re.compile(
    rb"\s*+\{(?:" + _MEMBER + rb',)*\s*+"parameters"\s*+:\s*+(?=\{)', re.DOTALL
).match
_after = re.compile(rb"\s*+(?:," + _MEMBER + rb")*+\}\s*+", re.DOTALL).fullmatch


def around(body: bytes | bytearray) -> dict[str, object] | None:
    """The object that a body is, with its parameters unread; None where it is not clear what is around them."""
    begun = _before(body)
    if begun is None:
        return None
    start, end = begun.end(), len(body)
    for _ in range(ENDS_MAX):
        end = body.rfind(b"}", start, end)
        if end < 0:
            return None
        if _after(body, end + 1):
            break
    else:
        return None
    try:
        content = read_json(body[:start] + b"null" + body[end + 1 :])
    except Invalid:
        return None
    if not isinstance(content, dict) or content[_PARAMETERS] is not None:
        return None
    if _QUERIES.isdisjoint(content):
        # It stands before something that only looks like the end of the parameters.
        return None
    content[_PARAMETERS] = Unread(body)
    return content


def parameters_of(unread: Unread) -> Mapping[str, object]:
    """Read parameters. Raises: Invalid(bad_request) when they, or what is around them, are not JSON."""
    content = read_json_of_any_depth(unread.body)
    parameters = content.get(_PARAMETERS) if isinstance(content, dict) else None
    return parameters if isinstance(parameters, dict) else {}
