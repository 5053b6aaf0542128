"""The life of a worker process: load the engine, listen, answer, end with the front.

Above: `__main__`. Below: `session`, `memory`, server.link.server. The order:

    lifeline   a thread reads standard input, which the front holds open; at its end this ends
    load       the engine is imported and warmed
    listen     on a Unix socket in a private folder
    ready      one line on standard output; from here on nothing more is written there
    answer     one thread per connection
    end        on SIGTERM: save the graph, remove the socket, exit
               at the lifeline's end: remove the socket and its folder, exit

The lifeline is kept by the kernel, so that a front that is killed leaves no worker behind, whatever
either was doing. SIGINT is ignored: a Ctrl-C at the terminal is for the front, which ends its
workers in order.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError
from seaglass.base.priority import switch_threads_often
from seaglass.server.link.server import serve_connection
from seaglass.server.worker import memory
from seaglass.server.worker.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.server.worker.ports import Engine

READY = "ready"
# Connections that may wait to be accepted: as many as clients may have, if the kernel allows it.
BACKLOG = 10_000
# Seconds for the graph to be saved; if they do not suffice, it recovers from its log.
CLOSE_SECONDS_MAX = 5.0

_log = logging.getLogger(__name__)


def serve(socket_path: Path, engine: Engine, memory_bytes: int | None) -> None:
    """Serve until the front goes or says so; does not return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Blocked before any thread starts, so that only `sigwait` below ever meets it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_watch_lifeline, args=(socket_path,), daemon=True).start()
    memory.prefer_as_victim()
    engine.load()
    # What was loaded stays; the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    switch_threads_often()
    session = Session(engine, _stop)
    if memory_bytes is not None:
        memory.guard(memory_bytes, session.free_memory)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(socket_path))
        listener.listen(BACKLOG)
        threading.Thread(target=_accept, args=(listener, session), daemon=True).start()
        _say_ready()
        signal.sigwait({signal.SIGTERM})
    _close(session)
    socket_path.unlink(missing_ok=True)
    logging.shutdown()
    # Threads may still compute; an ordinary exit would wait for them.
    os._exit(0)


def _watch_lifeline(socket_path: Path) -> None:
    """Wait for the end of the front, and end this process then.

    Nothing is saved: what was acknowledged is in the log, and the next front may be waiting for the
    graph already.
    """
    while os.read(0, 4096):
        pass
    socket_path.unlink(missing_ok=True)
    # Other workers' sockets are in the folder until the last of them ends.
    with suppress(OSError):
        socket_path.parent.rmdir()
    os._exit(0)


def _accept(listener: socket.socket, session: Session) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            # The listener is closed: the process ends.
            return
        threading.Thread(
            target=serve_connection, args=(connection, session.handle), daemon=True
        ).start()


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _say_ready() -> None:
    # A library that prints would fill the pipe, which nobody reads after that, and wait for ever:
    # so it has no name any more when the first request can come.
    pipe = os.dup(1)
    os.dup2(2, 1)
    os.write(pipe, f"{READY}\n".encode())
    os.close(pipe)


def _close(session: Session) -> None:
    """Let go of the graph, within a time."""

    def close() -> None:
        try:
            session.close()
        except SeaglassError as error:
            _log.error("the graph was not saved; it recovers from its log: %s", error)
        except Exception:
            _log.exception("the graph did not close; it recovers from its log")

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS_MAX)
