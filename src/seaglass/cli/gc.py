"""`seaglass gc`: what no graph or snapshot reaches any more, shown or deleted."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from seaglass.cli.data import opened


def gc(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The data folder.")],
    sweep: Annotated[bool, typer.Option("--sweep", help="Delete what the plan names.")] = False,
) -> None:
    """Show which stored objects nothing reaches any more; with --sweep, delete them.

    Example: seaglass gc --data-dir ./data --sweep
    """
    with opened(data_dir) as database:
        plan = database.plan_gc()
        typer.echo(str(plan))
        if not sweep:
            typer.echo("Nothing was deleted; --sweep does it.")
            return
        swept = database.sweep(plan)
        typer.echo(
            f"Deleted {swept.objects:,} objects, {swept.bytes:,} bytes; "
            f"{swept.spared:,} are in use again."
        )
