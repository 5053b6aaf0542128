"""Requests as they come in: how large their head may be, and how long a client may take.

Above: whole. Below: uvicorn, whose parser takes a head of any size and waits for ever. A connection
costs a file and what it has sent, also of somebody whom the gate would not let in.

The application is asked once a small body has come whole: clients send it right after the head, and a
task that begins between the two only waits for it, and has to be woken. It is asked at once (`eager`).

A client that takes nothing of its answer holds one of the places that a graph has for queries. It has
as much time for it.

A request may be refused before all of it has come. Closing then would have the kernel reset the
connection, and the client lose its answer. So the connection lingers: the answer is written and no
other will be, what still comes is read and dropped, and the connection is closed when the client has
closed it, or has had its time.

A request with the head of the one before, but for what is said anew, does not go through the parser (`alike`).

An offer to speak another protocol (`Upgrade: h2c`, which Java's client makes with its first request)
is not taken up. The parser would leave the body to that protocol, so it is given the same request
once more without the offer.
"""

from __future__ import annotations

import asyncio
import fcntl
import termios
from array import array
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from seaglass.server.service.alike import Alike, alike
from seaglass.server.service.crowd import TOLD_MAX
from seaglass.server.service.eager import begin

if TYPE_CHECKING:
    import uvicorn
    from uvicorn._types import ASGI3Application, HTTPScope

    from seaglass.server.service.app import Application

# The longest token, or fifty tag keys in a query string, are a third of it.
HEAD_BYTES_MAX = 64 * 1024
# For a head to come whole, from one piece of a body to the next, and for a client to take any of what
# waits for it.
STALL_SECONDS_MAX = 60.0
# A body up to this size is waited for: as far as uvicorn reads of one that nobody takes yet.
SMALL_BODY_BYTES_MAX = HIGH_WATER_LIMIT
# For the rest of a request that is refused: most clients read no answer before they have sent all.
LINGER_SECONDS_MAX = 30.0
LINGER_BYTES_MAX = 256 * 1024 * 1024
# Requests of one connection that wait for the one before. SDKs send none before its answer.
PIPELINED_MAX = 1_000
# Heads of one connection that are looked at for what is alike in them. A client whose requests are not
# alike pays for no more.
ALIKE_LEARNED_MAX = 8

# Extensions of ASGI: what others have found out from a head (`alike.Alike.known`), and the whole body of a request,
# where it is there already. Whoever receives it gets it too.
KNOWN = "seaglass.known"
BODY = "seaglass.body"

_OFFER = frozenset({b"connection", b"upgrade", b"http2-settings"})


class PatientProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with bounds on what has not come whole. Event loop only."""

    def __init__(self, config: uvicorn.Config, *args: Any, **options: Any) -> None:
        super().__init__(config, *args, **options)
        # Uvicorn would count requests too, and answer in no words of AWS's.
        self._connections_max, self.limit_concurrency = config.limit_concurrency, None
        self._idle = cast("Application", config.app).idle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._in_head = self._incomplete = True
        self._head_bytes = 0
        self._heads = 1
        self._heard = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._watch()
        # What begins when its body is there.
        self._waiting: tuple[RequestResponseCycle, ASGI3Application] | None = None
        # What begins as soon as what came has been read, and whether that is being done.
        self._ready: tuple[RequestResponseCycle, ASGI3Application] | None = None
        self._hears = False
        # The newest head that the parser was given in one piece, and the scope of its request.
        self._alike: Alike | None = None
        self._alike_scope: HTTPScope
        self._learned = 0
        # Of the body of one that is alike.
        self._lacking = 0
        # Why what comes after the requests in hand is refused.
        self._refusal: str | None = None
        self._refused = self._stays = False
        # Whether the server ends: the next answer is the last.
        self._ends = False
        self.lingering = False
        self._dropped_bytes = 0
        self._waiting_bytes = 0
        self._taking: asyncio.TimerHandle | None = None
        if self._connections_max is not None:
            self._find_room(len(self.connections) - self._connections_max)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._stop_waiting()
        self._idle.leave(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        self._stop_waiting()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self.lingering or self._refusal is not None:
            self._drop(len(data))
            return
        self._hears = True
        if not self._is_alike(data):
            self._parse(data)
        self._hears = False
        if self._ready is not None:
            (cycle, app), self._ready = self._ready, None
            self._begin(cycle, app)

    def _is_alike(self, data: bytes) -> bool:
        """Take a request like the one before, which has been answered; say whether it is one."""
        if self._lacking:
            self._take_body(data)
            return True
        if self._alike is None or self._incomplete or not self.cycle.response_complete:
            return False
        again = self._alike.again(data)
        if again is None:
            return False
        headers, body, length = again
        if length > SMALL_BODY_BYTES_MAX:
            return False
        self._idle.leave(self)
        self.headers = headers
        scope = self.scope = cast("HTTPScope", {**self._alike_scope, "headers": headers})
        scope["state"] = self.app_state.copy()
        scope["extensions"] = {KNOWN: cast("Any", self._alike.known)}
        # As uvicorn makes it for a head that it has parsed.
        self.cycle = RequestResponseCycle(
            scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            self.access_log,
            self.server_state.default_headers,
            asyncio.Event(),
            expect_100_continue=False,
            keep_alive=self._stays,
            on_response=self.on_response_complete,
        )
        self._incomplete, self._lacking = True, length
        self._take_body(body)
        return True

    def _take_body(self, data: bytes) -> None:
        """Take what comes of the body of a request like the one before."""
        cycle, lacking = self.cycle, self._lacking
        cycle.body += data if len(data) <= lacking else data[:lacking]
        if len(data) < lacking:
            self._lacking -= len(data)
            self._attend(len(data), in_head=False)
            return
        self._incomplete, self._lacking = False, 0
        cycle.keep_alive = self._stays
        cycle.more_body = False
        cycle.message_event.set()
        cast("dict[str, Any]", cycle.scope["extensions"])[BODY] = bytes(cycle.body)
        self._start_asgi_task(cycle, self.app)
        if len(data) > lacking:
            self._parse(data[lacking:])

    def _parse(self, data: bytes) -> None:
        first = self._heads == 1 or not self._incomplete
        heads = self._heads
        in_head = self._in_head
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offered:
            self._decline(data[offered.args[0] :])
        except httptools.HttpParserError:
            self._refuse("Invalid HTTP request received.")
        else:
            if self._incomplete:
                self._attend(len(data), in_head=in_head and heads == self._heads)
            if first and self._heads == heads + 1 and not self._in_head:
                self._learn(data)

    def _learn(self, data: bytes) -> None:
        """Remember a head. Args: data: begins with it, and with nothing else"""
        if self._learned == ALIKE_LEARNED_MAX or not self._stays:
            return
        self._learned += 1
        self._alike = alike(data, self.headers)
        self._alike_scope = self.scope.copy()
        if self._alike is not None:
            extensions = cast("dict[str, Any]", self.scope.setdefault("extensions", {}))
            extensions[KNOWN] = self._alike.known

    def on_message_begin(self) -> None:
        self._in_head = self._incomplete = True
        self._head_bytes = 0
        self._heads += 1
        self._heard = self.loop.time()
        self._idle.leave(self)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= PIPELINED_MAX:
            # As bytes that are no HTTP: refused after those before it.
            raise httptools.HttpParserError("too many requests at once")
        if not self._offers_another():
            self._in_head = False
            super().on_headers_complete()
            # One that is answered before it is whole is the last.
            self._stays, self.cycle.keep_alive = self.cycle.keep_alive and not self._ends, False

    def on_message_complete(self) -> None:
        if not self._in_head:
            self._incomplete = False
            self.cycle.keep_alive = self._stays
            super().on_message_complete()
            if self._waiting is not None:
                self._ready, self._waiting = self._waiting, None

    def on_response_complete(self) -> None:
        # As uvicorn does it, but for what becomes of a connection between two requests.
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
            elif not self._incomplete:
                self._idle.enter(self)
        if self._refusal is not None and self.cycle.response_complete:
            self._refuse(self._refusal)

    def shutdown(self) -> None:
        if self.lingering:
            self.transport.abort()
            return
        self._stays, self._ends = False, True
        answered = self.cycle is None or self.cycle.response_complete
        begun = self._incomplete and self._heads > 1
        if not answered or self.transport.is_closing() or not (begun or self._hears_more()):
            super().shutdown()

    def let_go(self) -> bool:
        """As `idle.Kept`."""
        if self.transport.is_closing():
            return True
        if self._hears_more():
            return False
        self.transport.close()
        # The loop tells of its end later.
        self.connections.discard(self)
        return True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if cycle.more_body and _small_body_follows(cycle):
            self._waiting = (cycle, app)
        elif self._hears:
            self._ready = (cycle, app)
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        task = begin(self.loop, cycle.run_asgi(app))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @property
    def lingers(self) -> bool:
        """Whether something has its answer that may still be coming."""
        early = self._incomplete and not self._in_head and self.cycle.response_complete
        return self._refused or bool(early)

    def linger(self) -> None:
        """Read and drop what still comes, for a while, then close. All has been written."""
        self.lingering = True
        self.transport.write_eof()
        self.flow.resume_reading()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(LINGER_SECONDS_MAX, self.transport.abort)

    def _hears_more(self) -> bool:
        """Whether something has come that the loop has not read. Closing then would reset the connection."""
        return _held_bytes(self.transport, termios.FIONREAD) > 0

    def _find_room(self, over: int) -> None:
        """Have this connection refused if it is one too many. Args: over: how many are"""
        if over <= 0 or self._idle.make_room():
            return
        if over > TOLD_MAX:
            self.transport.abort()
        else:
            self.app = cast("Application", self.config.app).crowded

    def _wait_for_reader(self) -> None:
        self._waiting_bytes = _untaken_bytes(self.transport)
        self._taking = self.loop.call_later(STALL_SECONDS_MAX, self._look_at_reader)

    def _look_at_reader(self) -> None:
        """End the connection if its client has taken nothing; else look again in time."""
        if _untaken_bytes(self.transport) < self._waiting_bytes:
            self._wait_for_reader()
        else:
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _drop(self, size: int) -> None:
        self._dropped_bytes += size
        if self._dropped_bytes > LINGER_BYTES_MAX:
            self.transport.abort()

    def _refuse(self, why: str) -> None:
        """Answer bytes that are no request, once the requests before them are answered."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self._in_head or not self._incomplete:
                self._refusal = why
                return
            # They were to be the body of the request in hand, which nobody will hear of.
            cycle.disconnected = True
            cycle.message_event.set()
        self._refusal, self._refused = None, True
        self.send_400_response(why)

    def _offers_another(self) -> bool:
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def _decline(self, rest: bytes) -> None:
        """Read the request whose head has come as if it offered nothing."""
        lines = [self.parser.get_method(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            if name not in _OFFER:
                lines += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join((*lines, b"\r\n", rest)))

    def _attend(self, size: int, *, in_head: bool) -> None:
        """Bound what came of a request that is not whole."""
        if not self._in_head:
            self._heard = self.loop.time()
        elif in_head:
            # What came with its first piece is not counted: that is no more than a read.
            self._head_bytes += size
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(f"A head of a request has at most {HEAD_BYTES_MAX} bytes.")
                return
        if self._timer is None:
            self._watch()

    def _watch(self) -> None:
        left = self._heard + STALL_SECONDS_MAX - self.loop.time()
        self._timer = self.loop.call_later(left, self._look)

    def _look(self) -> None:
        """Close the connection if its request has come no further; else look again in time."""
        self._timer = None
        if not self._incomplete or self.transport.is_closing():
            return
        if self.flow.read_paused or self._hears_more():
            # Nobody here has taken what the client may have sent.
            self._heard = self.loop.time()
        if self.loop.time() - self._heard >= STALL_SECONDS_MAX:
            self.transport.close()
        else:
            self._watch()


def _small_body_follows(cycle: RequestResponseCycle) -> bool:
    """Whether the rest of a request is a small body, or nothing, which the client sends by itself."""
    if cycle.waiting_for_100_continue:
        return False
    for name, value in cycle.scope["headers"]:
        if name == b"content-length":
            return int(value) <= SMALL_BODY_BYTES_MAX
        if name == b"transfer-encoding":
            return False
    return True


def _untaken_bytes(transport: asyncio.Transport) -> int:
    """What has been written and the other side has not received."""
    return _held_bytes(transport, termios.TIOCOUTQ) + transport.get_write_buffer_size()


def _held_bytes(transport: asyncio.Transport, which: int) -> int:
    held = array("i", [0])
    fcntl.ioctl(transport.get_extra_info("socket").fileno(), which, held)
    return held[0]
