"""Save a version: chunks that are not stored, packs of patches, the manifest, then whatever names it.

    1  put every chunk that has no digest yet, and all packs but the last      nothing is held
    2  under the objects lock: make sure that all of it is there (`gc`, point 1), put the last pack,
       the manifest and what else is to be as durable as it, together since each is small, sync,
       and let the caller name it

A save that fails leaves objects that nothing names, and no half of anything; one that is repeated
puts what is missing.

Above: checkpoint, ahead. Below: describe, manifest, packs, store.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Corrupt
from seaglass.base.limits import CHUNK_ENTRIES_A_US, CHUNK_WORK_US, SETTLE_OBJECTS
from seaglass.base.pace import breathe, paced
from seaglass.engine.graph.adjacency import CsrSegment
from seaglass.engine.graph.chunk import Bitmap
from seaglass.engine.graph.codec import LAYOUTS, encode_chunk, encode_chunk_in, encode_with_stats
from seaglass.engine.graph.id_index import IdPartition
from seaglass.engine.graph.vectors import VectorChunk
from seaglass.engine.snapshot.counting import CountingStore
from seaglass.engine.snapshot.describe import Identity, chunk_refs, document_of, patches_of
from seaglass.engine.snapshot.manifest import encode_manifest, reached_names
from seaglass.engine.snapshot.packs import encode_packs
from seaglass.engine.values.column import Column
from seaglass.storage.objects.format import Digest, digest_of
from seaglass.storage.objects.sealed import SealedObjects, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.base.pace import Pace
    from seaglass.engine.graph.chunk import ChunkRef
    from seaglass.engine.graph.codec import AnyPayload
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.snapshot.store import ObjectsHeld, Store


@dataclass(frozen=True, slots=True)
class Saved:
    """A stored manifest.

    Args:
        manifest: its name
        reached: names of all objects that it needs, its own included
        objects / bytes: what this save has put into the store, sealed
    """

    manifest: str
    reached: frozenset[str]
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Save:
    """What to save.

    Args:
        anchored: names of objects that the ref of the same graph reaches, and will as long as the
            save runs: they need no look
        progress: called with the number of chunks stored and to store
        pace: how it goes as long as nothing is held; None for as fast as it can
    """

    version: GraphVersion
    identity: Identity
    anchored: frozenset[str]
    progress: Callable[[int, int], None] | None
    pace: Pace | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is made durable together with a manifest, before anything names it.

    Args:
        acts: are done while the objects become durable, in threads of their own
        label: gives the bytes of one more object
    """

    acts: tuple[Callable[[Saved], None], ...]
    label: Callable[[Saved], bytes] | None


_NOTHING = Beside((), None)


def save(
    store: Store, job: Save, name_it: Callable[[Saved], None], beside: Beside = _NOTHING
) -> Saved:
    """Stores a version and has it named, as the module says.

    Args: name_it: writes the ref; once it has returned the version is durable and named
    Raises: Exhausted(storage), Unavailable(storage), and what `name_it` raises; Corrupt(corrupt) when
        an object is gone that nobody may delete and that cannot be made again
    """
    counting = CountingStore(store.raw_objects)
    objects = store.objects(job.identity.key_id, counting)
    refs = list(chunk_refs(job.version))
    with paced(job.pace):
        put_chunks(objects, refs, job)
        packs = list(encode_packs(patches_of(job.version)))
        for pack in packs[:-1]:
            objects.put(pack)
        names = [name_of(digest_of(pack, objects.domain)) for pack in packs]
        document = document_of(job.version, job.identity, names)
        breathe()
        reached = reached_names(document)
        breathe()
    with store.objects_lock() as held:
        fresh = reached.difference(job.anchored, names)
        _settle(
            objects, [ref for ref in refs if _digest(ref).hex() in fresh] if fresh else [], held
        )
        for pack in packs[:-1]:
            objects.put(pack)
        plain = encode_manifest(document)
        manifest = name_of(digest_of(plain, objects.domain))
        together = objects.missing([*packs[-1:], plain])
        saved = Saved(
            manifest,
            reached | {manifest},
            counting.objects + len(together),
            counting.bytes + sum(len(data) for _, data in together),
        )
        if beside.label is not None:
            together += objects.missing([beside.label(saved)])

        def put() -> None:
            counting.put_all(together)
            objects.sync()

        store.helpers.run([put, *(partial(act, saved) for act in beside.acts)])
        held.check()
        name_it(saved)
    return saved


def put_chunks(objects: SealedObjects, refs: list[ChunkRef[Any]], job: Save) -> None:
    """Stores the chunks that have no digest yet, and notes their digests."""
    # One chunk may hang on a version in several places.
    missing = list({id(ref): ref for ref in refs if ref.digest is None}.values())
    # The longest first: else one thread ends with such a one while the others have nothing left.
    missing.sort(key=lambda ref: -_work_us(ref.get()))
    if job.pace is not None:
        job.pace.expect(sum(_work_us(ref.get()) for ref in missing) / 1e6)

    def plains() -> Iterator[Callable[[], bytes]]:
        for done, ref in enumerate(missing):
            if job.progress is not None:
                job.progress(len(refs) - len(missing) + done, len(refs))
            yield partial(plain_of, ref)

    if missing:  # or else threads would be started for nothing
        for ref, digest in zip(missing, objects.put_many(plains()), strict=True):
            ref.seal(digest)
    if job.progress is not None:
        job.progress(len(refs), len(refs))


def _work_us(payload: AnyPayload) -> int:
    """Microseconds of a core that it takes to encode, pack, seal and put a chunk, about."""
    match payload:
        case Column():
            count = len(payload)
        case Bitmap(bits):
            count = len(bits)
        case CsrSegment():
            count = len(payload.edges)
        case IdPartition(hashes):
            count = len(hashes)
        case VectorChunk(_, numbers):
            count = numbers.size
    return CHUNK_WORK_US + count // CHUNK_ENTRIES_A_US


def plain_of(ref: ChunkRef[Any]) -> bytes:
    """What a chunk is stored as."""
    breathe()
    if ref.known_stats is not None:
        return encode_chunk(ref.get())
    plain, stats = encode_with_stats(ref.get())
    # The manifest will ask for them, with a lock held and in one thread.
    ref.note_stats(stats)
    return plain


def _plain_again(objects: SealedObjects, ref: ChunkRef[Any]) -> bytes:
    """What a chunk was stored as, by this version or one that wrote an older layout."""
    for layout in LAYOUTS:
        plain = encode_chunk_in(layout, ref.get())
        if digest_of(plain, objects.domain) == ref.digest:
            return plain
    raise Corrupt(
        "corrupt",
        f"The object {_digest(ref).hex()} is gone, and what is in memory is not what it held.",
    )


def _digest(ref: ChunkRef[Any]) -> Digest:
    assert ref.digest is not None
    return Digest(ref.digest)


def _settle(objects: SealedObjects, refs: list[ChunkRef[Any]], held: ObjectsHeld) -> None:
    """Puts again what was collected as garbage since it was stored. With the objects lock held."""
    for begin in range(0, len(refs), SETTLE_OBJECTS):
        some = refs[begin : begin + SETTLE_OBJECTS]
        there = objects.contain([_digest(ref) for ref in some])
        for ref, is_there in zip(some, there, strict=True):
            if not is_there:
                objects.put(_plain_again(objects, ref))
        held.check()
