"""The files of one section: rows become CSV or Parquet, in parts of a bounded size.

Above: `export`. Below: `export_types`, `export_cells`, `targets`, Polars, Arrow.

    vertices/<label>-00000.csv         CSV: the header in every part, "~id","~label","name:String";
                                       texts quoted, so that "" is a text and nothing is no value
    edges/<type>-00000.parquet         Parquet: plain names, not compressed (Neptune reads no other);
                                       the file's metadata name the columns whose texts are more:
                                       anyTypeColumns, dateTypeColumns, dateTimeTypeColumns, and how
                                       names that Parquet files may not have were changed

Letters of a label that do not suit every file system are written as %XX. A part ends at PART_BYTES, so
a file is held in memory whole and put at once.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import polars as pl
import pyarrow as pa
from pyarrow import parquet

from seaglass.base.errors import Invalid
from seaglass.base.limits import EXPORT_BATCH_ROWS, EXPORT_NAME_BYTES, EXPORT_PART_BYTES
from seaglass.engine.transfer.export_cells import arrow_type
from seaglass.engine.transfer.export_filter import ALL_EDGES, ALL_NODES, NO_LABEL, Rows
from seaglass.engine.transfer.export_types import Scalar
from seaglass.engine.transfer.gremlin import FROM, ID, LABEL, TO
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.engine.transfer.export_filter import Section
    from seaglass.engine.transfer.export_types import OutType
    from seaglass.engine.transfer.targets import Target

# What no column of Neptune's Parquet files may have in its name.
_UNFIT = re.compile(r"[ ,\r\n]")


class ExportFormat(StrEnum):
    """How the files are written; the values are the API's."""

    CSV = "CSV"
    PARQUET = "PARQUET"


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of properties. Args: name: as asked for; key: of the property"""

    name: str
    key: str
    type: OutType


class Parts:
    """The parts of one section."""

    def __init__(
        self,
        section: Section,
        columns: Sequence[OutColumn],
        format_: ExportFormat,
        target: Target,
        *,
        distinct_ids: bool,
    ) -> None:
        """Args: distinct_ids: whether few rows of a batch have the same id, but for sources

        Raises: Invalid(illegal_argument) when a header cannot have a name.
        """
        self._stem = file_stem(section)
        self._target = target
        self._encoder: _Csv | _Parquet
        system = (FROM, TO, LABEL) if section.edges else (ID, LABEL)
        if format_ is ExportFormat.CSV:
            self._encoder = _Csv(system, columns)
        else:
            self._encoder = _Parquet(
                system, columns, edges=section.edges, distinct_ids=distinct_ids
            )
        self._number = 0

    def add(self, arrays: Sequence[Any]) -> None:
        """Takes rows: arrays of the system columns and of the properties, in their order."""
        self._encoder.add(arrays)
        if self._encoder.size_bytes >= EXPORT_PART_BYTES:
            self._put()

    def end(self) -> None:
        """Writes what is left."""
        if self._encoder.size_bytes:
            self._put()

    def _put(self) -> None:
        name = f"{self._stem}-{self._number:05}.{self._encoder.suffix}"
        self._target.put(name, self._encoder.taken())
        self._number += 1


def file_stem(section: Section) -> str:
    """The folder of a section's files, and how their names begin; no two sections share it."""
    folder = "edges" if section.edges else "vertices"
    match section.rows:
        case Rows.ALL:
            name = ALL_EDGES if section.edges else ALL_NODES
        case Rows.NO_LABEL:
            name = NO_LABEL
        case Rows.LABEL:
            name = quote(section.label, safe="").replace(".", "%2E")
            # A label may be called as one of the names above.
            name = f"%5F{name[1:]}" if name.startswith("_") else name
    if len(name) > EXPORT_NAME_BYTES:
        # The whole label is in the files; here it is enough that names differ.
        name = f"{name[:EXPORT_NAME_BYTES]}~{_number_of(section.label)}"
    return f"{folder}/{name}"


def _number_of(label: str) -> str:
    from hashlib import blake2b

    return blake2b(label.encode(), digest_size=8).hexdigest()


