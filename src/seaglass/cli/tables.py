"""Tables of commands: as wide as the terminal, and a line for each row where a program reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

# Wider than any row that a program could want whole.
_PIPE_COLUMNS = 1_000_000


def show(table: Table) -> None:
    """Print a table; nothing in its cells is markup."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_COLUMNS
    console.print(table, crop=False)
