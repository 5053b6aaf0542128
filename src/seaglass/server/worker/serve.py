"""The life of a worker process: load the engine, listen, answer, end with the front.

Above: `__main__`. Below: `session`, `memory`, server.link.server. The order:

    lifeline   a thread reads standard input, which the front holds open; at its end the process
    ends load       the engine is imported and warmed listen     on a Unix socket in a private
    folder ready      one line on standard output; from here on nothing more is written there
    answer     one thread per connection end        on SIGTERM or at the lifeline's end: let go of
    the log, remove the socket, exit

The lifeline is kept by the kernel, so that a front that is killed leaves no worker behind,
whatever either was doing. SIGINT is ignored: a Ctrl-C at the terminal is for the front, which ends
its workers in order.
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
    ready = threading.Event()
    threading.Thread(target=_watch_lifeline, args=(ready,), name="lifeline", daemon=True).start()
    memory.prefer_as_victim()
    engine.load()
    session = Session(engine)
    if memory_bytes is not None:
        memory.guard(memory_bytes, session.free_memory)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(socket_path))
        listener.listen(BACKLOG)
        threading.Thread(target=_accept, args=(listener, session), daemon=True).start()
        _say_ready()
        ready.set()
        signal.sigwait({signal.SIGTERM})
    _end(session, socket_path)


def _watch_lifeline(ready: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    if not ready.is_set():
        os._exit(0)
    os.kill(os.getpid(), signal.SIGTERM)


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
    # A library that prints would fill the pipe, which nobody reads any more, and then wait for
    # ever.
    os.dup2(2, 1)


def _end(session: Session, socket_path: Path) -> None:
    closing = threading.Thread(target=_close, args=(session,), daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS_MAX)
    with suppress(OSError):
        socket_path.unlink()
        # The last worker of a front that was killed takes the private folder with it.
        socket_path.parent.rmdir()
    logging.shutdown()
    # Threads may still compute; an ordinary exit would wait for them.
    os._exit(0)


def _close(session: Session) -> None:
    try:
        session.close()
    except Exception:
        _log.exception("the graph did not close; it recovers from its log")
