"""Queries that were lost with their worker: what came of them.

Above: `graph`. Below: `process`, server.link.client. The log says of each write from which query it is
(engine/marks), so that the next worker can tell whether a query was committed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, SeaglassError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from seaglass.server.control.ports import QueryRequest
    from seaglass.server.fleet.process import WorkerProcess
    from seaglass.server.link.client import Connection

# A connection that is lost is followed by the end of its worker, which is known in a moment.
EXIT_SECONDS_MAX = 1.0


def is_of_the_worker(error: SeaglassError) -> bool:
    """Whether another worker would answer otherwise: this one ends, or is a replica."""
    return (isinstance(error, Unavailable) and error.kind == "worker") or (
        isinstance(error, Conflict) and error.kind == "replica"
    )


async def settled(
    request: QueryRequest, ask: Callable[[Mapping[str, object]], Awaitable[Mapping[str, object]]]
) -> bytes | None:
    """What a query that has ended has answered; None when it has changed nothing.

    Raises: Conflict(written) when it has, and its rows are lost; Unavailable(worker) while it still
        runs; what `ask` raises
    """
    try:
        told = await ask({"op": "outcome", "query_id": request.query_id, "text": request.text})
    except Conflict as error:
        raise Unavailable("worker", f"{error.message} Try again in a moment.") from error
    if not told["committed"]:
        return None
    answer = told["answer"]
    if answer is None or request.explain is not None:
        raise Conflict(
            "written",
            "The request has been carried out, once, and what it changed is durable; but its "
            "result is lost, because the graph's worker or the connection ended, or it is too "
            "large to be kept. Read what you need.",
        )
    return str(answer).encode()


async def settled_after(
    lost: SeaglassError, request: QueryRequest, connection: Connection
) -> bytes | None:
    """As `settled`. Raises: `lost` when nobody can tell."""
    try:
        return await settled(request, connection.call)
    except Unavailable:
        raise lost from None


def undone() -> Unavailable:
    """Say that a query was lost with its worker, and has changed nothing."""
    return Unavailable(
        "worker",
        "The graph's worker ended while it worked on this request, which has changed nothing. Try "
        "again; ask for less at once if the server's log tells of memory.",
    )


async def exit_status(worker: WorkerProcess) -> int | None:
    """With what a worker ended whose connection broke; None when it did not end."""
    try:
        async with asyncio.timeout(EXIT_SECONDS_MAX):
            return await worker.exited()
    except TimeoutError:
        return None
