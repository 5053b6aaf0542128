"""`seaglass key`: the local key ring of a data folder. Works beside a server that runs."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seaglass.base.kms import Kms
from seaglass.base.rng import SystemRng
from seaglass.base.settings import Settings
from seaglass.cli.tables import show
from seaglass.cli.told import fail, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.keys.local import KeyInfo

DataDir = Annotated[Path, typer.Option("--data-dir", help="The data folder.")]
Which = Annotated[str, typer.Argument(help="Id of the key: its ARN, or AWS_OWNED_KEY.")]

keys = typer.Typer(
    no_args_is_help=True,
    help="Keys that graphs are sealed under. A server that runs sees each change.\n\n"
    "Example: seaglass key create --data-dir ./data",
)


@keys.command()
def create(
    data_dir: DataDir,
    arn: Annotated[
        str | None, typer.Option(help="The key's ARN; a new one if it is not given.")
    ] = None,
    region: Annotated[str, typer.Option(help="Region in a new ARN.")] = Settings().region,
    account: Annotated[str, typer.Option(help="Account in a new ARN.")] = Settings().account_id,
) -> None:
    """Make a key; CreateGraph takes its ARN as kmsKeyIdentifier.

    Example: seaglass key create --data-dir ./data
    """
    with _store(data_dir) as store:
        arn = arn or f"arn:aws:kms:{region}:{account}:key/{SystemRng().uuid()}"
        typer.echo(store.keys.create(arn).id)


@keys.command(name="list")
def list_keys(data_dir: DataDir) -> None:
    """List the keys, with what they seal.

    Example: seaglass key list --data-dir ./data
    """
    from rich.table import Table

    with _store(data_dir) as store:
        found = store.keys.list()
        graphs = [ref.key_id for ref in store.refs.graphs()]
        snapshots = [ref.key_id for ref in store.refs.snapshots()]
    if not found:
        typer.echo("There are no keys yet: the first graph makes one.")
        return
    table = Table(box=None)
    # An ARN is there to be copied: it is shown whole, however narrow the terminal.
    table.add_column("Key", min_width=max(len(key.id) for key in found))
    table.add_column("State")
    table.add_column("Created (UTC)")
    for column in ("Versions", "Graphs", "Snapshots"):
        table.add_column(column, justify="right")
    for key in found:
        numbers = (key.versions, graphs.count(key.id), snapshots.count(key.id))
        table.add_row(key.id, _state(key), _time(key.created_ms), *map(str, numbers))
    show(table)


@keys.command()
def rotate(
    key: Which,
    data_dir: DataDir,
    kms: Annotated[Kms, typer.Option(help="Where keys come from that are not here.")] = Kms.LOCAL,
) -> None:
    """Give a key a new version and wrap the data key anew; no data is rewritten.

    Of a key in AWS KMS only the data key is wrapped anew: rotate the key itself in KMS.

    Example: seaglass key rotate AWS_OWNED_KEY --data-dir ./data
    """
    with _store(data_dir, kms) as store:
        found = store.rotate_key(key)
    what = "its data key is wrapped anew" if found else "it seals nothing here yet"
    typer.echo(f"{key} is rotated; {what}.")


@keys.command()
def disable(key: Which, data_dir: DataDir) -> None:
    """Refuse a key until it is enabled again. Graphs that run go on until they are stopped.

    Example: seaglass key disable arn:aws:kms:... --data-dir ./data
    """
    with _store(data_dir) as store:
        _say(store.keys.disable(key))


@keys.command()
def enable(key: Which, data_dir: DataDir) -> None:
    """Allow a disabled key again.

    Example: seaglass key enable arn:aws:kms:... --data-dir ./data
    """
    with _store(data_dir) as store:
        _say(store.keys.enable(key))


@keys.command()
def delete(
    key: Which,
    data_dir: DataDir,
    days: Annotated[int, typer.Option(help="Days until it is gone, 7 to 30.")] = 30,
) -> None:
    """Delete a key after some days; what it seals cannot be read without it.

    Example: seaglass key delete arn:aws:kms:... --days 7 --data-dir ./data
    """
    with _store(data_dir) as store:
        info = store.keys.schedule_deletion(key, days)
        lost = [ref.id for ref in store.refs.graphs() if ref.key_id == key]
        lost += [ref.id for ref in store.refs.snapshots() if ref.key_id == key]
    _say(info)
    if lost:
        typer.echo(
            f"{len(lost)} graphs and snapshots will be lost then ({', '.join(lost[:5])}"
            f"{', ...' if len(lost) > 5 else ''}). `seaglass key keep` undoes this.",
            err=True,
        )


@keys.command()
def keep(key: Which, data_dir: DataDir) -> None:
    """Keep a key that waits for its deletion; it is disabled then.

    Example: seaglass key keep arn:aws:kms:... --data-dir ./data
    """
    with _store(data_dir) as store:
        _say(store.keys.cancel_deletion(key))


@contextmanager
def _store(data_dir: Path, kms: Kms = Kms.LOCAL) -> Iterator[Store]:
    """The store, without the folder's lock: keys have one of their own."""
    if not data_dir.is_dir():
        fail(f"There is no folder {data_dir}.")
    from seaglass.engine.graphs import store_of

    with told():
        yield store_of(data_dir, kms)


def _say(key: KeyInfo) -> None:
    typer.echo(f"{key.id} is {_state(key)}.")


def _state(key: KeyInfo) -> str:
    if key.deletes_ms is None:
        return key.state
    return f"{key.state} ({_time(key.deletes_ms)})"


def _time(time_ms: int | None) -> str:
    if time_ms is None:
        return "-"
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S}"
