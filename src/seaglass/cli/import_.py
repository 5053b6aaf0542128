"""`seaglass import`: files become a graph of a data folder."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from seaglass.base.kms import Kms
from seaglass.cli.data import KmsOption, opened
from seaglass.cli.progress import progress_bar
from seaglass.cli.told import told


def import_files(
    graph: Annotated[
        str, typer.Argument(help="Id or name of an empty graph; one that is not there is made.")
    ],
    source: Annotated[
        str, typer.Argument(help="A file, a folder or s3://bucket/prefix: all that begins so.")
    ],
    data_dir: Annotated[
        Path, typer.Option("--data-dir", help="The data folder; made if it is not there.")
    ],
    file_format: Annotated[
        str, typer.Option("--format", help="csv, open_cypher, parquet or ntriples.")
    ] = "csv",
    skip_errors: Annotated[
        bool, typer.Option("--skip-errors", help="Leave out what is wrong, and tell of it.")
    ] = False,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Fill an empty graph from files: all of them, or nothing.

    Example: seaglass import social ./social --format csv --data-dir ./data
    """
    with opened(data_dir, kms, make=True) as database, told():
        names = [name for ref in database.graphs() for name in (ref.id, ref.name)]
        made = graph not in names
        target = database.create_graph(graph) if made else database.graph(graph)
        try:
            with progress_bar(f"Importing into {target.name}") as progress:
                report = target.import_files(
                    source,
                    format=file_format,
                    fail_on_error=not skip_errors,
                    progress=lambda one: progress(one.percent, 100),
                )
        except BaseException:
            if made:
                database.delete_graph(target.id)
            raise
    typer.echo(f"{target.id} has {report.nodes:,} nodes and {report.edges:,} edges.")
    if report.progress.errors:
        typer.echo(f"{report.progress.errors:,} errors:\n{report.progress.error_details}", err=True)