class _Csv:
    """Rows as CSV."""

    suffix = "csv"

    def __init__(self, system: Sequence[str], columns: Sequence[OutColumn]) -> None:
        self._names = [*system, *(_header(column) for column in columns)]
        self._buffer = io.BytesIO()

    @property
    def size_bytes(self) -> int:
        return self._buffer.tell()

    def add(self, arrays: Sequence[Any]) -> None:
        frame = pl.DataFrame(
            [pl.Series(name, array) for name, array in zip(self._names, arrays, strict=True)]
        )
        frame.write_csv(
            self._buffer,
            include_header=self._buffer.tell() == 0,
            quote_style="non_numeric",
            float_scientific=False,
        )

    def taken(self) -> bytes:
        """The bytes so far, and a new start."""
        data = self._buffer.getvalue()
        self._buffer = io.BytesIO()
        return data


def _header(column: OutColumn) -> str:
    name = column.name
    if name != name.lstrip() or name.endswith("\\") or "\n" in name or "\r" in name:
        raise Invalid(
            "illegal_argument",
            f"The property {name!r} cannot be named in the header of a CSV file. Name it anew with "
            "sourcePropertyName in a filter, or export as PARQUET.",
        )
    return f"{name.replace(':', chr(92) + ':')}:{column.type}"


class _Parquet:
    """Rows as Parquet."""

    suffix = "parquet"

    def __init__(
        self,
        system: Sequence[str],
        columns: Sequence[OutColumn],
        *,
        edges: bool,
        distinct_ids: bool,
    ) -> None:
        names = _parquet_names([column.name for column in columns], set(system))
        metadata = _metadata(columns, names, edges=edges)
        fields = [(name, STRING) for name in system]
        fields += [
            (name, arrow_type(column.type, csv=False))
            for name, column in zip(names, columns, strict=True)
        ]
        self._schema = pa.schema(fields, metadata)
        # A dictionary of texts that hardly repeat is work for nothing; edges come by their sources.
        plain = {ID, TO} if distinct_ids else set()
        self._repeating = [name for name in self._schema.names if name not in plain]
        self._buffer = io.BytesIO()
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._buffer.tell() + self._waiting_bytes

    def add(self, arrays: Sequence[Any]) -> None:
        table = pa.Table.from_arrays(list(arrays), schema=self._schema)
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        # Rows without properties have bytes too: those of their ids.
        self._waiting_bytes += table.nbytes
        if self._waiting_rows >= EXPORT_BATCH_ROWS or self._waiting_bytes >= EXPORT_PART_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Writes what waits as one row group."""
        if self._writer is None:
            self._writer = parquet.ParquetWriter(
                self._buffer, self._schema, compression="NONE", use_dictionary=self._repeating
            )
        self._writer.write_table(pa.concat_tables(self._waiting))
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0

    def taken(self) -> bytes:
        """The bytes so far, and a new start."""
        if self._waiting:
            self._flush()
        self._writer.close()
        data = self._buffer.getvalue()
        self._buffer, self._writer = io.BytesIO(), None
        return data


def _parquet_names(names: Sequence[str], taken: set[str]) -> list[str]:
    """Names without what Parquet files of Neptune may not have; all differ."""
    kept = {name for name in names if not _UNFIT.search(name)} | taken
    given: list[str] = []
    for name in names:
        fit = _UNFIT.sub("_", name)
        number = 1
        while fit != name and fit in kept:
            number += 1
            fit = f"{_UNFIT.sub('_', name)}_{number}"
        kept.add(fit)
        given.append(fit)
    return given


def _metadata(columns: Sequence[OutColumn], names: Sequence[str], *, edges: bool) -> dict[str, str]:
    keys = {
        Scalar.ANY: "anyTypeColumns",
        Scalar.DATE: "dateTypeColumns",
        Scalar.DATETIME: "dateTimeTypeColumns",
    }
    found: dict[str, list[str]] = {}
    renamed: dict[str, str] = {}
    for column, name in zip(columns, names, strict=True):
        if column.type.scalar in keys:
            found.setdefault(keys[column.type.scalar], []).append(name)
        if name != column.name:
            renamed[column.name] = name
    metadata = {key: ",".join(listed) for key, listed in found.items()}
    if renamed:
        noun = "Edge" if edges else "Vertex"
        metadata[f"invalid{noun}PropertyNames"] = orjson.dumps(sorted(renamed)).decode()
        metadata[f"renamed{noun}Properties"] = orjson.dumps(renamed).decode()
    return metadata
