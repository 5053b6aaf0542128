"""`seaglass graphs`: the graphs of a data folder."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from seaglass.cli.data import opened
from seaglass.cli.tables import show


def graphs(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The data folder.")],
) -> None:
    """List the graphs of a data folder that no server holds.

    Example: seaglass graphs --data-dir ./data
    """
    from rich.table import Table

    table = Table("Id", "Name", "Created (UTC)", "Restored from", "Key", box=None)
    with opened(data_dir) as database:
        for ref in database.graphs():
            created = f"{ref.created:%Y-%m-%d %H:%M:%S}"
            table.add_row(ref.id, ref.name, created, ref.source_snapshot, ref.key_id)
    if table.row_count:
        show(table)
    else:
        typer.echo("There are no graphs.")
