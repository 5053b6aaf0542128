"""Errors for people: what seaglass raises on purpose ends a command with one line and status 1."""

from __future__ import annotations

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
    """Turn an error of ours into its message."""
    try:
        yield
    except SeaglassError as error:
        fail(error.message)


def fail(message: str) -> NoReturn:
    """End the command with a message."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]Error:[/bold red] {escape(message)}")
    raise typer.Exit(1)
