"""`seaglass clone`: a new graph that holds what another one holds now."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from seaglass.base.kms import Kms
from seaglass.cli.data import KmsOption, opened
from seaglass.cli.told import told


def clone(
    graph: Annotated[str, typer.Argument(help="Id or name of the graph.")],
    name: Annotated[str, typer.Argument(help="Name of the new graph.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The data folder.")],
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Make a new graph that holds what a graph holds now; the data is shared, not copied.

    Example: seaglass clone social social-test --data-dir ./data
    """
    with opened(data_dir, kms) as database, told():
        made = database.clone(graph, name)
        typer.echo(f"{made.id} is the graph {made.name}.")
