"""The frames that the front and a worker exchange over a Unix stream socket.

Below: base. Above: `client` (the front's side, asyncio) and `server` (the worker's side, blocking
threads).

    offset  bytes  field
    0       4      length of the body in bytes, unsigned, big-endian
    4       1      kind
    5       n      body

    kind  name     direction        body
    1     REQUEST  front to worker  JSON object: `op` names the operation, the rest are arguments
    2     DATA     worker to front  the next bytes of the result, as they are
    3     END      worker to front  JSON object: the answer is complete, these are its facts
    4     ERROR    worker to front  JSON object {category, kind, message}, see `errors`
    5     REPLIED  worker to front  the result, whole, after a count: unsigned, big-endian, 4 bytes

Invariants: the worker greets each connection with an empty END, so that an open connection has a
thread behind it and not only a queue. One request at a time on a connection. Each REQUEST is
answered by any number of DATA frames and then by exactly one END or ERROR, or by one REPLIED alone.

A REQUEST whose object has `unread` is followed by so many bytes: the body of a query as its client sent it, for
`parameters` (`base.unread`).

A REQUEST may lend the client's socket: its descriptor comes with the first byte (SCM_RIGHTS), and `reply`
of the object is the head of the reply (`base.reply`). The worker may send a result to it that is
whole and small, and then tells in REPLIED of how many bytes of the reply the socket has taken. It lets
go of the socket with its answer. JSON is UTF-8; a lone
surrogate, which JSON text can carry, travels as its three bytes. Both ends check every length
against the limit of its kind, so that a damaged stream cannot ask for gigabytes.
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from typing import TYPE_CHECKING

import orjson

from seaglass.base.errors import Invalid, Unavailable
from seaglass.server.link.limits import (
    LINK_BUFFER_BYTES,
    LINK_CONTROL_BYTES,
    LINK_DATA_BYTES,
    LINK_REQUEST_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = struct.Struct(">IB")
# The member of a REQUEST that says how many bytes follow it.
UNREAD = "unread"
# Of REPLIED.
COUNT = struct.Struct(">I")


class Kind(IntEnum):
    """What a frame is."""

    REQUEST = 1
    DATA = 2
    END = 3
    ERROR = 4
    REPLIED = 5


_KINDS = {kind.value: kind for kind in Kind}
# By kind, as a number: members of an enumeration are slow to look up, and to name.
_BODY_BYTES_MAX = (
    0,
    LINK_REQUEST_BYTES,
    LINK_DATA_BYTES,
    LINK_CONTROL_BYTES,
    LINK_CONTROL_BYTES,
    COUNT.size + LINK_BUFFER_BYTES,
)
REQUEST, DATA, END, ERROR, REPLIED = Kind


def frame(kind: Kind, body: bytes) -> bytes:
    """Return one whole frame. Raises: Invalid(query_too_large) for a body past its limit."""
    limit = _BODY_BYTES_MAX[kind]
    if len(body) > limit:
        raise Invalid(
            "query_too_large",
            f"A message of {len(body)} bytes does not fit between the server and its worker; the "
            f"limit is {limit} bytes. Send less at once, for example fewer parameter values.",
        )
    return HEADER.pack(len(body), kind) + body


def parse_header(header: bytes | bytearray) -> tuple[Kind, int]:
    """Return the kind and the body's length. Raises: Unavailable(worker) for another header."""
    length, number = HEADER.unpack(header)
    kind = _KINDS.get(number)
    if kind is None:
        raise broken(f"a frame of unknown kind {number}")
    if length > _BODY_BYTES_MAX[kind]:
        raise broken(
            f"a {kind.name} frame of {length} bytes, past the limit of {_BODY_BYTES_MAX[kind]}"
        )
    return kind, length


def encode_request(message: Mapping[str, object]) -> bytes:
    """Return the body of a REQUEST, which may carry megabytes of parameters.

    Args: message: of finite numbers and integers of 64 bits, as JSON from a client always is
    """
    try:
        return orjson.dumps(message)
    except orjson.JSONEncodeError:
        # A lone surrogate.
        return encode_json(message)


def decode_request(body: bytes | bytearray) -> dict[str, object]:
    """Return the message in the body of a REQUEST. Raises: as decode_json."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return decode_json(body)
    return _checked(message)


def encode_json(message: Mapping[str, object]) -> bytes:
    """Return the JSON body of a message."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def decode_json(body: bytes | bytearray) -> dict[str, object]:
    """Return the message in a body. Raises: Unavailable(worker) when it is no JSON object."""
    try:
        message = json.loads(body)
    except ValueError:
        raise broken("a body that is not JSON") from None
    return _checked(message)


def _checked(message: object) -> dict[str, object]:
    if not isinstance(message, dict):
        raise broken("a body that is not a JSON object")
    return message


# How the answer to every query ends.
BARE_END = frame(END, encode_json({}))


def whole_answer(received: bytes | bytearray) -> bytes | None:
    """The answer to a query that is there as one DATA and the bare end; None for anything else."""
    if len(received) < HEADER.size:
        return None
    length, number = HEADER.unpack_from(received)
    end = HEADER.size + length
    if number != DATA or len(received) != end + len(BARE_END):
        return None
    return bytes(received[HEADER.size : end]) if received.endswith(BARE_END) else None


def replied(received: bytes | bytearray) -> tuple[bytes, int] | None:
    """The answer in a REPLIED that is there, and its count; None until it is."""
    length, _ = HEADER.unpack_from(received)
    if len(received) < HEADER.size + length:
        return None
    start = HEADER.size + COUNT.size
    return bytes(received[start : HEADER.size + length]), COUNT.unpack_from(received, HEADER.size)[
        0
    ]


def broken(what: str) -> Unavailable:
    """Return the error for bytes that are not of this protocol."""
    return Unavailable("worker", f"The connection to the worker broke: it carried {what}.")
