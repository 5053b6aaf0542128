"""How a command ends: what seaglass raises on purpose is one line and status 1, and who is asked to end
(SIGTERM) lets go of what it holds first."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from seaglass.base.errors import SeaglassError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of ours into its message, and SIGTERM into the end of the command.

    Without that the process would be gone with the lease of a bucket, for which others then wait.
    """
    # A server ends in its own way; and only a main thread may ask for this.
    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if is_ours:
        signal.signal(signal.SIGTERM, _end)
    try:
        yield
    except SeaglassError as error:
        fail(error.message)
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(128 + number)


def fail(message: str) -> NoReturn:
    """End the command with a message."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]Error:[/bold red] {escape(message)}")
    raise typer.Exit(1)
