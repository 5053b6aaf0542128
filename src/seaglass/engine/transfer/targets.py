"""Where the files of an export go: a folder of this machine, or a prefix of a bucket.

Above: `export`, library, server's worker. Below: `base/files`, `storage/bucket`. A file is there whole
or not at all, and durable when `put` returns. `clear` removes what an export has left, so that one that
failed leaves nothing, and one that is tried again does not find the files of before.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from seaglass.base.errors import Forbidden, Invalid, Unavailable
from seaglass.base.files import LocalFiles
from seaglass.base.places import FILE_SCHEME, is_below, path_text
from seaglass.storage.bucket.client import KEYS_AT_ONCE, Bucket, BucketOptions, is_bucket

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seaglass.base.clock import Clock
    from seaglass.base.rng import Rng

# The folders of an export: no others are ever removed.
FOLDERS = ("vertices", "edges")


class Target(Protocol):
    """A place for files. Attributes: where: for messages"""

    where: str

    def put(self, name: str, data: bytes) -> None:
        """Writes a file, named with its folder, in place of what is there.

        Raises: Exhausted(storage); Forbidden(destination) when it cannot be written to
        """

    def taken(self) -> bool:
        """Whether there are files of an export."""

    def clear(self) -> None:
        """Removes all files of an export. Raises: Forbidden(destination)"""


class FolderTarget:
    """A folder of this machine, made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self.where = str(folder)
        self._folder = folder
        self._files = LocalFiles()

    def put(self, name: str, data: bytes) -> None:
        path = self._folder / name
        with _told():
            self._files.make_dir(path.parent)
            self._files.write_atomic(path, data)

    def taken(self) -> bool:
        return any(
            self._files.exists(self._folder / name) and self._files.list(self._folder / name)
            for name in FOLDERS
        )

    def clear(self) -> None:
        with _told():
            for name in FOLDERS:
                if self._files.exists(self._folder / name):
                    self._files.remove_tree(self._folder / name)


class BucketTarget:
    """A prefix of a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self.where = bucket.where
        self._bucket = bucket

    def put(self, name: str, data: bytes) -> None:
        with _told():
            self._bucket.put(name, data)

    def taken(self) -> bool:
        with _told():
            return any(next(self._bucket.list(f"{name}/"), None) is not None for name in FOLDERS)

    def clear(self) -> None:
        with _told():
            for name in FOLDERS:
                keys = [found.key for found in self._bucket.list(f"{name}/")]
                for start in range(0, len(keys), KEYS_AT_ONCE):
                    self._bucket.delete(keys[start : start + KEYS_AT_ONCE])


@contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong with the place: it is the caller's, not the store's, and was tried again
    already.
    """
    try:
        yield
    except Unavailable as error:
        raise Forbidden("destination", f"The destination: {error.message.rstrip('.')}.") from error


def target_of(
    destination: str, folders: Sequence[str] | None, kms_key: str | None, clock: Clock, rng: Rng
) -> Target:
    """The target of a destination: `s3://bucket/prefix`, a path or a `file://` URL.

    Args:
        folders: below which local files may be written; None: anywhere
        kms_key: under which AWS's S3 seals the objects; other servers, and folders, do not
    Raises: Invalid(illegal_argument) for another destination; Forbidden(destination)
    """
    if is_bucket(destination):
        return BucketTarget(Bucket(destination, clock, rng, BucketOptions(kms_key=kms_key)))
    if "://" in destination and not destination.startswith(FILE_SCHEME):
        raise Invalid(
            "illegal_argument",
            f"{destination[:200]!r} is no destination: write s3://bucket/prefix, or a folder.",
        )
    folder = Path(path_text(destination)).absolute()
    check_allowed(folder, folders)
    return FolderTarget(folder)


def check_allowed(path: Path, folders: Sequence[str] | None) -> None:
    """Make sure that a path lies below one of the folders, wherever links lead.

    Raises: Forbidden(destination)
    """
    if folders is not None and not is_below(path, folders):
        told = ", ".join(map(str, folders)) or "none"
        raise Forbidden(
            "destination",
            f"{path} lies in no folder that files may be written to (these: {told}). Start the "
            "server with --allow-local-path for another.",
        )
