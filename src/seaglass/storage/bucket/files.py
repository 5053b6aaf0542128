"""Small files in a bucket: refs and domains, under the paths that they have in a data folder.

A write is one put: durable when acknowledged, whole or not at all. There are no folders, so making
and syncing them does nothing.

Above: keys/domain, engine/snapshot/refs. Below: client.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.errors import NotFound
from seaglass.base.files import FILE_MODE, FOLDER_MODE

if TYPE_CHECKING:
    from seaglass.base.staged import Staged
    from seaglass.storage.bucket.client import Bucket

ROOT = Path("/bucket")


class BucketFiles:
    """`SharedFiles` in a bucket, which is the folder ROOT. Safe to share between threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def read(self, path: Path) -> bytes:
        return self._bucket.get(_key(path))

    def write_atomic(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:  # noqa: ARG002
        self._bucket.put(_key(path), data)

    def create(self, path: Path, data: bytes, mode: int = FILE_MODE) -> bool:  # noqa: ARG002
        return self._bucket.create(_key(path), data) is not None

    def stage(self, path: Path, data: bytes, mode: int = FILE_MODE) -> Staged:  # noqa: ARG002
        """Nothing is put before it has its name."""
        return _BucketStaged(self, path, data)

    def list(self, folder: Path) -> tuple[str, ...]:
        prefix = f"{_key(folder)}/"
        names = (found.key.removeprefix(prefix) for found in self._bucket.list(prefix))
        return tuple(name for name in names if "/" not in name)

    def exists(self, path: Path) -> bool:
        """Whether a file is there; a folder always is."""
        return path.suffix == "" or self._bucket.head(_key(path)) is not None

    def remove(self, path: Path) -> None:
        if self._bucket.head(_key(path)) is None:
            raise NotFound(
                "object", f"cannot remove {self._bucket.where}/{_key(path)}: it is not there"
            )
        self._bucket.delete([_key(path)])

    def make_dir(self, folder: Path, mode: int = FOLDER_MODE) -> None:
        """Nothing to do."""

    def sync_folder(self, folder: Path) -> None:
        """Nothing to do."""


class _BucketStaged:
    """Bytes that are not in the bucket."""

    __slots__ = ("_data", "_files", "_path")

    def __init__(self, files: BucketFiles, path: Path, data: bytes) -> None:
        self._files = files
        self._path = path
        self._data = data

    def place(self) -> None:
        self._files.write_atomic(self._path, self._data)

    def create(self) -> bool:
        return self._files.create(self._path, self._data)

    def drop(self) -> None:
        """Nothing is anywhere."""


def _key(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
