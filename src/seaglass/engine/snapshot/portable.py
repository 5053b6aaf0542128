"""A snapshot as one file, to be carried to another machine with another key.

    SNAPSHOT   JSON: what the ref says, and how many objects follow
    OBJECT     name in the store it comes from (32 bytes), encoding (1), length of the plain bytes
    …          (8), body: as in an object, but not sealed by itself
    MANIFEST   the same for the manifest, after all that it names

On the way in each object is sealed anew, under a key of the store that takes it, so that it has
another name; the manifest is written anew with those names. The ref is the last step: a snapshot is
imported whole, or not at all.

Above: database, command line. Below: manifest, load, label, storage/objects/portable.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from seaglass.base.ahead import ahead
from seaglass.base.errors import (
    Conflict,
    Corrupt,
    Exhausted,
    Invalid,
    NotFound,
    SeaglassError,
    Unavailable,
)
from seaglass.base.ids import graph_id_of, new_snapshot_id, snapshot_id_of
from seaglass.base.limits import PORTABLE_OBJECT_BYTES_MAX, PUT_THREADS, SETTLE_OBJECTS
from seaglass.engine.snapshot.counting import CountingStore
from seaglass.engine.snapshot.label import name_snapshot
from seaglass.engine.snapshot.load import version_of
from seaglass.engine.snapshot.manifest import (
    check_format,
    digest_of_name,
    encode_manifest,
    reached_names,
    read_manifest,
    renamed,
)
from seaglass.engine.snapshot.refs import SnapshotRef
from seaglass.storage.objects.format import ENCODING_NONE, ENCODING_ZSTD, Body
from seaglass.storage.objects.portable import PortableWriter, Record, read_records
from seaglass.storage.objects.sealed import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seaglass.base.files import Files
    from seaglass.engine.snapshot.manifest import ManifestDocument
    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.objects.sealed import SealedObjects

    Progress = Callable[[int, int], None] | None

FORMAT = "seaglass portable"
FORMAT_VERSION = 1
SNAPSHOT, OBJECT, MANIFEST = 1, 2, 3

_OBJECT = struct.Struct("<32sBQ")
# What of a ref goes along; the rest belongs to the store.
_TOLD = (
    "id",
    "name",
    "graph_id",
    "graph_name",
    "version",
    "node_count",
    "edge_count",
    "created_ms",
)


@dataclass(frozen=True, slots=True)
class PortableFile:
    """A file, and the passphrase that seals it; None for a file that anybody may read."""

    files: Files
    path: Path
    passphrase: str | None


def export_snapshot(
    store: Store, ref: SnapshotRef, target: PortableFile, progress: Progress = None
) -> int:
    """Writes a snapshot into a file that is not there yet; gives the file's size in bytes.

    Args: progress: called with the number of objects written and to write
    Raises: Conflict(state) when there is such a file; Invalid(illegal_argument) for an empty
        passphrase; Corrupt(corrupt), NotFound(key); Exhausted(storage), Unavailable(storage)
    """
    files, path = target.files, target.path
    if target.passphrase == "":
        raise Invalid(
            "illegal_argument",
            "The passphrase is empty. Give one, or None for a file that anybody may read.",
        )
    if files.exists(path):
        raise Conflict("state", f"There is a file {path}. Export to another name.")
    # It gets its name when it is whole.
    unfinished = path.with_name(f".{path.name}.tmp")
    if files.exists(unfinished):
        files.remove(unfinished)
    try:
        file = files.open_append(unfinished)
        try:
            writer = PortableWriter(file, target.passphrase, store.rng)
            _write(store, ref, writer, progress)
            writer.finish()
        finally:
            file.close()
        files.rename(unfinished, path)
    except BaseException:
        try:
            files.remove(unfinished)
        except SeaglassError:
            # The error that brought us here matters more; the next export removes it.
            pass
        raise
    return writer.bytes


def _write(store: Store, ref: SnapshotRef, writer: PortableWriter, progress: Progress) -> None:
    objects = store.objects(ref.key_id)
    names = sorted(reached_names(read_manifest(objects, ref.manifest, f"snapshot {ref.id}")))
    told = {member: getattr(ref, member) for member in _TOLD}
    head = {"format": FORMAT, "format_version": FORMAT_VERSION, "objects": len(names), **told}
    writer.write(SNAPSHOT, orjson.dumps(head, option=orjson.OPT_SORT_KEYS))
    threads = max(PUT_THREADS, store.raw_objects.threads)
    for done, payload in enumerate(ahead(partial(_payload, objects), names, threads), 1):
        writer.write(OBJECT, payload)
        if progress is not None:
            progress(done, len(names))
    writer.write(MANIFEST, _payload(objects, ref.manifest))


def _payload(objects: SealedObjects, name: str) -> bytes:
    digest = digest_of_name(name)
    try:
        body = objects.body(digest)
    except NotFound as error:
        raise Corrupt("corrupt", f"The snapshot is not whole: {error.message}.") from error
    if body.plain_bytes > PORTABLE_OBJECT_BYTES_MAX:
        raise Exhausted(
            "internal_limit",
            f"An object of the snapshot has {body.plain_bytes:,} bytes, and a file takes up to "
            f"{PORTABLE_OBJECT_BYTES_MAX:,} of one. Copy the snapshot with `seaglass store copy`.",
        )
    return _OBJECT.pack(digest, body.encoding, body.plain_bytes) + body.data


def import_snapshot(
    store: Store,
    source: PortableFile,
    key_id: str,
    name: str | None = None,
    progress: Progress = None,
) -> SnapshotRef:
    """Makes the snapshot in a file one of this store, sealed under a key of this store.

    Args:
        name: of the snapshot, in place of the one that it had
        progress: called with the number of objects read and to read
    Returns: its ref, with the id that it had unless another snapshot has that; one that is here
        already is given as it is
    Raises: NotFound(object | key); Invalid(illegal_argument) when the passphrase is missing or wrong;
        Corrupt(corrupt) when the file is cut or changed; Exhausted(storage), Unavailable(storage)
    """
    records = read_records(source.files, source.path, source.passphrase)
    head = _head(next(records, None), source.path)
    store.ensure_key(key_id)
    counting = CountingStore(store.raw_objects)
    objects = store.objects(key_id, counting)
    incoming = _Incoming(records, objects, source.path, head["objects"], progress)
    digests = objects.put_many(incoming.plains())
    new_names = dict(zip(incoming.names, map(name_of, digests), strict=True))
    document = _document(incoming, new_names, key_id)
    try:
        version_of(document, objects, f"{source.path}")
    except (LookupError, TypeError, ValueError, AttributeError, AssertionError) as error:
        raise _not_whole(source.path) from error
    needs = [digest_of_name(one) for one in sorted(reached_names(document))]
    with store.objects_lock() as held:
        for start in range(0, len(needs), SETTLE_OBJECTS):
            if not all(objects.contain(needs[start : start + SETTLE_OBJECTS])):
                raise Unavailable(
                    "storage", "What was imported was collected as garbage. Import it again."
                )
            held.check()
        manifest = name_of(objects.put(encode_manifest(document)))
        objects.sync()
        held.check()
        there = _here(store, head["id"])
        if there is not None and (there.manifest, there.key_id) == (manifest, key_id):
            return there
        told = {member: head[member] for member in _TOLD}
        if there is not None:
            told["id"] = new_snapshot_id(store.rng)
        if name is not None:
            told["name"] = name
        ref = SnapshotRef(
            **told,
            key_id=key_id,
            manifest=manifest,
            objects_written=counting.objects,
            bytes_written=counting.bytes,
        )
        name_snapshot(store, ref)
    return ref


class _Incoming:
    """The objects of a file, drawn while they are stored; the manifest is kept for the end."""

    def __init__(
        self,
        records: Iterator[Record],
        objects: SealedObjects,
        path: Path,
        count: int,
        progress: Progress,
    ) -> None:
        self._records = records
        self._objects = objects
        self._path = path
        self._count = count
        self._progress = progress
        self.names: list[str] = []
        self.manifest: bytes | None = None

    def plains(self) -> Iterator[Callable[[], bytes]]:
        """What makes the plain bytes of each object.

        Raises: Corrupt(corrupt) when the file is not whole
        """
        for record in self._records:
            if self.manifest is not None or record.kind not in (OBJECT, MANIFEST):
                raise _not_whole(self._path)
            digest, body = self._body(record.payload)
            if record.kind == MANIFEST:
                self.manifest = self._objects.unpacked(body)
                continue
            self.names.append(digest.hex())
            yield partial(self._objects.unpacked, body)
            if self._progress is not None:
                self._progress(len(self.names), self._count)
        if self.manifest is None or len(self.names) != self._count:
            raise _not_whole(self._path)

    def document(self) -> ManifestDocument:
        """The manifest as it was.

        Raises: Corrupt(corrupt)
        """
        assert self.manifest is not None
        try:
            found: ManifestDocument = orjson.loads(self.manifest)
        except orjson.JSONDecodeError as error:
            raise _not_whole(self._path) from error
        check_format(found, str(self._path))
        return found

    @property
    def path(self) -> Path:
        return self._path

    def _body(self, payload: bytes) -> tuple[bytes, Body]:
        if len(payload) < _OBJECT.size:
            raise _not_whole(self._path)
        digest, encoding, plain_bytes = _OBJECT.unpack(payload[: _OBJECT.size])
        if plain_bytes > PORTABLE_OBJECT_BYTES_MAX or encoding not in (
            ENCODING_NONE,
            ENCODING_ZSTD,
        ):
            raise _not_whole(self._path)
        return digest, Body(encoding, plain_bytes, payload[_OBJECT.size :])


def _document(incoming: _Incoming, new_names: dict[str, str], key_id: str) -> ManifestDocument:
    """The manifest with the names that its objects have here."""
    try:
        return renamed(incoming.document(), new_names, key_id)
    except (LookupError, TypeError, AttributeError) as error:
        raise _not_whole(incoming.path) from error


def _head(record: Record | None, path: Path) -> dict[str, Any]:
    """What the first record tells, checked."""
    if record is None or record.kind != SNAPSHOT:
        raise _not_whole(path)
    try:
        head = orjson.loads(record.payload)
        found = (head["format"], head["format_version"])
        types = {member: type(head[member]) for member in (*_TOLD, "objects")}
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise _not_whole(path) from error
    if found != (FORMAT, FORMAT_VERSION):
        raise Corrupt(
            "corrupt",
            f"{path} has format {found}, and this program reads {(FORMAT, FORMAT_VERSION)}. Import "
            "it with the version of seaglass that wrote it.",
        )
    texts = ("id", "name", "graph_id", "graph_name")
    if any(kind is not (str if member in texts else int) for member, kind in types.items()):
        raise _not_whole(path)
    try:
        snapshot_id_of(head["id"])
        graph_id_of(head["graph_id"])
    except Invalid as error:
        raise _not_whole(path) from error
    return dict(head)


def _here(store: Store, snapshot_id: str) -> SnapshotRef | None:
    try:
        return store.refs.snapshot(snapshot_id)
    except NotFound:
        return None


def _not_whole(path: Path) -> Corrupt:
    return Corrupt("corrupt", f"{path} cannot be imported: it holds no whole snapshot.")
