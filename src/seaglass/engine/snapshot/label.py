"""Labels: a snapshot's ref once more, as an object, so that a store that lost its refs knows their names.

The plain bytes of a label are the bytes of the ref's file, so its name follows from the ref and
nothing else. A label is stored before the ref; it is reached as long as the ref is there.

Above: checkpoint, gc, rebuild, copying, portable. Below: refs, storage/objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Corrupt
from seaglass.engine.snapshot.refs import SnapshotRef, decode_ref, encode_ref
from seaglass.storage.objects.format import digest_of
from seaglass.storage.objects.sealed import name_of

if TYPE_CHECKING:
    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.keys.domain import Domain
    from seaglass.storage.objects.sealed import SealedObjects

# How every ref begins; no chunk, pack or manifest does.
_BEGINNING = b'{"body":{'


def label_name(ref: SnapshotRef, domain: Domain) -> str:
    """The name of a snapshot's label."""
    return name_of(digest_of(encode_ref(ref), domain))


def label_in(plain: bytes) -> SnapshotRef | None:
    """The ref that an object's content is the label of."""
    if not plain.startswith(_BEGINNING):
        return None
    try:
        return decode_ref(SnapshotRef, plain, "label")
    except Corrupt:
        return None


def name_snapshot(store: Store, ref: SnapshotRef, objects: SealedObjects | None = None) -> None:
    """Writes a snapshot's label, then names its ref. The caller holds the objects lock.

    Args: objects: those of the store under the ref's key, where the store itself lacks the key
    Raises: Exhausted(storage), Unavailable(storage)
    """
    sealed = objects or store.objects(ref.key_id)
    naming = store.refs.naming()

    def put() -> None:
        sealed.put(encode_ref(ref))
        sealed.sync()

    try:
        store.helpers.run([put, lambda: naming.stage_snapshot(ref)])
        naming.finish()
    finally:
        naming.drop()
