"""Which store a data folder uses: `store.json`, or none for the folder itself.

A record (keys/record) of {url, folder}: the bucket's URL, and a random id by which the folder is
known in the bucket. It is written once, before anything else, so that whoever opens the folder
later, in whatever process, finds its objects.

Above: engine/snapshot/shared, server (at start). Below: client, keys/record, base/files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, NotFound, Unavailable
from seaglass.storage.bucket.client import Bucket, canonical_url
from seaglass.storage.bucket.files import ROOT, BucketFiles
from seaglass.storage.keys.record import decode_record, encode_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seaglass.base.clock import Clock
    from seaglass.base.files import Files, SharedFiles
    from seaglass.base.rng import Rng

FILE = "store.json"
_FOLDER_ID_BYTES = 8
# What a folder has that has been used without a bucket.
_OWN = ("objects", "snapshots", "graphs")


@dataclass(frozen=True, slots=True)
class Choice:
    """The bucket of a data folder."""

    url: str
    folder: str


def chosen(files: Files, root: Path) -> Choice | None:
    """The choice of a data folder; None where it is its own store.

    Raises: Corrupt(corrupt)
    """
    path = root / FILE
    try:
        record = decode_record(files.read(path), path, ("url", "folder"))
    except NotFound:
        return None
    return Choice(record["url"], record["folder"])


def choose(files: Files, root: Path, url: str, rng: Rng, probe: Callable[[str], None]) -> Choice:
    """Have a data folder, which may be new, use a bucket from now on.

    Args: probe: raises when the bucket will not do; called before it is chosen
    Raises: Conflict(state) when it uses another store; Invalid(illegal_argument) for no URL
    """
    url = canonical_url(url)
    found = chosen(files, root)
    if found is None:
        own = [name for name in _OWN if files.exists(root / name)]
        if own:
            raise Conflict(
                "state",
                f"{root} keeps its snapshots itself (it has {', '.join(own)}). Use a new folder, and "
                f"bring the snapshots there: seaglass store copy {root} {url}",
            )
        probe(url)
        files.make_dir(root)
        body = {"url": url, "folder": rng.token(_FOLDER_ID_BYTES).hex()}
        files.create(root / FILE, encode_record(body))
        # When another process was faster, its choice is the choice.
        found = chosen(files, root)
        assert found is not None
    if found.url != url:
        raise Conflict(
            "state", f"{root} keeps its snapshots in {found.url}, not in {url}. Use another folder."
        )
    return found


def open_store(
    files: Files, root: Path, url: str | None, clock: Clock, rng: Rng
) -> tuple[SharedFiles, Path]:
    """The files of a data folder's store, and where among them its refs lie.

    Args: url: as the folder was given one; None for what it uses
    Raises: Conflict(state) when it uses another; Unavailable(storage) when the bucket does not answer
    """

    def probe(new: str) -> None:
        probe_bucket(Bucket(new, clock, rng), rng)

    choice = chosen(files, root) if url is None else choose(files, root, url, rng, probe)
    if choice is None:
        return files, root
    bucket = Bucket(choice.url, clock, rng)
    next(bucket.list("snapshots/"), None)
    return BucketFiles(bucket), ROOT


def probe_bucket(bucket: Bucket, rng: Rng) -> None:
    """Make sure that a bucket is there, may be used, and does what a store needs of it.

    Raises: Unavailable(storage)
    """
    next(bucket.list("snapshots/"), None)
    key = f"probe-{rng.token(_FOLDER_ID_BYTES).hex()}"
    try:
        tag = bucket.create(key, b"1")
        moved = None if tag is None else bucket.replace(key, b"2", tag)
        honours = (
            moved is not None
            and bucket.create(key, b"3") is None
            and bucket.replace(key, b"4", str(tag)) is None
            and bucket.get(key) == b"2"
        )
    finally:
        bucket.delete([key])
    if not honours:
        raise Unavailable(
            "storage",
            f"{bucket.where} does not honour conditional writes (If-None-Match, If-Match), so writers "
            "could not be kept apart. Use another S3-compatible server, or a newer version of it.",
        )
