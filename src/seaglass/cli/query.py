"""`seaglass query`: one openCypher query on a graph or snapshot of a data folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seaglass.base.errors import NotFound
from seaglass.base.kms import Kms
from seaglass.cli.data import KmsOption, opened
from seaglass.cli.tables import show
from seaglass.cli.told import fail, told

if TYPE_CHECKING:
    from seaglass import Database, Result
    from seaglass.engine.queries import Queries


def query(
    where: Annotated[str, typer.Argument(help="Id or name of a graph, or of a snapshot.")],
    text: Annotated[str, typer.Argument(help="The openCypher query.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The data folder.")],
    param: Annotated[
        list[str] | None,
        typer.Option(help="name=value, the value as JSON or plain text; may be repeated."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The result as the API gives it, in place of a table.")
    ] = False,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Run a query on a graph, or on what a snapshot holds, without restoring it.

    Example: seaglass query before "MATCH (n) RETURN labels(n), count(*)" --data-dir ./data
    """
    parameters = dict(_parameter(one) for one in param or ())
    with (
        opened(data_dir, kms) as database,
        told(),
        found(database, where).query(text, parameters) as result,
    ):
        if as_json:
            for part in result.json():
                sys.stdout.buffer.write(part)
            sys.stdout.buffer.write(b"\n")
        else:
            _show(result)


def found(database: Database, where: str) -> Queries:
    """The graph of this id or name, or else the snapshot."""
    try:
        return database.graph(where)
    except NotFound as error:
        # Its key may be missing: then there is a graph.
        if error.kind != "graph":
            raise
    try:
        return database.frozen(where)
    except NotFound as error:
        if error.kind != "snapshot":
            raise
        fail(f"There is no graph or snapshot {where!r}.")


def _parameter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        fail(f"--param {text!r} is not name=value.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _show(result: Result) -> None:
    from rich.table import Table

    table = Table(*result.columns, box=None)
    for row in result.rows():
        table.add_row(*map(_cell, row.values()))
    show(table)
    typer.echo("1 row" if table.row_count == 1 else f"{table.row_count:,} rows", err=True)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_cell, value)) + "]"
    return "null" if value is None else str(value)
