"""`seaglass snapshot`: snapshots of a data folder, without a server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from seaglass.cli.data import opened
from seaglass.cli.progress import progress_bar

DataDir = Annotated[Path, typer.Option("--data-dir", help="The data folder.")]
Which = Annotated[str, typer.Argument(help="Id or name of the snapshot.")]

snapshots = typer.Typer(
    no_args_is_help=True,
    help="Snapshots of a data folder that no server holds.\n\n"
    "Example: seaglass snapshot list --data-dir ./data",
)


@snapshots.command(name="list")
def list_snapshots(data_dir: DataDir) -> None:
    """List the snapshots, oldest first.

    Example: seaglass snapshot list --data-dir ./data
    """
    from rich.console import Console
    from rich.table import Table

    table = Table("Id", "Name", "Graph", "Created (UTC)", box=None)
    for column in ("Nodes", "Edges", "Written (bytes)"):
        table.add_column(column, justify="right")
    with opened(data_dir) as database:
        for info in database.snapshots():
            created = datetime.fromtimestamp(info.created_ms / 1000, UTC)
            numbers = (info.node_count, info.edge_count, info.bytes_written)
            table.add_row(
                info.id,
                info.name,
                info.graph_name,
                created.isoformat(" ", "seconds").removesuffix("+00:00"),
                *(f"{number:,}" for number in numbers),
            )
    if table.row_count:
        Console().print(table)
    else:
        typer.echo("There are no snapshots.")


@snapshots.command()
def create(
    graph: Annotated[str, typer.Argument(help="Id or name of the graph.")],
    name: Annotated[str, typer.Argument(help="Name of the snapshot.")],
    data_dir: DataDir,
) -> None:
    """Take a snapshot of a graph.

    Example: seaglass snapshot create social before --data-dir ./data
    """
    with opened(data_dir) as database, progress_bar("Saving") as advance:
        info = database.graph(graph).snapshot(name, progress=advance)
    typer.echo(
        f"{info.id} holds {info.node_count:,} nodes and {info.edge_count:,} edges; "
        f"{info.bytes_written:,} bytes were new."
    )


@snapshots.command()
def verify(snapshot: Which, data_dir: DataDir) -> None:
    """Read every byte of a snapshot and check it.

    Example: seaglass snapshot verify gs-0123456789 --data-dir ./data
    """
    with opened(data_dir) as database, progress_bar("Reading"):
        report = database.verify(snapshot)
    typer.echo(str(report))
    if not report.ok:
        raise typer.Exit(1)


@snapshots.command()
def restore(
    snapshot: Which,
    name: Annotated[str, typer.Argument(help="Name of the new graph.")],
    data_dir: DataDir,
) -> None:
    """Make a new graph from a snapshot.

    Example: seaglass snapshot restore gs-0123456789 again --data-dir ./data
    """
    with opened(data_dir) as database:
        graph = database.restore(snapshot, name)
        typer.echo(f"{graph.id} is the graph {graph.name}.")
