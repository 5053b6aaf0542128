"""Objects in a local folder: `<folder>/<first two digits>/<name>`, so that no folder grows large; many that
are put together are one file, `<folder>/bundles/<name>`, if that is worth it (`bundles`). What is a
file of its own comes first: so a good copy heals what is damaged in a bundle.

A put writes a temporary file, syncs it and renames it: whoever sees the name sees all the bytes.
The names become durable in `sync`, one fsync per folder that changed. A refresh counts as a change
of its folder: another process may have put the object and not have synced its name yet. For the same
reason the first use of a folder counts as a change of the folder that holds it.

Above: sealed. Below: store (the protocol), bundles, base/files.
"""

from __future__ import annotations

import heapq
import re
import threading
from typing import TYPE_CHECKING

from seaglass.base import limits
from seaglass.base.errors import Exhausted, NotFound
from seaglass.base.limits import PUT_THREADS, PUT_TOGETHER_BYTES
from seaglass.base.pace import crowded
from seaglass.storage.objects.bundles import Bundles
from seaglass.storage.objects.store import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from seaglass.base.files import Files

_BUNDLES = "bundles"


class LocalObjects:
    """Objects as files; several processes may share the folder."""

    threads = PUT_THREADS
    together_bytes = PUT_TOGETHER_BYTES

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder
        self._bundles = Bundles(files, folder / _BUNDLES)
        self._guard = threading.Lock()
        # Folders by their names; "" is the one that holds them.
        self._met: set[str] = set()
        self._changed: set[str] = set()
        self._syncing = threading.Lock()
        self._prefixes_seen: frozenset[str] = frozenset()

    @property
    def where(self) -> str:
        return str(self._folder)

    def put(self, name: str, data: bytes) -> None:
        self._make_folder(name[:2])
        self._files.place(self._path(name), data)
        self._mark(name[:2])

    def put_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        if crowded():
            # A bundle is one long write, and the end of a save, where all of it is synced, is long
            # too: both are felt by those queries.
            self._put_files(objects)
            self.sync()
        elif len(objects) > 1 and sum(len(data) for _, data in objects) >= limits.BUNDLE_BYTES_MIN:
            self._make_folder(_BUNDLES)
            self._bundles.put(objects)
            self._mark(_BUNDLES)
        else:
            self._put_files(objects)

    def get(self, name: str) -> bytes:
        path = self._path(name)
        if self._bundles.path_of(name) and not self._files.exists(path):
            # To be told that there is no file takes less than an error does.
            data = self._bundles.get(name)
            if data is not None:
                return data
        try:
            return self._files.read(path)
        except NotFound as error:
            data = self._bundles.get(name)
            if data is not None:
                return data
            damaged = self._bundles.damaged()
            why = f", or in a bundle that is damaged: {', '.join(damaged)}" if damaged else ""
            raise NotFound("object", f"object {name} is not in {self.where}{why}") from error

    def expect(self, names: Sequence[str]) -> int:
        near: set[Path] = set()
        has_read = False
        for number, name in enumerate(names):
            path = self._bundles.path_of(name) or self._path(name)
            if path not in near:
                if has_read:
                    return number
                has_read = self._files.read_ahead(path)
                near.add(path)
        return len(names)

    def refresh(self, name: str) -> bool:
        if self._files.touch(self._path(name)):
            self._mark(name[:2])
        elif self._bundles.touch(name):
            self._mark(_BUNDLES)
        else:
            return False
        return True

    def refresh_all(self, names: Sequence[str]) -> list[bool]:
        if not {name[:2] for name in names} <= self._prefixes_seen:
            self._prefixes_seen = frozenset(self._prefixes())
        # No file is where there is no folder; folders stay.
        own = [
            name[:2] in self._prefixes_seen and self._files.touch(self._path(name))
            for name in names
        ]
        others = [name for name, is_own in zip(names, own, strict=True) if not is_own]
        bundled = dict(zip(others, self._bundles.touch_all(others), strict=True))
        for name, is_own in zip(names, own, strict=True):
            if is_own or bundled[name]:
                self._mark(name[:2] if is_own else _BUNDLES)
        return [is_own or bundled[name] for name, is_own in zip(names, own, strict=True)]

    def list(self) -> Iterator[ObjectInfo]:
        before = ""
        infos = heapq.merge(self._own_files(), self._bundles.infos(), key=lambda info: info.name)
        for info in infos:
            if info.name != before:
                before = info.name
                yield info

    def _own_files(self) -> Iterator[ObjectInfo]:
        for prefix in self._prefixes():
            for name in self._files.list(self._folder / prefix):
                if not re.fullmatch(r"[0-9a-f]{64}", name):
                    continue
                try:
                    found = self._files.stat(self._path(name))
                except NotFound:  # deleted since the folder was listed
                    continue
                yield ObjectInfo(name, found.size_bytes, found.modified)

    def delete(self, name: str) -> bool:
        left, kept = self._bundles.remove({name})
        if kept:
            raise Exhausted(
                "storage",
                f"Object {name} cannot leave its bundle in {self.where}: the disk has no room for what is "
                "to stay. Free some, and try again.",
            )
        if left:
            self._mark(_BUNDLES)
        return self._delete_file(name) or bool(left)

    def delete_older(
        self, names: Sequence[str], before: float, check: Callable[[], None]
    ) -> frozenset[str]:
        # Of files each is looked at just before.
        check()
        gone, kept = map(set, self._bundles.remove(set(names), before))
        if gone:
            self._mark(_BUNDLES)
        for name in names:
            older = self._is_older(name, before)
            if older is False:
                kept.add(name)
            elif older and self._delete_file(name):
                gone.add(name)
        return frozenset(gone - kept)

    def sync(self) -> None:
        # One after the other: whoever finds nothing left to sync must find it synced, too.
        with self._syncing:
            with self._guard:
                changed, self._changed = self._changed, set()
            try:
                self._files.sync_folders([self._folder / prefix for prefix in sorted(changed)])
            except BaseException:
                with self._guard:
                    self._changed |= changed
                raise

    def remove_leftovers(self, before: float) -> int:
        removed = 0
        bundles = (_BUNDLES,) if self._files.exists(self._folder / _BUNDLES) else ()
        for prefix in (*self._prefixes(), *bundles):
            for name in self._files.list_temporary(self._folder / prefix):
                path = self._folder / prefix / name
                try:
                    if self._files.stat(path).modified < before:
                        self._files.remove(path)
                        removed += 1
                except NotFound:  # its writer lives, and has just renamed it
                    continue
        return removed

    def _put_files(self, objects: Sequence[tuple[str, bytes]]) -> None:
        prefixes = {name[:2] for name, _ in objects}
        for prefix in prefixes:
            self._make_folder(prefix)
        self._files.place_all([(self._path(name), data) for name, data in objects])
        for prefix in prefixes:
            self._mark(prefix)

    def _delete_file(self, name: str) -> bool:
        try:
            self._files.remove(self._path(name))
        except NotFound:
            return False
        self._mark(name[:2])
        return True

    def _is_older(self, name: str, before: float) -> bool | None:
        """None where it is no file of its own."""
        try:
            return self._files.stat(self._path(name)).modified <= before
        except NotFound:
            return None

    def _prefixes(self) -> tuple[str, ...]:
        if not self._files.exists(self._folder):
            return ()
        names = self._files.list(self._folder)
        return tuple(name for name in names if re.fullmatch(r"[0-9a-f]{2}", name))

    def _make_folder(self, prefix: str) -> None:
        if prefix not in self._met:
            if not self._met:
                self._files.make_dir(self._folder)
            self._files.place_dir(self._folder / prefix)

    def _path(self, name: str) -> Path:
        assert len(name) == 64, "the name of an object is its digest in hex"
        return self._folder.joinpath(name[:2], name)

    def _mark(self, prefix: str) -> None:
        with self._guard:
            self._changed.add(prefix)
            if prefix not in self._met:
                self._met.add(prefix)
                self._changed.add("")
