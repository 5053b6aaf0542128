"""Bodies on both sides of the size from which they are looked at beside the event loop."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from seaglass.server.service.messages import INLINE_BYTES_MAX, looked_at, read_body

if TYPE_CHECKING:
    from starlette.types import Message


@pytest.mark.parametrize(
    ("size", "beside"), [(INLINE_BYTES_MAX - 1, False), (INLINE_BYTES_MAX, True)]
)
def test_a_large_body_is_looked_at_in_a_thread(size: int, beside: bool) -> None:
    thread = asyncio.run(looked_at(bytes(size), threading.current_thread))
    assert (thread is not threading.current_thread()) == beside


def test_what_is_wrong_with_a_large_body_is_heard() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(looked_at(bytes(INLINE_BYTES_MAX), lambda: int("no number")))


def test_a_large_body_is_there_once() -> None:
    """Where many clients load data at once, all of it is in memory."""
    piece, count = 256 * 1024, 64
    left = iter(range(count))

    async def receive() -> Message:
        number = next(left)
        body = bytes([number]) * piece
        return {"type": "http.request", "body": body, "more_body": number < count - 1}

    async def work() -> int:
        tracemalloc.start()
        try:
            body = await read_body(receive, piece * count)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert body == b"".join(bytes([number]) * piece for number in range(count))
        return peak

    assert asyncio.run(work()) < 1.5 * piece * count
