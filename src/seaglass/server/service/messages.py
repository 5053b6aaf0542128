"""Requests in, replies out: ASGI's messages.

Above: chain, identity. Below: iam's requests, wire's replies. Every reply carries `x-amzn-RequestId`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from seaglass.base.errors import Invalid
from seaglass.server.iam.sigv4 import SignedRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Message, Receive, Scope, Send

    from seaglass.server.wire.serialize import Reply


# A body from this size on is looked at in a thread, so that other requests do not wait for it.
INLINE_BYTES_MAX = 1024 * 1024

T = TypeVar("T")


async def looked_at(body: bytes | bytearray, work: Callable[[], T]) -> T:
    """Do work that goes through a whole body. Raises: what the work raises."""
    if len(body) < INLINE_BYTES_MAX:
        return work()
    return await asyncio.to_thread(work)


async def read_body(
    receive: Receive, bytes_max: int, hold: Callable[[], Awaitable[None]] | None = None
) -> bytes | bytearray | None:
    """Read a whole body; None when it is larger than allowed.

    Args: hold: awaited once so much has come that it is a large one
    Raises: Invalid(bad_request) when the client goes away.
    """
    # It grows where it is: pieces that are joined at the end would be there twice.
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Invalid("bad_request", "The client went away before its request was complete.")
        part: bytes = message.get("body", b"")
        if len(body) + len(part) > bytes_max:
            return None
        if hold is not None and len(body) + len(part) >= INLINE_BYTES_MAX:
            await hold()
            hold = None
        more: bool = message.get("more_body", False)
        if not more and not body:
            return part
        body += part
        if not more:
            return body


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by name, in lower case; of several of one name, the last."""
    return {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}


def raw_path(scope: Scope) -> str:
    """The path as it came, undecoded."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    return raw.decode("latin-1")


def signed_request(scope: Scope, body: bytes | bytearray) -> SignedRequest:
    """A request as its signature covers it."""
    return SignedRequest(
        scope["method"],
        raw_path(scope),
        scope["query_string"].decode("latin-1"),
        [(k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in scope["headers"]],
        body,
    )


def address_of(scope: Scope) -> str | None:
    """The address that a request comes from."""
    client = scope.get("client")
    return None if client is None else str(client[0])


async def send_reply(send: Send, reply: Reply, request_id: str) -> None:
    """Send a whole reply."""
    headers = {**reply.headers, "content-length": str(len(reply.body))}
    await send(start_message(reply.status, headers, request_id))
    await send(body_message(reply.body, more=False))


def start_message(status: int, headers: Mapping[str, str], request_id: str) -> Message:
    """The head of a reply."""
    raw: list[Any] = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    raw.append((b"x-amzn-RequestId", request_id.encode("latin-1")))
    return {"type": "http.response.start", "status": status, "headers": raw}


def body_message(body: bytes, *, more: bool) -> Message:
    """A part of a reply's body."""
    return {"type": "http.response.body", "body": body, "more_body": more}
