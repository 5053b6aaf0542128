"""The part of a store that other machines may share: objects, domains, refs of snapshots, retired refs.

It lies in the data folder, or in a bucket under the same names (docs/adr/0006-stores-in-buckets.md).
Graphs, logs, keys and locks are always in the data folder.

Above: store, refs. Below: storage/objects, storage/bucket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.engine.snapshot.layout import Layout
from seaglass.storage.bucket.choice import choose, chosen, probe_bucket
from seaglass.storage.bucket.client import Bucket, BucketOptions
from seaglass.storage.bucket.files import ROOT, BucketFiles
from seaglass.storage.bucket.lease import Lease
from seaglass.storage.bucket.objects import BucketObjects
from seaglass.storage.objects.local import LocalObjects

if TYPE_CHECKING:
    from seaglass.base.clock import Clock
    from seaglass.base.files import Files, SharedFiles
    from seaglass.base.rng import Rng
    from seaglass.storage.bucket.choice import Choice
    from seaglass.storage.objects.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Shared:
    """Where the shared part is.

    Args:
        lease: excludes other machines; None where the lock of the folder is enough
        folder: names the data folder among those that share a bucket; "" where it is its own store
    """

    files: SharedFiles
    layout: Layout
    objects: ObjectStore
    lease: Lease | None
    folder: str


def folder_shared(files: Files, layout: Layout) -> Shared:
    """The data folder as its own store."""
    return Shared(files, layout, LocalObjects(files, layout.objects), None, "")


def bucket_shared(
    choice: Choice, clock: Clock, rng: Rng, options: BucketOptions | None = None
) -> Shared:
    """A bucket. Nothing is asked of it yet."""
    bucket = Bucket(choice.url, clock, rng, options)
    objects = BucketObjects(bucket, clock)
    lease = Lease(bucket, objects, choice.folder, rng)
    return Shared(BucketFiles(bucket), Layout(ROOT), objects, lease, choice.folder)


def shared_of(
    files: Files, layout: Layout, clock: Clock, rng: Rng, url: str | None = None
) -> Shared:
    """The shared part that a data folder has chosen, or chooses now.

    Args: url: of a bucket, for a folder that is new or uses it already; None for what it uses
    Raises: Conflict(state) when it uses another; Invalid(illegal_argument) for no URL;
        Unavailable(storage) when a new bucket will not do
    """

    def probe(new: str) -> None:
        probe_bucket(Bucket(new, clock, rng), rng)

    root = layout.root
    choice = chosen(files, root) if url is None else choose(files, root, url, rng, probe)
    if choice is None:
        return folder_shared(files, layout)
    return bucket_shared(choice, clock, rng)
