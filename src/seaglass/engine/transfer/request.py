"""What is asked of an import, and what it tells: plain data.

Above: `load`, whoever imports. Below: base/errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seaglass.base.errors import Invalid


class Format(StrEnum):
    """How the files are written; the values are the API's."""

    CSV = "CSV"
    OPEN_CYPHER = "OPEN_CYPHER"
    PARQUET = "PARQUET"
    NTRIPLES = "NTRIPLES"


_NAMES = {"OPENCYPHER": Format.OPEN_CYPHER, **{form.value: form for form in Format}}


def format_of(name: str) -> Format:
    """The format of a name, in any case.

    Raises: Invalid(illegal_argument)
    """
    form = _NAMES.get(name.upper()) if isinstance(name, str) else None
    if form is None:
        known = ", ".join(form.value.lower() for form in Format)
        raise Invalid("illegal_argument", f"The format is one of {known}, not {name!r}.")
    return form


class Status(StrEnum):
    """How an import stands; the values are the API's."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """One import.

    Args:
        source: `s3://bucket/prefix` for all keys that begin so, or a path (also `file://`) for a
            file, or for all files of a folder and those whose names begin with its last part
        fail_on_error: whether the first thing that is wrong ends it; else what is wrong is left out
        threads: how many blocks are parsed at a time
        folders: below which local files may lie; None: anywhere
        load_id: keeps the blank nodes of N-Triples apart from those of other loads
        region: of the bucket; None: as AWS tools find it
        dimension: of the vectors that are wanted; None: embeddings are left out. An import takes that
            of its graph
    """

    source: str
    format: Format
    fail_on_error: bool = True
    threads: int = 1
    folders: tuple[str, ...] | None = None
    load_id: str = ""
    region: str | None = None
    dimension: int | None = None


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far an import is.

    Attributes:
        percent: 0 to 100, of the bytes
        records: rows read; errors: rows and files left out, or the one that ended it
        error_details: the first errors, each with its file and line; None where there are none
        statements: labels, edges and properties; dictionary_entries: different ids, labels, types
            and keys
    """

    percent: int
    records: int
    errors: int
    error_details: str | None
    statements: int
    dictionary_entries: int
    status: Status


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What an import has done.

    Attributes: nodes, edges: how many it made; duplicates: rows of nodes that were there before;
        progress: the last
    """

    nodes: int
    edges: int
    duplicates: int
    progress: LoadProgress
