"""The link from end to end: an asyncio client against a serving thread over a real socket pair."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import errors
from seaglass.base.reply import Lent
from seaglass.base.unread import Unread
from seaglass.server.link.client import Connection, ConnectionLost
from seaglass.server.link.errors import WorkerError, error_from, error_message
from seaglass.server.link.frames import (
    HEADER,
    Kind,
    decode_json,
    decode_request,
    encode_json,
    encode_request,
    frame,
    parse_header,
)
from seaglass.server.link.limits import (
    LINK_BUFFER_BYTES,
    LINK_CONTROL_BYTES,
    LINK_DATA_BYTES,
    LINK_REQUEST_BYTES,
)
from seaglass.server.link.server import Answer, Handler, Request, serve_connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path


def nested(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(
        st.none() | st.booleans() | st.text() | leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )


JSON = nested(st.integers() | st.floats(allow_nan=False))
surrogates = st.text(st.characters(categories=["Cs"]), max_size=2)
finite = st.floats(allow_nan=False, allow_infinity=False)
of_client = nested(st.integers(-(2**63), 2**64 - 1) | finite | surrogates)


async def parts(connection: Connection) -> AsyncIterator[bytes]:
    """What a query is answered with."""
    connection.send({"op": "query"})
    while (part := await connection.part()) is not None:
        yield part


def talk(handler: Handler, client: Callable[[Connection], Awaitable[None]]) -> None:
    """Run a client against a handler in a thread; both ends are closed after it."""
    near, far = socket.socketpair()
    thread = threading.Thread(target=serve_connection, args=(far, handler), daemon=True)
    thread.start()

    async def run() -> None:
        connection = await Connection.over(near)
        try:
            await client(connection)
        finally:
            connection.close()
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(run(), 10))
    thread.join(10)
    assert not thread.is_alive()


def test_a_call_returns_the_message_and_leaves_the_connection_usable() -> None:
    async def client(connection: Connection) -> None:
        for number in range(3):
            answer = await connection.call({"op": "echo", "number": number, "text": "grün \ud800"})
            assert answer == {"op": "echo", "number": number, "text": "grün \ud800"}
            assert connection.reusable

    talk(lambda request: request, client)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_json_bodies_come_back_as_they_went(message: dict[str, object]) -> None:
    assert decode_json(encode_json(message)) == message


@given(st.dictionaries(st.text(), of_client, max_size=5))
def test_requests_come_back_as_they_went(message: dict[str, object]) -> None:
    assert repr(decode_request(encode_request(message))) == repr(message)


def test_a_stream_carries_bytes_of_every_size_in_order() -> None:
    sizes = [
        0,
        1,
        LINK_BUFFER_BYTES - 1,
        LINK_BUFFER_BYTES,
        LINK_DATA_BYTES,
        LINK_DATA_BYTES + 1,
        5_000_000,
    ]

    def handler(request: Request) -> Answer:
        return (bytes([index]) * size for index, size in enumerate(sizes))

    async def client(connection: Connection) -> None:
        got = b"".join([part async for part in parts(connection)])
        assert got == b"".join(bytes([index]) * size for index, size in enumerate(sizes))
        assert connection.reusable
        assert [part async for part in parts(connection)]

    talk(handler, client)


class Told:
    """Hears of an answer before `part` gives it. Args: descriptor: what is lent, if anything is"""

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = descriptor
        self.given: list[bytes] = []
        self.counts: list[int] = []

    @property
    def alone(self) -> bool:
        return not self.given

    def give(self, answer: bytes) -> None:
        self.given.append(answer)

    def lend(self) -> Lent | None:
        return None if self.descriptor is None else Lent(self.descriptor, "head ")

    def sent(self, answer: bytes, count: int) -> None:
        self.counts.append(count)

    def lost(self) -> bool:
        raise NotImplementedError


def over_socket(sent: list[bytes]) -> list[Request]:
    """What a worker takes pieces of bytes for that come one after the other, and then the end."""
    near, far = socket.socketpair()
    seen: list[Request] = []

    def handler(request: Request) -> Answer:
        seen.append(request)
        return {}

    def send() -> None:
        with near:
            for piece in sent:
                near.sendall(piece)
            near.shutdown(socket.SHUT_WR)
            while near.recv(1 << 16):
                continue

    thread = threading.Thread(target=send)
    thread.start()
    try:
        serve_connection(far, handler)
    finally:
        thread.join(10)
    return seen


def test_a_request_may_come_in_pieces() -> None:
    request: dict[str, object] = {"op": "query", "text": "x" * LINK_BUFFER_BYTES}
    whole = frame(Kind.REQUEST, encode_request(request))
    for cut in (1, HEADER.size - 1, HEADER.size, HEADER.size + 1, 1000, len(whole) - 1):
        assert over_socket([whole[:cut], whole[cut:]]) == [request]
        # What is cut off is no request.
        assert over_socket([whole[:cut]]) == []
    assert over_socket([]) == []


@pytest.mark.parametrize("at_once", [Told(), None])
def test_parameters_that_nobody_has_read_follow_their_request(at_once: Told | None) -> None:
    """Whether the request is sent at once or by the loop."""

    def handler(request: Request) -> Answer:
        parameters = request["parameters"]
        assert isinstance(parameters, Unread)
        return iter((b"%s %d " % (str(request["text"]).encode(), len(request)), parameters.body))

    async def client(connection: Connection) -> None:
        for size in (0, 1, LINK_BUFFER_BYTES - 5, LINK_BUFFER_BYTES + 5, 3 * LINK_DATA_BYTES + 1):
            body = (bytes(range(256)) * (size // 256 + 1))[:size]
            connection.send({"text": "RETURN", "parameters": Unread(body)}, at_once)
            told = b""
            while (part := await connection.part()) is not None:
                told += part
            assert told == b"RETURN 2 " + body

    talk(handler, client)


def test_what_follows_a_request_may_come_in_pieces() -> None:
    head = frame(Kind.REQUEST, encode_request({"op": "query", "unread": 10}))
    whole = head + b"0123456789"
    for cut in (1, len(head) - 1, len(head), len(head) + 1, len(whole) - 1):
        (seen,) = over_socket([whole[:cut], whole[cut:]])
        assert isinstance(seen["parameters"], Unread)
        assert (seen["op"], seen["parameters"].body) == ("query", b"0123456789")
        # What is cut off is no request.
        assert over_socket([whole[:cut]]) == []


@pytest.mark.parametrize("count", [-1, 1, LINK_REQUEST_BYTES + 1, "x"])
def test_only_what_is_told_of_follows_a_request(count: object) -> None:
    with pytest.raises(errors.Unavailable, match="broke"):
        over_socket([frame(Kind.REQUEST, encode_request({"unread": count})) + b"xx"])


def test_one_request_at_a_time_is_taken() -> None:
    whole = frame(Kind.REQUEST, encode_request({"op": "query"}))
    with pytest.raises(errors.Unavailable, match="broke"):
        over_socket([whole + whole])


def test_the_end_that_comes_with_the_last_part_is_not_waited_for() -> None:
    def handler(request: Request) -> Answer:
        size = int(str(request["size"]))
        return iter((b"x" * size, b"y"))

    async def client(connection: Connection) -> None:
        for size in (1, LINK_BUFFER_BYTES):
            connection.send({"size": size})
            assert await connection.part() == b"x" * size
            assert await connection.part() == b"y"
            assert connection.reusable
            assert await connection.part() is None

    talk(handler, client)


@pytest.mark.parametrize(
    ("pieces", "heard"),
    [
        ([b"whole"], [b"whole"]),
        ([b""], []),
        ([b"two ", b"pieces"], []),
        ([b"x" * (LINK_DATA_BYTES + 1)], []),
        ([], []),
    ],
)
def test_an_answer_in_one_piece_is_heard_before_it_is_given(
    pieces: list[bytes], heard: list[bytes]
) -> None:
    def handler(request: Request) -> Answer:
        if "refused" in request:
            raise errors.Invalid("illegal_argument", "no")
        return tuple(pieces)

    async def client(connection: Connection) -> None:
        told = Told()
        connection.send({"op": "query"}, told)
        if heard:
            assert await connection.part() == heard[0]
            assert told.given == heard
        while await connection.part() is not None:
            continue
        connection.send({"refused": True}, told)
        with pytest.raises(errors.Invalid):
            await connection.part()
        assert b"".join([part async for part in parts(connection)]) == b"".join(pieces)
        assert told.given == heard
        assert told.counts == []

    talk(handler, client)


@pytest.mark.parametrize("taken", ["all", "a part", "nothing"])
def test_the_worker_answers_over_a_socket_that_it_is_lent(taken: str) -> None:
    """What the socket does not take now is for whoever lent it, who hears of the rest."""
    answer = b"x" * LINK_BUFFER_BYTES
    replies = [b"head 5\r\n\r\nsmall", b"head %d\r\n\r\n%b" % (len(answer), answer)]

    def handler(request: Request) -> Answer:
        assert request["reply"] == "head "
        return (b"small" if request["small"] else answer,)

    async def client(connection: Connection) -> None:
        near, far = socket.socketpair()
        with near, far:
            near.setblocking(False)
            far.setblocking(False)
            if taken == "nothing":
                far.close()
            elif taken == "a part":
                near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 0)
            for small in (True, False):
                told = Told(near.fileno())
                connection.send({"op": "query", "small": small}, told)
                assert await connection.part() == (b"small" if small else answer)
                assert connection.reusable
                assert await connection.part() is None
                assert told.given == []
                reply = replies[not small]
                got = b"" if taken == "nothing" else read_all(far)
                assert told.counts == [len(got)]
                assert got == reply[: len(got)]
                assert len(got) == len(reply) or taken != "all"
                assert len(got) < len(reply) or taken == "all" or (small and taken == "a part")

    talk(handler, client)


def read_all(far: socket.socket) -> bytes:
    """What is there."""
    got = []
    with contextlib.suppress(BlockingIOError):
        while piece := far.recv(1 << 20):
            got.append(piece)
    return b"".join(got)


def test_a_socket_that_was_lent_is_let_go_whatever_the_answer() -> None:
    def handler(request: Request) -> Answer:
        match request["answer"]:
            case "error":
                raise errors.Invalid("illegal_argument", "no")
            case "rows":
                return iter((b"some",))
            case "large":
                return (b"x" * (LINK_BUFFER_BYTES + 1),)
            case _:
                return (b"whole",)

    async def client(connection: Connection) -> None:
        for name in ("error", "rows", "large", "whole"):
            near, far = socket.socketpair()
            with near, far:
                told = Told(near.fileno())
                connection.send({"answer": name}, told)
                with contextlib.suppress(errors.Invalid):
                    while await connection.part() is not None:
                        continue
                assert (told.counts != []) == (name == "whole")
                near.close()
                far.settimeout(5)
                while far.recv(1 << 20):
                    continue

    talk(handler, client)


def test_a_reply_is_told_of_once_all_of_it_is_there() -> None:
    near, far = socket.socketpair()

    async def client() -> None:
        connection = Connection()
        loop = asyncio.get_running_loop()
        far.sendall(frame(Kind.END, b"{}"))
        await loop.create_unix_connection(lambda: connection, sock=near)
        await connection.greeted()
        told = Told()
        connection.send({"op": "query"}, told)
        message = frame(Kind.REPLIED, (7).to_bytes(4, "big") + b"answer")
        for cut in range(len(message)):
            connection.data_received(message[cut : cut + 1])
            assert told.counts == ([7] if cut == len(message) - 1 else [])
        assert await connection.part() == b"answer"
        assert connection.reusable
        connection.close()
        await asyncio.sleep(0)

    with far:
        asyncio.run(asyncio.wait_for(client(), 10))


def test_an_error_after_a_few_rows_comes_alone() -> None:
    def handler(request: Request) -> Iterator[bytes]:
        yield b"few rows"
        raise errors.Invalid("illegal_argument", "no")

    async def client(connection: Connection) -> None:
        with pytest.raises(errors.Invalid, match="no"):
            await anext(aiter(parts(connection)))
        assert connection.reusable

    talk(handler, client)


def test_an_error_after_many_rows_ends_the_stream() -> None:
    def handler(request: Request) -> Iterator[bytes]:
        yield b"x" * LINK_BUFFER_BYTES
        raise errors.Interrupted("timeout", "too long")

    async def client(connection: Connection) -> None:
        got = b""
        stream = aiter(parts(connection))
        while len(got) < LINK_BUFFER_BYTES:
            got += await anext(stream)
        with pytest.raises(errors.Interrupted, match="too long"):
            await anext(stream)
        assert got == b"x" * LINK_BUFFER_BYTES

    talk(handler, client)


def test_a_slow_reader_holds_the_writer_back() -> None:
    made = 0

    def handler(request: Request) -> Iterator[bytes]:
        nonlocal made
        for _ in range(200):
            made += 1
            yield b"x" * LINK_DATA_BYTES

    async def client(connection: Connection) -> None:
        stream = parts(connection)
        await anext(aiter(stream))
        await asyncio.sleep(0.05)
        assert made < 20

    talk(handler, client)


def test_a_dropped_stream_closes_the_result() -> None:
    closed = threading.Event()

    def handler(request: Request) -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * LINK_BUFFER_BYTES
        finally:
            closed.set()

    async def client(connection: Connection) -> None:
        stream = parts(connection)
        await anext(aiter(stream))
        assert not connection.reusable

    talk(handler, client)
    assert closed.is_set()


@pytest.mark.parametrize("cut", [0, 3, 5, 9])
def test_a_connection_cut_anywhere_says_that_the_outcome_is_unknown(cut: int) -> None:
    near, far = socket.socketpair()

    async def run() -> None:
        far.sendall(frame(Kind.END, b"{}"))
        connection = await Connection.over(near)
        answer = asyncio.ensure_future(connection.call({"op": "ping"}))
        await asyncio.sleep(0)
        far.sendall(frame(Kind.END, b'{"a": 1}')[:cut])
        far.close()
        with pytest.raises(ConnectionLost, match="not known") as caught:
            await answer
        assert caught.value.kind == "worker"
        assert not connection.reusable

    asyncio.run(run())


def test_a_connection_that_nobody_greets_carries_no_request() -> None:
    near, far = socket.socketpair()
    far.close()

    async def run() -> None:
        with pytest.raises(errors.Unavailable, match="does not answer") as caught:
            await Connection.over(near)
        assert not isinstance(caught.value, ConnectionLost)

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [
        HEADER.pack(1, 9) + b"x",
        HEADER.pack(LINK_CONTROL_BYTES + 1, Kind.END),
        frame(Kind.REQUEST, b"{}"),
        frame(Kind.END, b"[]"),
        frame(Kind.END, b"{"),
        frame(Kind.DATA, b"where an END is due"),
    ],
)
def test_bytes_of_no_protocol_are_refused(answer: bytes) -> None:
    near, far = socket.socketpair()

    async def run() -> None:
        far.sendall(frame(Kind.END, b"{}") + answer)
        connection = await Connection.over(near)
        with pytest.raises(errors.Unavailable, match="broke"):
            await connection.call({"op": "ping"})
        connection.close()
        await asyncio.sleep(0)

    asyncio.run(run())
    far.close()


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_has_a_limit(kind: Kind) -> None:
    limit = {
        Kind.DATA: LINK_DATA_BYTES,
        Kind.REQUEST: 192 << 20,
        Kind.REPLIED: 4 + LINK_BUFFER_BYTES,
    }.get(kind, LINK_CONTROL_BYTES)
    for length in (limit - 1, limit):
        assert parse_header(HEADER.pack(length, kind)) == (kind, length)
    with pytest.raises(errors.Unavailable):
        parse_header(HEADER.pack(limit + 1, kind))


def test_a_body_past_the_limit_is_not_sent() -> None:
    frame(Kind.DATA, bytes(LINK_DATA_BYTES))
    with pytest.raises(errors.Invalid) as caught:
        frame(Kind.DATA, bytes(LINK_DATA_BYTES + 1))
    assert caught.value.kind == "query_too_large"


@pytest.mark.parametrize("category", errors.SeaglassError.__subclasses__())
def test_every_category_crosses(category: type[errors.SeaglassError]) -> None:
    if category.__module__ != errors.__name__:
        pytest.skip("not a category")
    error = error_from(error_message(category("some_kind", "some message", detail="secret")))
    assert type(error) is category
    assert isinstance(error, errors.SeaglassError)
    assert (error.kind, error.message, error.detail) == ("some_kind", "some message", "")


def test_a_bug_in_the_worker_crosses_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    def handler(request: Request) -> Answer:
        raise KeyError("internal name")

    async def client(connection: Connection) -> None:
        with pytest.raises(WorkerError) as caught:
            await connection.call({"op": "ping"})
        assert "internal name" not in str(caught.value)

    talk(handler, client)
    assert "internal name" in caplog.text


def test_memory_that_runs_out_is_a_limit_not_a_bug() -> None:
    error = error_from(error_message(MemoryError()))
    assert isinstance(error, errors.Exhausted)
    assert error.kind == "memory"


def test_a_connection_that_is_given_up_before_the_greeting_is_closed(tmp_path: Path) -> None:
    async def run() -> None:
        ended = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.read() == b""
            writer.close()
            ended.set()

        path = str(tmp_path / "w.sock")
        async with await asyncio.start_unix_server(silent, path):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(Connection.open(path), 0.05)
            await ended.wait()

    asyncio.run(asyncio.wait_for(run(), 10))
