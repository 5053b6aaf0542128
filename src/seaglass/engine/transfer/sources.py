"""Where the files of an import lie, and their bytes piece by piece.

Above: `unpacking`, `parquet`, `load`. Below: `base/files`, `storage/bucket`. A source is a prefix:
`s3://bucket/a` means all keys that begin with `a`, `/data/a` the file or folder `a` (with all below
it), or, where there is none, those beside it whose names begin so. Files come in the order of their
names; empty ones are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from seaglass.base.clock import SystemClock
from seaglass.base.errors import Forbidden, Invalid, NotFound, Unavailable
from seaglass.base.files import LocalFiles
from seaglass.base.places import is_below, path_text
from seaglass.base.rng import SystemRng
from seaglass.engine.transfer.issues import ErrorClass
from seaglass.storage.bucket.client import SCHEME, Bucket, BucketOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seaglass.storage.bucket.client import Found


class SourceFile(Protocol):
    """One file. Attributes: name: for messages; size_bytes: as it is stored"""

    @property
    def name(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Bytes as they are stored; fewer at the end."""
        ...


class LocalFile:
    """A file of this machine."""

    def __init__(self, files: LocalFiles, path: Path) -> None:
        self._files = files
        self._path = path
        self.name = str(path)
        self.size_bytes = files.stat(path).size_bytes

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        return self._files.read_range(self._path, offset, size_bytes)


class BucketFile:
    """A key of a bucket."""

    def __init__(self, bucket: Bucket, found: Found) -> None:
        self._bucket = bucket
        self._found = found
        self.name = f"{bucket.where}/{found.key}"
        self.size_bytes = found.size_bytes

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        size_bytes = min(size_bytes, self.size_bytes - offset)
        return self._bucket.get_range(self._found, offset, size_bytes) if size_bytes > 0 else b""


def files_of(
    source: str, folders: Sequence[str] | None, region: str | None = None
) -> list[SourceFile]:
    """The files of a source.

    Args: folders: below which local files may lie, None: anywhere; region: of the bucket
    Raises: Invalid(illegal_argument) when there are none; Forbidden(source) when a local file lies
        elsewhere, or a bucket may not be read; Unavailable(storage)
    """
    in_bucket = source.startswith(SCHEME)
    found = bucket_files(source, region) if in_bucket else local_files(source, folders)
    if not found:
        places = "" if in_bucket else " A source is a path here, or s3://bucket/prefix."
        raise Invalid("illegal_argument", f"There are no files under {source}.{places}")
    return found


def one_file(source: str, folders: Sequence[str] | None, region: str | None) -> SourceFile:
    """The file of exactly this name.

    Raises: as files_of
    """
    name = source if source.startswith(SCHEME) else str(_path_of(source))
    for file in files_of(source, folders, region):
        if file.name == name:
            return file
    raise Invalid("illegal_argument", f"There is no file {source}. A prefix of names is none.")


def bucket_files(source: str, region: str | None) -> list[SourceFile]:
    """As files_of, of an S3 URL."""
    name, _, prefix = source.removeprefix(SCHEME).partition("/")
    options = BucketOptions(region=region)
    bucket = Bucket(f"{SCHEME}{name}", SystemClock(), SystemRng(), options)
    try:
        return [BucketFile(bucket, found) for found in bucket.starting(prefix) if found.size_bytes]
    except Unavailable as error:
        if error.kind == "denied":
            raise Forbidden("source", f"{ErrorClass.S3_ACCESS_DENIED}: {error.message}.") from error
        raise


def local_files(source: str, folders: Sequence[str] | None) -> list[SourceFile]:
    """As files_of, of a path or a `file://` URL."""
    path = _path_of(source)
    files = LocalFiles()
    # Nothing is told of files elsewhere, not even whether they are there.
    _check_below(path, folders)
    beside = _is_below(path.parent, folders)
    try:
        there = files.list(path.parent)
    except NotFound:
        return []
    names = [path.name] if path.name in there else []
    if not names and beside:
        names = [name for name in there if name.startswith(path.name)]
    paths = [
        found for name in names for found in _all_below(path.parent / name, files, frozenset())
    ]
    for found in paths:
        _check_below(found, folders)
    return [one for one in (LocalFile(files, found) for found in paths) if one.size_bytes]


def _path_of(source: str) -> Path:
    return Path(path_text(source)).absolute()


def _all_below(path: Path, files: LocalFiles, inside: frozenset[Path]) -> Iterator[Path]:
    """Args: inside: the folders that the path lies in, as they are without links"""
    if not path.is_dir():
        yield path
        return
    real = path.resolve()
    if real in inside:
        # A link that leads back up: what lies there is met already.
        return
    for name in files.list(path):
        yield from _all_below(path / name, files, inside | {real})


def _is_below(path: Path, folders: Sequence[str] | None) -> bool:
    return folders is None or is_below(path, folders)


def _check_below(path: Path, folders: Sequence[str] | None) -> None:
    if not _is_below(path, folders):
        told = ", ".join(folders or ()) or "none"
        raise Forbidden(
            "source", f"{path} lies in no folder that files may be imported from (these: {told})."
        )
