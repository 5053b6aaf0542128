"""Stores by what people call them: a data folder, or the URL of a bucket.

Above: command line. Below: graphs, snapshot/, storage.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.clock import SystemClock
from seaglass.base.errors import NotFound
from seaglass.base.files import LocalFiles
from seaglass.base.kms import Kms
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SystemRng
from seaglass.engine.graphs import store_of
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.shared import bucket_shared, shared_of
from seaglass.engine.snapshot.store import Store
from seaglass.storage.bucket.choice import Choice
from seaglass.storage.bucket.client import canonical_url, is_bucket
from seaglass.storage.keys.local import LocalKeyRing

if TYPE_CHECKING:
    from seaglass.base.files import Files

_FOLDER_ID_BYTES = 8


def store_at(place: str, keys: Path | None = None, kms: Kms = Kms.LOCAL) -> Store:
    """The store at a place. Nothing is made or locked.

    Args:
        place: a data folder, or `s3://bucket/prefix`
        keys: the data folder whose key ring opens it; None for that of the place itself, or KMS
    Raises: NotFound(object) for a folder that is not there; Invalid(illegal_argument) for no URL
    """
    clock, rng = SystemClock(), SystemRng()
    if not is_bucket(place):
        if not Path(place).is_dir():
            raise NotFound("object", f"There is no folder {place}.")
        if keys is None:
            return store_of(Path(place), kms)
        files, layout = LocalFiles(), Layout(Path(place))
        ring = LocalKeyRing(files, Layout(keys).keys, clock, rng)
        shared = shared_of(files, layout, clock, rng)
        return Store(files, layout, clock, rng, kms, shared=shared, keys=ring)
    # It has no graphs of its own: its folder is one in memory.
    own = MemoryFiles(clock)
    layout = Layout(Path("/"))
    choice = Choice(canonical_url(place), rng.token(_FOLDER_ID_BYTES).hex())
    ring_files: Files = own if keys is None else LocalFiles()
    ring_folder = layout.keys if keys is None else Layout(keys).keys
    ring = LocalKeyRing(ring_files, ring_folder, clock, rng)
    shared = bucket_shared(choice, clock, rng)
    return Store(own, layout, clock, rng, kms, shared=shared, keys=ring)
