"""`seaglass export`: a graph or snapshot of a data folder as CSV or Parquet files."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated, Any

import typer

from seaglass.base.kms import Kms
from seaglass.cli.data import KmsOption, opened
from seaglass.cli.progress import progress_bar
from seaglass.cli.query import found
from seaglass.cli.told import fail, told


def export(
    where: Annotated[str, typer.Argument(help="Id or name of a graph, or of a snapshot.")],
    destination: Annotated[
        str, typer.Argument(help="A folder, or s3://bucket/prefix; it must have no export yet.")
    ],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The data folder.")],
    file_format: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    filter_file: Annotated[
        Path | None,
        typer.Option(
            "--filter", help="File with what to write, JSON as StartExportTask's exportFilter."
        ),
    ] = None,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Write nodes and edges as files that Neptune Analytics and seaglass import.

    Example: seaglass export social ./out --format parquet --data-dir ./data
    """
    only = None if filter_file is None else _filter(filter_file)
    with (
        opened(data_dir, kms) as database,
        told(),
        progress_bar(f"Exporting {where}") as progress,
    ):
        written = found(database, where).export(
            destination,
            format=file_format,
            filter=only,
            progress=lambda one: progress(one.percent, 100),
        )
    typer.echo(f"{written.nodes:,} nodes and {written.edges:,} edges are in {destination}.")


def _filter(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be read as JSON: {error}")
