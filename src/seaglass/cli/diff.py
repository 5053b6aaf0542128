"""`seaglass diff`: what is different between two states of the data."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from seaglass.base.kms import Kms
from seaglass.cli.data import KmsOption, opened


def diff(
    before: Annotated[str, typer.Argument(help="Id or name of a snapshot, or of a graph.")],
    after: Annotated[str, typer.Argument(help="Id or name of a snapshot, or of a graph.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The data folder.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything, as JSON that is the same every time.")
    ] = False,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Tell what differs between two snapshots, or a snapshot and a graph as it is now.

    Example: seaglass diff before social --data-dir ./data
    """
    with opened(data_dir, kms) as database:
        found = database.diff(before, after)
    typer.echo(found.json().decode() if as_json else str(found))
