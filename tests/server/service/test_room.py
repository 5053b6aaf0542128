"""Room for large bodies: what finds none waits, in order, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from contextlib import ExitStack

import pytest

from seaglass.base.settings import Settings
from seaglass.server.service import chain
from seaglass.server.service.messages import INLINE_BYTES_MAX
from seaglass.server.service.room import LARGE_BYTES_MAX, Room
from tests.server.service.serving import served
from tests.server.service.test_http import made


def test_who_finds_no_room_waits_in_order() -> None:
    async def work() -> None:
        room = Room(10)
        came: list[str] = []

        async def come(name: str, size: int) -> None:
            await room.take(size)
            came.append(name)

        first = asyncio.create_task(come("a", 8))
        await asyncio.sleep(0)
        others = [asyncio.create_task(come(name, size)) for name, size in (("b", 5), ("c", 2))]
        await asyncio.sleep(0)
        # There is room for the last, whose turn it is not.
        assert (first.done(), came) == (True, ["a"])
        room.give(8)
        await asyncio.gather(*others)
        assert came == ["a", "b", "c"]
        late = [asyncio.create_task(come(name, size)) for name, size in (("d", 9), ("e", 3))]
        await asyncio.sleep(0)
        # Who leaves lets the next one in.
        late[0].cancel()
        await late[1]
        assert came == ["a", "b", "c", "e"]
        last = asyncio.create_task(come("f", 10))
        await asyncio.sleep(0)
        room.give(10)
        # Its turn has come, and it is cancelled in the same moment.
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)
        await asyncio.wait_for(room.take(10), 5)

    asyncio.run(work())


def posted(graph_id: str, query: str, parameter: str, *, chunked: bool) -> bytes:
    """A query as it is sent, with or without a word of its size."""
    body = json.dumps({"query": query, "parameters": {"a": parameter}}).encode()
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    return f"POST /queries HTTP/1.1\r\nHost: {graph_id}.a\r\n{size}\r\n\r\n".encode() + sent


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_finds_no_room_waits_with_its_client(
    monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    monkeypatch.setattr(chain, "LARGE_BYTES_MAX", INLINE_BYTES_MAX * 3 // 2)
    settings = Settings(request_bytes_max=INLINE_BYTES_MAX * 5 // 4)
    with served(settings) as server, ExitStack() as stack:
        first, second, third = (
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            for _ in range(3)
        )
        graph_id = made(server, "room")
        large = posted(graph_id, "RETURN 1", "x" * INLINE_BYTES_MAX, chunked=chunked)
        before, server.fleet.answer = server.fleet.answer, [b"HOLD"]
        first.sendall(large)
        while not server.fleet.running:
            time.sleep(0.005)
        server.fleet.answer = before
        sending = threading.Thread(target=second.sendall, args=(large,))
        sending.start()
        time.sleep(0.3)
        # Small ones do not wait, whether they say how small they are or not.
        for small in (True, False):
            third.sendall(posted(graph_id, "RETURN 2", "x", chunked=small))
            assert third.recv(1 << 16).startswith(b"HTTP/1.1 200")
        texts = [one.text for one in server.fleet.queries_seen]
        assert texts == ["RETURN 1", "RETURN 2", "RETURN 2"]
        # The first client goes away, and its query with it.
        first.close()
        assert second.recv(1 << 16).startswith(b"HTTP/1.1 200")
        sending.join(20)
        assert server.fleet.queries_seen[-1].text == "RETURN 1"


def test_there_is_room_for_the_largest() -> None:
    with served() as server:
        assert server.plane.settings.request_bytes_max * 6 < LARGE_BYTES_MAX
