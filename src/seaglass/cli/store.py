"""`seaglass store`: stores of snapshots, in data folders and in buckets. Works beside a server."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seaglass.base.kms import Kms
from seaglass.cli.progress import progress_bar
from seaglass.cli.told import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.store import Store

Place = Annotated[str, typer.Argument(help="A data folder, or a bucket: s3://bucket/prefix.")]
Source = Annotated[str, typer.Argument(help="Where from: a data folder, or s3://bucket/prefix.")]
Target = Annotated[str, typer.Argument(help="Where to: a data folder, or s3://bucket/prefix.")]
Keys = Annotated[
    Path | None,
    typer.Option(
        help="The data folder whose keys open it; needed for buckets.", show_default=False
    ),
]
KmsOption = Annotated[Kms, typer.Option(help="Where keys come from that are not there.")]

stores = typer.Typer(
    no_args_is_help=True,
    help="Stores of snapshots: data folders and S3-compatible buckets.\n\n"
    "Example: seaglass store stats ./data",
)


@stores.command()
def stats(store: Place, keys: Keys = None, kms: KmsOption = Kms.LOCAL) -> None:
    """Show objects and bytes by key, what snapshots share, and what is garbage.

    Example: seaglass store stats s3://bucket/prefix --keys ./data
    """
    with _opened(store, keys, kms) as found:
        from seaglass.engine.snapshot.stats import gather_stats

        with progress_bar("Reading"):
            told_of = gather_stats(found)
        typer.echo(str(told_of))


@stores.command()
def verify(store: Place, keys: Keys = None, kms: KmsOption = Kms.LOCAL) -> None:
    """Read every object and every ref, and check them.

    Example: seaglass store verify ./data
    """
    with _opened(store, keys, kms) as found:
        from seaglass.engine.snapshot.verify_store import verify_store

        with progress_bar("Reading") as advance:
            report = verify_store(found, advance)
    typer.echo(str(report))
    if not report.ok:
        raise typer.Exit(1)


@stores.command()
def gc(
    store: Place,
    sweep: Annotated[bool, typer.Option("--sweep", help="Delete what the plan names.")] = False,
    keys: Keys = None,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Show which stored objects nothing reaches any more; with --sweep, delete them.

    Example: seaglass store gc ./data --sweep
    """
    with _opened(store, keys, kms) as found:
        from seaglass.engine.snapshot import gc as collection

        with progress_bar("Reading"):
            plan = collection.gather_and_plan(found)
        typer.echo(str(plan))
        if not sweep:
            typer.echo("Nothing was deleted; --sweep does it.")
            return
        with progress_bar("Deleting"):
            swept = collection.sweep(found, plan)
        typer.echo(
            f"Deleted {swept.objects:,} objects, {swept.bytes:,} bytes; "
            f"{swept.spared:,} are in use again."
        )


@stores.command()
def rebuild(
    store: Place,
    write: Annotated[bool, typer.Option("--write", help="Write the refs that were found.")] = False,
    unnamed: Annotated[
        bool, typer.Option("--unnamed", help="Also write those whose name is not known.")
    ] = False,
    keys: Keys = None,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Find the snapshots of a store that has lost their refs, by reading every object.

    Example: seaglass store rebuild ./data --write
    """
    with _opened(store, keys, kms) as found:
        from seaglass.engine.snapshot import rebuild as rebuilding

        with progress_bar("Reading") as advance:
            plan = rebuilding.gather_and_plan_rebuild(found, advance)
        typer.echo(str(plan))
        if not write:
            typer.echo("Nothing was written; --write does it.")
            return
        refs = [*plan.refs, *(plan.unnamed if unnamed else ())]
        typer.echo(f"Wrote {len(rebuilding.rebuild(found, refs)):,} refs.")


@stores.command()
def copy(
    source: Source,
    target: Target,
    snapshot: Annotated[
        list[str] | None,
        typer.Option(help="Id or name of a snapshot; may be repeated.", show_default="all"),
    ] = None,
    keys: Keys = None,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Copy snapshots, sealed as they are: only what is missing there. The key is not copied.

    What was cut short goes on when it is run again.

    Example: seaglass store copy ./data s3://bucket/prefix
    """
    with _pair(source, target, keys, kms) as (one, other):
        refs = one.refs.snapshots()
        _copied(one, other, refs if snapshot is None else _chosen(refs, snapshot))


@stores.command()
def sync(
    source: Source,
    target: Target,
    delete: Annotated[
        bool,
        typer.Option("--delete", help="Delete snapshots there that are not here any more."),
    ] = False,
    keys: Keys = None,
    kms: KmsOption = Kms.LOCAL,
) -> None:
    """Copy all snapshots; with --delete, remove those there that are not here.

    Example: seaglass store sync s3://bucket/prefix ./backup --delete
    """
    with _pair(source, target, keys, kms) as (one, other):
        from seaglass.base.errors import NotFound
        from seaglass.engine.graphs import delete_snapshot

        refs = one.refs.snapshots()
        if delete and not one.domains.key_ids():
            # A disk that is not mounted, say, or a prefix that is mistyped.
            raise NotFound(
                "object",
                f"{source} is no store: nothing was ever saved there. Nothing was deleted.",
            )
        _copied(one, other, refs)
        surplus = sorted(set(other.refs.snapshot_ids()) - {ref.id for ref in refs})
        if delete:
            for snapshot_id in surplus:
                delete_snapshot(other, snapshot_id)
            typer.echo(f"Deleted {len(surplus):,} snapshots; `store gc` frees their space later.")
        elif surplus:
            typer.echo(f"{len(surplus):,} snapshots are only there; --delete removes them.")


def _copied(source: Store, target: Store, refs: list[SnapshotRef]) -> None:
    from seaglass.engine.snapshot.copying import copy_snapshots

    with progress_bar("Copying") as advance:
        copied = copy_snapshots(source, target, refs, advance)
    typer.echo(str(copied))


def _chosen(refs: list[SnapshotRef], wanted: list[str]) -> list[SnapshotRef]:
    from seaglass.base.errors import NotFound

    for one in wanted:
        if not any(one in (ref.id, ref.name) for ref in refs):
            raise NotFound("snapshot", f"There is no snapshot {one!r}.")
    return [ref for ref in refs if ref.id in wanted or ref.name in wanted]


@contextmanager
def _opened(place: str, keys: Path | None, kms: Kms) -> Iterator[Store]:
    with told():
        from seaglass.engine.places import store_at

        yield store_at(place, keys, kms)


@contextmanager
def _pair(source: str, target: str, keys: Path | None, kms: Kms) -> Iterator[tuple[Store, Store]]:
    """Both stores, opened with `keys`; without, a folder with its own and a bucket with those of the
    first folder."""
    with told():
        from seaglass.engine.places import store_at
        from seaglass.storage.bucket.client import is_bucket

        if not is_bucket(target):
            # A folder for copies may be new; a bucket is there already.
            Path(target).mkdir(parents=True, exist_ok=True)
        folders = [Path(place) for place in (source, target) if not is_bucket(place)]
        own = folders[0] if folders else None
        one, other = (keys or (own if is_bucket(place) else None) for place in (source, target))
        yield store_at(source, one, kms), store_at(target, other, kms)
