"""Bundles: files that hold many objects each, since a file for each costs more than its bytes do.

    <folder>/<name>      name = BLAKE3 of the head, in 64 hex digits
    head                 4 bytes "SGBU", u8 version (1), 3 zero bytes, u64 count; then for each object
                         its name (32 bytes) and its size (u64)
    then                 the bytes of the objects, one after the other, in that order

Numbers are little-endian. A bundle never changes. An object leaves it when what else it holds has
been written into another; so objects are there exactly where the head of a file that is there says
so, and several processes need nothing but the files. The age of an object is that of its bundle.

Heads are kept in memory once they were asked for: some 300 bytes for each object. What another
process has put is seen when something is not found.

Above: local. Below: base/files.
"""

from __future__ import annotations

import re
import struct
import threading
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from seaglass.base.errors import Corrupt, Exhausted, NotFound
from seaglass.base.limits import BUNDLE_LOOK_BYTES
from seaglass.storage.objects.store import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from pathlib import Path
    from typing import TypeAlias

    from seaglass.base.files import Files

    # Of one bundle: name of an object -> (offset, size)
    Places: TypeAlias = Mapping[str, tuple[int, int]]

_MAGIC = b"SGBU"
_VERSION = 1
_HEAD = struct.Struct("<4sB3xQ")
_ENTRY = struct.Struct("<32sQ")
# Each time, another process has just moved the object.
_TRIES = 3


class _Heads(NamedTuple):
    """What is known of the bundles. Args: where: name of an object -> its bundle; damaged: by name"""

    bundles: dict[str, Places]
    where: dict[str, str]
    damaged: set[str]


class Removed(NamedTuple):
    """Names of objects that left their bundles, and of those that did not."""

    gone: frozenset[str]
    kept: frozenset[str]


