"""Parquet files as batches, a part of a row group at a time.

Above: `reading`. Below: `sources`, `csv` (tables as batches), `cells`, Arrow. The columns `~id`, `~label`, `~from`,
`~to` are those of Gremlin's form; others are properties under their plain names, of the types that
the file has. The lists `anyTypeColumns`, `dateTypeColumns` and `dateTimeTypeColumns` of the file's
metadata (JSON, or names separated by commas) say which texts are values of those types;
`renamedVertexProperties` and `renamedEdgeProperties` (JSON) which columns have another name than
their property.

Source: Amazon Neptune Analytics User Guide, Using Parquet data.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from seaglass.base.errors import Invalid
from seaglass.base.limits import IMPORT_BATCH_ROWS
from seaglass.engine.transfer.batch import EdgeBatch, array_of, rows_of
from seaglass.engine.transfer.cells import BadCell, bad_value, cells_column, vector_cells
from seaglass.engine.transfer.csv import batch_of, named_types, values_of
from seaglass.engine.transfer.gremlin import LABEL, SYSTEM
from seaglass.engine.transfer.header import EMBEDDING, Header
from seaglass.engine.transfer.issues import ErrorClass, Issue, Rejected, bad_header, shown
from seaglass.engine.transfer.layout import ColumnSpec, Layout, Role, Type
from seaglass.engine.transfer.page_headers import NotPlain
from seaglass.engine.transfer.pages import TextColumn, stored_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seaglass.engine.transfer.batch import Batch
    from seaglass.engine.transfer.sources import SourceFile
    from seaglass.engine.values.column import Column

_LISTS = {
    b"anyTypeColumns": Type.ANY,
    b"dateTypeColumns": Type.DATE,
    b"dateTimeTypeColumns": Type.DATETIME,
}
_REQUIRED = (Role.ID, Role.FROM, Role.TO)


class RangeFile(io.RawIOBase):
    """A file of a source as one that Arrow can seek in."""

    def __init__(self, file: SourceFile) -> None:
        super().__init__()
        self._file = file
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._file.size_bytes}
        self._place = base[whence] + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = self._file.size_bytes - self._place
        wanted = left if size < 0 else min(size, left)
        data = self._file.read_at(self._place, wanted) if wanted > 0 else b""
        self._place += len(data)
        return data


def parquet_layout(file: SourceFile) -> Layout:
    """What a file says of its columns.

    Raises: Rejected when it is no Parquet file, or lacks a column
    """
    return layout_of_schema(opened_parquet(file).schema_arrow, file.name)


def layout_of_schema(schema: pa.Schema, file: str) -> Layout:
    """As parquet_layout, of a schema."""
    special = special_columns(schema.metadata or {})
    keys = renamed_columns(schema.metadata or {})
    header = Header(schema.names, file)
    columns = tuple([_column(name, keys.get(name, name), special, header) for name in schema.names])
    roles = {column.role for column in columns}
    header.check_repeated(columns)
    edges = Role.FROM in roles or Role.TO in roles
    if edges and not (Role.FROM in roles and Role.TO in roles):
        raise bad_header("A file of edges has both columns `~from` and `~to`.", file)
    if not edges and Role.ID not in roles:
        raise bad_header(
            "The file has neither the column `~id` nor `~from` and `~to`: could not determine node"
            f" or relationship file. Its columns are {shown(header.line)}: see docs/import.md.",
            file,
        )
    for field, column in zip(schema, columns, strict=True):
        if not _can_be(column.role, field.type, edges=edges):
            raise header.bad_type(f"{field.name}:{field.type}")
    if edges:
        columns = tuple([_of_edges(column) for column in columns])
    return Layout(edges, columns)


def _can_be(role: Role, kind: pa.DataType, *, edges: bool) -> bool:
    """Whether a column of Arrow's type can have a role."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if role in _REQUIRED:
        # Numbers that may be missing are floats in some libraries.
        return _is_text(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if role is Role.LABEL:
        several = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return _is_text(kind) or (several and not edges and _is_text(kind.value_type))
    return not (pa.types.is_map(kind) or pa.types.is_struct(kind))


def _is_text(kind: pa.DataType) -> bool:
    """Also where all are null."""
    is_one = pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null
    return any(is_type(kind) for is_type in is_one)


def special_columns(metadata: Mapping[bytes, bytes]) -> dict[str, Type]:
    """The columns whose texts are values of other types."""
    found: dict[str, Type] = {}
    for key, kind in _LISTS.items():
        text = metadata.get(key, b"").decode(errors="replace")
        try:
            names = orjson.loads(text)
        except orjson.JSONDecodeError:
            names = text.split(",")
        if isinstance(names, list):
            found.update({str(name).strip(): kind for name in names if str(name).strip()})
    return found


def renamed_columns(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    """The properties of the columns that have another name."""
    found: dict[str, str] = {}
    for key in (b"renamedVertexProperties", b"renamedEdgeProperties"):
        try:
            names = orjson.loads(metadata.get(key, b"{}"))
        except orjson.JSONDecodeError:
            continue
        if isinstance(names, dict):
            found.update({str(column): name for name, column in names.items()})
    return found


def opened_parquet(file: SourceFile, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
    """Args: metadata: of the file, where they were read

    Raises: Rejected when it is no Parquet file
    """
    try:
        metadata = metadata or pq.ParquetFile(RangeFile(file)).metadata
        schema = metadata.schema
        # Labels repeat: their texts are kept once. Lists of labels have no column of that name.
        has_label = LABEL in [schema.column(place).path for place in range(len(schema))]
        return pq.ParquetFile(
            RangeFile(file),
            metadata=metadata,
            read_dictionary=[LABEL] if has_label else None,
            pre_buffer=True,
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(file.name, error) from None


@dataclass(frozen=True, slots=True)
class RowGroups:
    """Row groups of a file that are read together.

    Args: metadata: of the file; first: the place of the first row in the file; stored_bytes: of all
    """

    metadata: pq.FileMetaData
    places: tuple[int, ...]
    first: int
    rows: int
    stored_bytes: int


def row_groups(file: SourceFile) -> Iterator[RowGroups]:
    """All row groups of a file; small ones together."""
    metadata = opened_parquet(file).metadata
    first, rows, stored_bytes = 0, 0, 0
    places: list[int] = []
    for place in range(metadata.num_row_groups):
        group = metadata.row_group(place)
        if places and rows + group.num_rows > IMPORT_BATCH_ROWS:
            yield RowGroups(metadata, tuple(places), first, rows, stored_bytes)
            first, places, rows, stored_bytes = first + rows, [], 0, 0
        places.append(place)
        rows += group.num_rows
        columns = range(group.num_columns)
        stored_bytes += sum(group.column(column).total_compressed_size for column in columns)
    if places:
        yield RowGroups(metadata, tuple(places), first, rows, stored_bytes)


def parquet_batches(
    file: SourceFile, layout: Layout, groups: RowGroups, *, spare: bool = False
) -> Iterator[tuple[Batch, list[Issue]]]:
    """Row groups part by part, and what was wrong with the rows that are left out; lines count rows
    from 1.

    Args: spare: whether there are threads for several columns at a time
    Raises: Rejected when the file is damaged
    """
    done = 0
    try:
        for batch in _edge_batches(file, layout, groups):
            yield batch, []
            done += rows_of(batch)
    except (NotPlain, BadCell, Invalid):
        # Arrow goes on there, and what is wrong is found and told.
        parts = _parts(file, groups, _used(layout), spare=spare)
        yield from _arrow_batches(file.name, layout, parts, (groups.first, done))


def _edge_batches(file: SourceFile, layout: Layout, groups: RowGroups) -> Iterator[EdgeBatch]:
    """The same of a row group of edges whose ids are taken as they are stored.

    Raises: NotPlain where they cannot be; BadCell, Invalid when a row is wrong
    """
    sources, targets = (_ids(file, layout, groups, role) for role in (Role.FROM, Role.TO))
    used = [spec.name for spec in layout.columns if spec.role in (Role.LABEL, Role.PROPERTY)]
    for table in _parts(file, groups, used):
        types = [spec.name for spec in layout.columns if spec.role is Role.LABEL]
        yield EdgeBatch(
            sources.take(table.num_rows),
            targets.take(table.num_rows),
            named_types(array_of(table.column(types[0])) if types else None),
            {key: _own(column) for key, column in values_of(table, layout.columns).items()},
        )


def _own(column: Column) -> Column:
    """The column in memory of NumPy's, which building can use again, as it cannot what Arrow keeps."""
    if isinstance(column.data, np.ndarray) and not column.data.flags.owndata:
        return replace(column, data=column.data.copy())
    return column


def _ids(file: SourceFile, layout: Layout, groups: RowGroups, role: Role) -> TextColumn:
    """A column of ids of a row group as it is stored. Raises: NotPlain"""
    if not layout.edges or len(groups.places) > 1:
        raise NotPlain
    schema = groups.metadata.schema
    [name] = [spec.name for spec in layout.columns if spec.role is role]
    [place] = [place for place in range(len(schema)) if schema.column(place).path == name]
    about, column = schema.column(place), groups.metadata.row_group(groups.places[0]).column(place)
    is_text = about.physical_type == "BYTE_ARRAY" and about.logical_type.type == "STRING"
    nulls = column.statistics is not None and column.statistics.null_count
    if not is_text or nulls or about.max_repetition_level or about.max_definition_level > 1:
        raise NotPlain
    data = file.read_at(*stored_span(column))
    return TextColumn(data, column.compression, groups.rows, nulls=bool(about.max_definition_level))


def _used(layout: Layout) -> list[str]:
    return [spec.name for spec in layout.columns if spec.role is not Role.IGNORED]


def _arrow_batches(
    file: str, layout: Layout, parts: Iterator[pa.Table], places: tuple[int, int]
) -> Iterator[tuple[Batch, list[Issue]]]:
    """As parquet_batches. Args: places: of the first row in the file; how many rows are done already"""
    first, done = places
    for part in parts:
        left_out = min(done, part.num_rows)
        done -= left_out
        first += left_out
        table = part.slice(left_out)
        if table.num_rows == 0:
            continue
        try:
            yield batch_of(table, layout), []
        except (BadCell, Invalid):
            kept, issues = _without_bad(table, layout, file, first)
            yield batch_of(kept, layout), issues
        first += table.num_rows


def _parts(
    file: SourceFile,
    groups: RowGroups,
    columns: Sequence[str] | None = None,
    *,
    spare: bool = False,
) -> Iterator[pa.Table]:
    """Some columns of row groups, or all, part by part. Raises: Rejected when the file is damaged"""
    parts = opened_parquet(file, groups.metadata).iter_batches(
        IMPORT_BATCH_ROWS, row_groups=list(groups.places), columns=columns, use_threads=spare
    )
    while (table := _next(parts, file.name)) is not None:
        yield table


def _next(parts: Iterator[pa.RecordBatch], file: str) -> pa.Table | None:
    """The next part of a row group. Raises: Rejected when the file is damaged"""
    try:
        part = next(parts, None)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(file, error) from None
    return None if part is None else pa.Table.from_batches([part])


def parquet_values(
    file: SourceFile, groups: RowGroups, *, neptune: bool
) -> Iterator[dict[str, Column]]:
    """All columns of row groups, by their names, part by part.

    Raises: Rejected when the file or a row is wrong
    """
    schema = opened_parquet(file, groups.metadata).schema_arrow
    special = special_columns(schema.metadata or {})
    columns = tuple(
        [
            ColumnSpec(name, Role.PROPERTY, name, special.get(name, Type.STRING), neptune=neptune)
            for name in schema.names
        ]
    )
    first = groups.first
    for table in _parts(file, groups):
        try:
            yield values_of(table, columns)
        except (BadCell, Invalid):
            _, issues = _without_bad(table, Layout(edges=False, columns=columns), file.name, first)
            raise Rejected(issues[0]) from None
        first += table.num_rows


def _without_bad(
    table: pa.Table, layout: Layout, file: str, first: int
) -> tuple[pa.Table, list[Issue]]:
    wrong: dict[int, tuple[ErrorClass, str]] = {}
    for spec in layout.columns:
        if spec.role is Role.IGNORED:
            continue
        array = array_of(table.column(spec.name))
        if spec.role in _REQUIRED:
            for row in np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False)).tolist():
                wrong.setdefault(row, (ErrorClass.PARSING_ERROR, f"`{spec.name}` is empty."))
        elif spec.role is not Role.LABEL:
            for row, error in _bad_rows(spec, array):
                cell = str(array[row].as_py())
                if isinstance(error, Invalid):
                    wrong.setdefault(row, (ErrorClass.PARSING_ERROR, error.message))
                else:
                    wrong.setdefault(row, bad_value(spec, error, cell, file))
    good = np.ones(table.num_rows, np.bool_)
    good[list(wrong)] = False
    issues = [
        Issue(kind, text.replace(" when parsing line `[{record}]`", ""), file, first + row + 1)
        for row, (kind, text) in sorted(wrong.items())
    ]
    return table.filter(pa.array(good)), issues


def _bad_rows(spec: ColumnSpec, array: Any) -> Iterator[tuple[int, BadCell | Invalid]]:
    """The rows that cannot be values, and why, found by halving what has one."""
    spans = [(0, len(array))]
    while spans:
        start, stop = spans.pop()
        try:
            read = vector_cells if spec.role is Role.EMBEDDING else cells_column
            read(spec, array.slice(start, stop - start))
        except (BadCell, Invalid) as error:
            if stop - start == 1:
                yield start, error
            else:
                middle = (start + stop) // 2
                spans += [(start, middle), (middle, stop)]


def _column(name: str, key: str, special: Mapping[str, Type], header: Header) -> ColumnSpec:
    if name in SYSTEM:
        return ColumnSpec(name, SYSTEM[name])
    if name.startswith("~") or key.startswith("~"):
        raise header.bad_type(name)
    if name == EMBEDDING:
        return ColumnSpec(name, Role.EMBEDDING, name, Type.VECTOR)
    return ColumnSpec(name, Role.PROPERTY, key, special.get(name, Type.STRING))


def _of_edges(column: ColumnSpec) -> ColumnSpec:
    if column.role is Role.ID:
        return ColumnSpec(column.name, Role.IGNORED)
    if column.role is Role.EMBEDDING:
        # Edges have no embeddings: it is a list like others.
        return ColumnSpec(column.name, Role.PROPERTY, column.key)
    return column


def _damaged(name: str, error: Exception) -> Rejected:
    text = f"The file cannot be read as Parquet: {str(error).splitlines()[0]}"
    return Rejected(Issue(ErrorClass.PARSING_ERROR, text, name, 0))
