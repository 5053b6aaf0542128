"""The life of a worker process: load the engine, listen, answer, end with the front.

Above: `__main__`. Below: `session`, `memory`, server.link.server. The order:

    lifeline   a thread reads standard input, which the front holds open; at its end this ends
    load       the engine is imported and warmed
    listen     on a Unix socket in a private folder
    ready      one line on standard output; from here on nothing more is written there
    answer     one thread per connection
    end        on SIGTERM or at the lifeline's end: let go of the log, remove the socket, exit;
               workers that a front left behind remove the folder of the sockets too

The lifeline is kept by the kernel, so that a front that is killed leaves no worker behind, whatever
either was doing. SIGINT is ignored: a Ctrl-C at the terminal is for the front, which ends its
workers in order.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from seaglass.server.link.server import serve_connection
from seaglass.server.worker import memory
from seaglass.server.worker.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.server.worker.ports import Engine

READY = "ready"
BACKLOG = 128
# Seconds for the log to be let go of; the log itself loses nothing if they do not suffice.
CLOSE_SECONDS_MAX = 5.0

_log = logging.getLogger(__name__)


def serve(socket_path: Path, engine: Engine, memory_bytes: int | None) -> None:
    """Serve until the front goes or says so; does not return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Blocked before any thread starts, so that only `sigwait` below ever meets it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    lifeline = _Lifeline(socket_path.parent)
    threading.Thread(target=lifeline.watch, name="lifeline", daemon=True).start()
    memory.prefer_as_victim()
    engine.load()
    session = Session(engine)
    if memory_bytes is not None:
        memory.guard(memory_bytes, session.free_memory)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(socket_path))
        listener.listen(BACKLOG)
        threading.Thread(target=_accept, args=(listener, session), daemon=True).start()
        # In this order: whoever reads that the worker is ready may be gone the moment after.
        lifeline.ready.set()
        _say_ready()
        signal.sigwait({signal.SIGTERM})
    _close(session)
    socket_path.unlink(missing_ok=True)
    lifeline.clean()
    logging.shutdown()
    # Threads may still compute; an ordinary exit would wait for them.
    os._exit(0)


class _Lifeline:
    """Standard input, whose other end only the front holds."""

    def __init__(self, folder: Path) -> None:
        self.ready = threading.Event()
        self._folder = folder
        self._orphaned = False

    def watch(self) -> None:
        """Wait for the end of the front, and end this process then."""
        while os.read(0, 4096):
            pass
        self._orphaned = True
        if self.ready.is_set():
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            self.clean()
            os._exit(0)

    def clean(self) -> None:
        """Remove the folder of the sockets, if nobody else will."""
        if self._orphaned:
            # Other workers' sockets are in it until the last of them ends.
            with suppress(OSError):
                self._folder.rmdir()


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


def _say_ready() -> None:
    os.write(1, f"{READY}\n".encode())
    # A library that prints would fill the pipe, which nobody reads any more, and wait for ever.
    os.dup2(2, 1)


def _close(session: Session) -> None:
    """Let go of the graph, within a time."""

    def close() -> None:
        try:
            session.close()
        except Exception:
            _log.exception("the graph did not close; it recovers from its log")

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS_MAX)
