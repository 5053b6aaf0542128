"""`seaglass snapshot`: snapshots of a data folder, without a server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from seaglass.base.kms import Kms
from seaglass.cli.data import KmsOption, opened
from seaglass.cli.progress import progress_bar
from seaglass.cli.tables import show
from seaglass.cli.told import fail, told

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
    from rich.table import Table

    table = Table("Id", "Name", "Graph", "Created (UTC)", box=None)
    for column in ("Nodes", "Edges", "Written (bytes)"):
        table.add_column(column, justify="right")
    with opened(data_dir) as database:
        for info in database.snapshots():
            numbers = (info.node_count, info.edge_count, info.bytes_written)
            table.add_row(
                info.id,
                info.name,
                info.graph_name,
                f"{info.created:%Y-%m-%d %H:%M:%S}",
                *(f"{number:,}" for number in numbers),
            )
    if table.row_count:
        show(table)
    else:
        typer.echo("There are no snapshots.")


@snapshots.command()
def create(
    graph: Annotated[str, typer.Argument(help="Id or name of the graph.")],
    name: Annotated[str, typer.Argument(help="Name of the snapshot.")],
    data_dir: DataDir,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Take a snapshot of a graph.

    Example: seaglass snapshot create social before --data-dir ./data
    """
    with opened(data_dir, kms) as database, progress_bar("Saving") as advance:
        info = database.graph(graph).snapshot(name, progress=advance)
    typer.echo(
        f"{info.id} holds {info.node_count:,} nodes and {info.edge_count:,} edges; "
        f"{info.bytes_written:,} bytes were new."
    )


@snapshots.command()
def verify(snapshot: Which, data_dir: DataDir, kms: KmsOption = Kms.LOCAL) -> None:
    """Read every byte of a snapshot and check it.

    Example: seaglass snapshot verify gs-0123456789 --data-dir ./data
    """
    with opened(data_dir, kms) as database, progress_bar("Reading"):
        report = database.verify(snapshot)
    typer.echo(str(report))
    if not report.ok:
        raise typer.Exit(1)


@snapshots.command()
def restore(
    snapshot: Which,
    name: Annotated[str, typer.Argument(help="Name of the new graph.")],
    data_dir: DataDir,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Make a new graph from a snapshot.

    Example: seaglass snapshot restore gs-0123456789 again --data-dir ./data
    """
    with opened(data_dir, kms) as database:
        graph = database.restore(snapshot, name)
        typer.echo(f"{graph.id} is the graph {graph.name}.")


@snapshots.command()
def delete(snapshot: Which, data_dir: DataDir) -> None:
    """Remove a snapshot. Graphs that were restored from it stay.

    Example: seaglass snapshot delete gs-0123456789 --data-dir ./data
    """
    with opened(data_dir) as database:
        ref = database.snapshot(snapshot)
        database.delete_snapshot(ref)
    typer.echo(f"{ref.id} {ref.name} is removed; `seaglass store gc` frees its space later.")


@snapshots.command()
def pin(
    snapshot: Which,
    data_dir: DataDir,
    undo: Annotated[bool, typer.Option("--undo", help="Unpin it.")] = False,
) -> None:
    """Keep a snapshot from `prune`.

    Example: seaglass snapshot pin before --data-dir ./data
    """
    with opened(data_dir) as database:
        database.pin(snapshot, pinned=not undo)
    typer.echo(f"{snapshot} is {'no longer' if undo else 'now'} pinned.")


@snapshots.command()
def prune(
    graph: Annotated[str, typer.Argument(help="Id or name of the graph.")],
    keep: Annotated[str, typer.Option(help="What to keep, such as last=3,daily=7,weekly=4.")],
    data_dir: DataDir,
) -> None:
    """Remove the snapshots of a graph that need not be kept; pinned ones stay.

    Example: seaglass snapshot prune social --keep last=3,daily=7 --data-dir ./data
    """
    with opened(data_dir) as database:
        gone = database.prune(graph, keep)
    for ref in gone:
        typer.echo(f"{ref.id} {ref.name} is removed.")
    if not gone:
        typer.echo("Every snapshot is to be kept.")


@snapshots.command(name="export")
def export_to(
    snapshot: Which,
    file: Annotated[Path, typer.Argument(help="The file to write, by custom *.seaglass.")],
    data_dir: DataDir,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the passphrase.")
    ] = None,
    no_encryption: Annotated[
        bool, typer.Option("--no-encryption", help="Write a file that ANYBODY can read.")
    ] = False,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Write a snapshot into one file, for another machine. It is sealed under a passphrase.

    The passphrase is asked for, unless a file has it, or SEAGLASS_PASSPHRASE.

    Example: seaglass snapshot export before before.seaglass --data-dir ./data
    """
    with told():
        from seaglass.base.files import LocalFiles
        from seaglass.engine.places import store_at
        from seaglass.engine.snapshot.portable import PortableFile, export_snapshot

        store = store_at(str(data_dir), kms=kms)
        ref = store.refs.find_snapshot(snapshot)
        passphrase = None
        if no_encryption:
            typer.echo(f"WARNING: anybody who gets {file} can read all of it.", err=True)
        else:
            passphrase = _passphrase(passphrase_file, confirmed=True)
        target = PortableFile(LocalFiles(), file.absolute(), passphrase)
        with progress_bar("Writing") as advance:
            size = export_snapshot(store, ref, target, advance)
        typer.echo(f"{file} holds {ref.id} {ref.name}: {size:,} bytes.")


@snapshots.command(name="import")
def import_from(
    file: Annotated[Path, typer.Argument(help="The file, by custom *.seaglass.")],
    data_dir: DataDir,
    name: Annotated[str | None, typer.Option(help="Another name for the snapshot.")] = None,
    key: Annotated[str, typer.Option(help="The key to seal it under.")] = "AWS_OWNED_KEY",
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the passphrase.")
    ] = None,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Take in a snapshot that was exported elsewhere; it is sealed under a key of this folder.

    A server that runs knows it within a minute.

    Example: seaglass snapshot import before.seaglass --data-dir ./data
    """
    with told():
        from seaglass.base.files import LocalFiles
        from seaglass.engine.places import store_at
        from seaglass.engine.snapshot.portable import PortableFile, import_snapshot
        from seaglass.storage.objects.portable import is_sealed

        files, path = LocalFiles(), file.absolute()
        # On the other machine this may be the first that is done.
        files.make_dir(data_dir.absolute())
        store = store_at(str(data_dir), kms=kms)
        passphrase = None
        if is_sealed(files, path):
            passphrase = _passphrase(passphrase_file, confirmed=False)
        with progress_bar("Reading") as advance:
            source = PortableFile(files, path, passphrase)
            ref = import_snapshot(store, source, key, name, advance)
        typer.echo(
            f"{ref.id} is the snapshot {ref.name}: {ref.node_count:,} nodes and "
            f"{ref.edge_count:,} edges."
        )


def _passphrase(file: Path | None, *, confirmed: bool) -> str:
    if file is not None:
        if not file.is_file():
            fail(f"There is no file {file}.")
        found = (file.read_text().splitlines() or [""])[0]
    else:
        found = os.environ.get("SEAGLASS_PASSPHRASE") or typer.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=confirmed, err=True
        )
    if not found:
        fail("The passphrase is empty.")
    return found
