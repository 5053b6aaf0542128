"""Every request, from the socket to the reply: `_answer` is the ordered path on one screen.

Above: app. Below: wire, iam, find, gone, messages, operations. An ASGI application of its own, so that a request pays
for nothing that it does not use. Invariants: every reply carries `x-amzn-RequestId`; errors of any
kind end in `wire.faults`; a result that breaks off after its first bytes ends the connection
without the last chunk, so that no client takes a part for the whole; a client that goes away
cancels what it asked for.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from seaglass.base.errors import Exhausted, Invalid, SeaglassError, Unavailable
from seaglass.base.ids import is_graph_id, is_snapshot_id
from seaglass.server.control.ports import Last
from seaglass.server.control.quotas import QuotaExceeded
from seaglass.server.iam.gate import Gate
from seaglass.server.service.context import Streamed
from seaglass.server.service.find import find_graph
from seaglass.server.service.gone import Lookout
from seaglass.server.service.messages import (
    address_of,
    body_message,
    headers_of,
    looked_at,
    raw_path,
    read_body,
    send_reply,
    signed_request,
    start_message,
)
from seaglass.server.service.operations.table import OPERATIONS
from seaglass.server.service.prompt import Prompt
from seaglass.server.service.requests import Requests
from seaglass.server.service.room import LARGE_BYTES_MAX, Room
from seaglass.server.service.sent import Sent
from seaglass.server.service.throttle import Throttle
from seaglass.server.wire import faults
from seaglass.server.wire.model import SERVICE
from seaglass.server.wire.parse import QUERY, parse
from seaglass.server.wire.repeat import Repeats
from seaglass.server.wire.router import Router
from seaglass.server.wire.serialize import Reply, serialize
from seaglass.server.wire.unread import UNREAD_BYTES_MIN
from seaglass.server.wire.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from seaglass.server.service.context import Services
    from seaglass.server.wire.model import Operation, ServiceModel
    from seaglass.server.wire.router import Match

# A result up to this size is sent whole, so that an error at its end is still an ordinary error.
WHOLE_BYTES_MAX = 256 * 1024
# The longest request of the control plane. What it names is kept and listed, a hundred at a time.
CONTROL_BYTES_MAX = 1024 * 1024

# What is known of a head: the inputs that came with it.
_REPEATS = "repeats"
# The name of what was asked for, where it is none.
NO_OPERATION = "no operation"

_log = logging.getLogger(__name__)


class Chain:
    """The ASGI application for all operations of the service model.

    Attributes: requests: those that were answered
    """

    def __init__(self, model: ServiceModel, services: Services) -> None:
        assert set(OPERATIONS) == set(model.operations)
        self._model = model
        self._services = services
        self._router = Router(model)
        self._gate = Gate(services.directory, services.settings.owner, services.clock)
        self._throttle = Throttle(services.settings.rates, services.clock)
        self._lookout = Lookout()
        self._room = Room(LARGE_BYTES_MAX)
        self.requests = Requests()
        # Whose connection the last request came over.
        self._client: tuple[str, int] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # Nothing here speaks WebSocket; refusing is what the protocol asks for.
            await send({"type": "websocket.close", "code": 1000})
            return
        client = scope.get("client")
        services = self._services
        begun = services.clock.monotonic()
        prompt = Prompt(scope, services.rng.uuid(), begun, alone=client == self._client)
        self._client = client
        operation: Operation | None = None
        try:
            answer = await self._answer(scope, receive, prompt)
            if isinstance(answer, Reply):
                await _give(send, answer, prompt)
                return
            operation, streamed = answer
            answering = self._stream(operation, streamed, send, prompt)
            await self._lookout.unless_gone(receive, answering)
        except asyncio.CancelledError:
            # The server ends, and has waited as long as it does. Nobody waits for this task.
            if not prompt.given:
                await _give(send, self._fault(operation, _ending(), prompt), prompt)
        finally:
            if prompt.held_bytes:
                self._room.give(prompt.held_bytes)

    async def refuse(self, send: Send, error: SeaglassError) -> None:
        """Answer a request that is not looked at; the connection ends with it."""
        reply = faults.fault(self._model, None, error, {})
        headers = {**reply.headers, "connection": "close"}
        await send_reply(send, replace(reply, headers=headers), self._services.rng.uuid())

    async def _answer(
        self, scope: Scope, receive: Receive, prompt: Prompt
    ) -> Reply | tuple[Operation, Streamed]:
        operation: Operation | None = None
        try:
            # 1. which operation
            repeats: Repeats | None = prompt.known.get(_REPEATS)
            match = (
                self._router.route(scope["method"], raw_path(scope))
                if repeats is None
                else repeats.match
            )
            operation = match.operation
            headers = headers_of(scope)
            self._gate.refuse_strangers(headers, SERVICE)
            # 2. the whole body, up to the limit; after it the connection can be used again
            bytes_max = self._bytes_max(operation)
            body: bytes | bytearray | None = prompt.body
            if body is None or len(body) > bytes_max:
                size = _declared(operation, headers, bytes_max)
                body = await read_body(receive, bytes_max, partial(self._hold, prompt, size))
                if body is None:
                    raise _too_large(operation, bytes_max)
            # 3. who asks, and not too often
            caller = self._gate.believed(headers)
            if caller is None:
                signed = partial(signed_request, scope, body)
                caller = await looked_at(body, partial(self._gate.caller, headers, signed, SERVICE))
            self._throttle.admit(caller.owner, operation)
            services = self._services.of(caller, address_of(scope), Sent(headers, body, prompt))
            known = None if repeats is None else repeats.values(body)
            if known is None:
                # 4. the input's members
                query = scope["query_string"]
                values = await looked_at(body, partial(parse, match, query, headers, body))
                # 5. which graph
                if operation.data_plane:
                    values["graphIdentifier"] = find_graph(
                        services.plane, values.get("graphIdentifier"), headers
                    )
                # 6. the model's rules
                validate(operation, _as_modelled(operation, values))
                self._learn(match, body, values, prompt)
            else:
                values = known
            # 7. what the caller may do
            assert services.authority is not None
            if not services.authority.whole:
                await services.authority.check(operation.name, values)
            # 8. the operation itself
            output = await OPERATIONS[operation.name](services, values)
            # 9. the reply
            if isinstance(output, Streamed):
                return operation, output
            reply = serialize(operation, output)
        except Exception as error:
            return self._fault(operation, error, prompt)
        self._count(operation.name, reply.status, prompt)
        return reply

    def _learn(
        self, match: Match, body: bytes | bytearray, values: dict[str, object], prompt: Prompt
    ) -> None:
        """Remember an input for requests with the same head: a query, not of whichever is the default graph."""
        if len(body) >= UNREAD_BYTES_MIN:
            return
        if match.operation.name == QUERY and self._services.settings.default_graph is None:
            repeats = prompt.known.setdefault(_REPEATS, Repeats(match))
            repeats.learn(body, values)

    async def _hold(self, prompt: Prompt, size: int) -> None:
        """Have room for a large body, for as long as its request is in hand."""
        await self._room.take(size)
        prompt.held_bytes = size

    def _bytes_max(self, operation: Operation) -> int:
        most = self._services.settings.request_bytes_max
        return most if operation.data_plane else min(most, CONTROL_BYTES_MAX)

    def _fault(self, operation: Operation | None, error: Exception, prompt: Prompt) -> Reply:
        request_id = prompt.request_id
        name = NO_OPERATION if operation is None else operation.name
        if isinstance(error, SeaglassError):
            members = error.members if isinstance(error, QuotaExceeded) else {}
            reply = faults.fault(self._model, operation, error, members)
            level = logging.ERROR if reply.status >= 500 else logging.DEBUG
            _log.log(level, "request %s (%s): %s (%s)", request_id, name, error, error.detail)
        else:
            _log.error("request %s (%s) failed", request_id, name, exc_info=error)
            reply = faults.unexpected(self._model, request_id)
        self._count(name, reply.status, prompt)
        return reply

    def _count(self, name: str, status: int, prompt: Prompt) -> None:
        """A request has been answered, or nearly so."""
        seconds = self._services.clock.monotonic() - prompt.begun
        self.requests.add(name, status, seconds)
        if _log.isEnabledFor(logging.INFO):
            told = (prompt.request_id, name, status, seconds * 1000)
            _log.info("request %s (%s): %d in %.1f ms", *told)

    async def _stream(
        self, operation: Operation, streamed: Streamed, send: Send, prompt: Prompt
    ) -> None:
        """Send a result: whole when it is small, else in chunks as they come."""
        headers = {"content-type": streamed.content_type}
        parts: list[bytes] = []
        size, begun, whole = 0, False, False
        try:
            async with aclosing(streamed.body) as body:
                async for part in body:
                    if begun:
                        await send(body_message(part, more=True))
                        continue
                    parts.append(part)
                    size += len(part)
                    if size <= WHOLE_BYTES_MAX and isinstance(part, Last):
                        # The client need not wait for what is put in order after it.
                        whole = True
                        if not prompt.given:
                            reply = Reply(operation.status, headers, b"".join(parts))
                            await _give(send, reply, prompt)
                    elif size > WHOLE_BYTES_MAX:
                        begun = prompt.given = True
                        await send(start_message(operation.status, headers, prompt.request_id))
                        await send(body_message(b"".join(parts), more=True))
        except Exception as error:
            reply = self._fault(operation, error, prompt)
            if begun:
                # Too late for a status: the connection must end without the last chunk.
                raise
            if not whole and not prompt.given:
                await _give(send, reply, prompt)
            return
        self._count(operation.name, operation.status, prompt)
        if whole:
            return
        if begun:
            await send(body_message(b"", more=False))
        else:
            await _give(send, Reply(operation.status, headers, b"".join(parts)), prompt)


async def _give(send: Send, reply: Reply, prompt: Prompt) -> None:
    prompt.given = True
    await send_reply(send, reply, prompt.request_id)


def _ending() -> SeaglassError:
    return Unavailable(
        "worker",
        "The server is being stopped, and has ended this request. If the request changes data, it is "
        "not known whether the change was made: read it back before trying again.",
    )


def _as_modelled(operation: Operation, values: dict[str, object]) -> dict[str, object]:
    """The values for the model's rules, which know no snapshots that are queried in place, and no
    graphs that are restored from graphs.
    """
    if operation.data_plane:
        named = str(values["graphIdentifier"])
        if is_snapshot_id(named):
            return {**values, "graphIdentifier": named.replace("gs-", "g-", 1)}
    elif operation.name == "RestoreGraphFromSnapshot":
        named = str(values["snapshotIdentifier"])
        if is_graph_id(named):
            return {**values, "snapshotIdentifier": named.replace("g-", "gs-", 1)}
    return values


def _declared(operation: Operation, headers: Mapping[str, str], bytes_max: int) -> int:
    """How large a body will be: at most, where its client does not say. Raises: that it is too large."""
    if "transfer-encoding" in headers:
        return bytes_max
    declared = headers.get("content-length", "0")
    size = int(declared[:20]) if declared.isdigit() else 0
    if size > bytes_max:
        raise _too_large(operation, bytes_max)
    return size


def _too_large(operation: Operation, bytes_max: int) -> SeaglassError:
    text = f"The request body is larger than {bytes_max} bytes. Send less at once."
    if operation.name == QUERY:
        return Invalid("query_too_large", text)
    return Exhausted("request_size", text)