class Bundles:
    """The bundles in one folder. Safe to share between threads; several processes may share it."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder
        self._guard = threading.Lock()
        self._heads: _Heads | None = None

    def put(self, objects: Sequence[tuple[str, bytes]]) -> None:
        """Write different objects as one bundle; the folder is there, and is synced by the caller."""
        head = _head_of([(name, len(data)) for name, data in objects])
        bundle = blake3(head).hexdigest()
        self._files.place(self._folder / bundle, b"".join([head, *(data for _, data in objects)]))
        self._add(bundle, _places_in(head))

    def path_of(self, name: str) -> Path | None:
        """The bundle that an object is in, as far as was looked."""
        heads = self._heads
        bundle = None if heads is None else heads.where.get(name)
        return None if bundle is None else self._folder / bundle

    def get(self, name: str) -> bytes | None:
        """The bytes of an object, fewer where its bundle was cut; None if no bundle has it."""
        heads = self._known()
        for _ in range(_TRIES):
            bundle = heads.where.get(name)
            if bundle is not None:
                try:
                    return self._files.read_range(
                        self._folder / bundle, *heads.bundles[bundle][name]
                    )
                except NotFound:
                    pass
            heads = self._look()
            if name not in heads.where:
                return None
        return None

    def touch(self, name: str) -> bool:
        """Make an object's bundle, and so the object, as young as one put just now; False if none has it."""
        heads = self._known()
        for _ in range(_TRIES):
            bundle = heads.where.get(name)
            if bundle is None:
                return False
            if self._files.touch(self._folder / bundle):
                return True
            heads = self._look()
        return False

    def touch_all(self, names: Sequence[str]) -> list[bool]:
        """`touch` for each, once for each bundle."""
        where = self._known().where
        touched: dict[str, bool] = {}
        there = []
        for name in names:
            bundle = where.get(name)
            if bundle is not None and bundle not in touched:
                touched[bundle] = self._files.touch(self._folder / bundle)
            # One that has gone may have left its objects to another.
            there.append(bundle is not None and (touched[bundle] or self.touch(name)))
        return there

    def infos(self) -> list[ObjectInfo]:
        """All objects, by name.

        Raises: Corrupt when the head of a bundle is damaged, so that nobody knows what is in it
        """
        found: dict[str, ObjectInfo] = {}
        for bundle, places in self._whole():
            try:
                modified = self._files.stat(self._folder / bundle).modified
            except NotFound:  # removed since the folder was listed
                continue
            for name, (_, size_bytes) in places.items():
                # Of one that is there twice, the younger: both must be old to go.
                if name not in found or found[name].modified < modified:
                    found[name] = ObjectInfo(name, size_bytes, modified, bundle)
        return [found[name] for name in sorted(found)]

    def remove(self, names: Set[str], before: float | None = None) -> Removed:
        """Take objects out of their bundles.

        Args: before: spares what is in a bundle that changed after that time
        Returns: what was spared, or could not leave since the disk has no room for what is to stay, is kept
        Raises: Corrupt, as infos
        """
        gone: set[str] = set()
        kept: set[str] = set()
        for bundle, places in self._whole():
            if not (leaving := names & places.keys()):
                continue
            try:
                if before is not None and self._files.stat(self._folder / bundle).modified > before:
                    kept |= leaving
                    continue
                self._rewrite(bundle, places, leaving)
            except NotFound:  # another process was quicker
                continue
            except Exhausted:
                # What goes whole needs no room, and makes some for the next time.
                kept |= leaving
                continue
            gone |= leaving
        if kept & gone:
            # Some are in two bundles, and one of those is left.
            with self._guard:
                self._heads = None
        return Removed(frozenset(gone), frozenset(kept))

    def damaged(self) -> list[str]:
        """Names of bundles whose heads are damaged, as far as was looked."""
        return sorted(self._known().damaged)

    def _rewrite(self, bundle: str, places: Places, leaving: Set[str]) -> None:
        rest = [
            (name, self._files.read_range(self._folder / bundle, *place))
            for name, place in places.items()
            if name not in leaving
        ]
        if rest:
            self.put(rest)
            # Else a power loss might keep the removal, and not what comes in its place.
            self._files.sync_folder(self._folder)
        self._files.remove(self._folder / bundle)
        with self._guard:
            if self._heads is not None:
                self._heads.bundles.pop(bundle, None)
                for name in leaving:
                    if self._heads.where.get(name) == bundle:
                        del self._heads.where[name]

    def _add(self, bundle: str, places: Places) -> None:
        with self._guard:
            if self._heads is not None:
                self._heads.bundles[bundle] = places
                self._heads.where.update(dict.fromkeys(places, bundle))

    def _known(self) -> _Heads:
        heads = self._heads
        return self._look() if heads is None else heads

    def _whole(self) -> list[tuple[str, Places]]:
        """All bundles."""
        heads = self._look()
        if heads.damaged:
            raise Corrupt(
                "corrupt",
                f"The bundles {', '.join(sorted(heads.damaged))} in {self._folder} are damaged at "
                "their beginning, or of a later version of seaglass, so that nobody knows which objects "
                "they hold. Use the version that wrote them, put them back from a copy of the store, or "
                "move them away and verify the store: it names what is missing.",
            )
        with self._guard:
            return list(heads.bundles.items())

    def _look(self) -> _Heads:
        """What is known, once the folder was looked at."""
        with self._guard:
            present = self._present()
            known = self._heads
            if known and not known.damaged and known.bundles.keys() == set(present):
                return known
            bundles: dict[str, Places] = {}
            damaged: set[str] = set()
            for bundle in present:
                places = None if known is None else known.bundles.get(bundle)
                try:
                    places = places or self._read_head(bundle)
                except NotFound:  # removed since the folder was listed
                    continue
                if places is None:
                    damaged.add(bundle)
                else:
                    bundles[bundle] = places
            where = {name: bundle for bundle, places in bundles.items() for name in places}
            self._heads = _Heads(bundles, where, damaged)
            return self._heads

    def _present(self) -> list[str]:
        try:
            names = self._files.list(self._folder)
        except NotFound:
            return []
        return [name for name in names if re.fullmatch(r"[0-9a-f]{64}", name)]

    def _read_head(self, bundle: str) -> Places | None:
        """None where it is not what was written."""
        path = self._folder / bundle
        head = self._files.read_range(path, 0, BUNDLE_LOOK_BYTES)
        size = _size_of_head(head)
        if size > len(head) and size <= self._files.stat(path).size_bytes:
            head = self._files.read_range(path, 0, size)
        head = head[:size]
        return _places_in(head) if blake3(head).hexdigest() == bundle else None


def _head_of(objects: Sequence[tuple[str, int]]) -> bytes:
    entries = (_ENTRY.pack(bytes.fromhex(name), size) for name, size in objects)
    return b"".join([_HEAD.pack(_MAGIC, _VERSION, len(objects)), *entries])


def _size_of_head(head: bytes) -> int:
    """How long the head is that begins so; 0 for what is none."""
    if len(head) < _HEAD.size:
        return 0
    magic, version, count = _HEAD.unpack_from(head)
    if magic != _MAGIC or version != _VERSION:
        return 0
    return _HEAD.size + int(count) * _ENTRY.size


def _places_in(head: bytes) -> Places:
    places: dict[str, tuple[int, int]] = {}
    offset = len(head)
    for digest, size in _ENTRY.iter_unpack(memoryview(head)[_HEAD.size :]):
        places[digest.hex()] = offset, size
        offset += size
    return places
