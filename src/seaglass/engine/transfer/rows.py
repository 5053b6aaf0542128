"""The rows of one file by column, without a graph: what `neptune.read` gives.

Above: `exec/transfer_procedures`. Below: `sources`, `csv`, `parquet`. A CSV file has a Gremlin-style
header, of which no column is required; `~id` and its like are texts under these names.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.base.limits import IMPORT_BLOCK_BYTES
from seaglass.engine.transfer.blocks import blocks_of, split_header
from seaglass.engine.transfer.csv import csv_values
from seaglass.engine.transfer.gremlin import SYSTEM, gremlin_property
from seaglass.engine.transfer.header import Header
from seaglass.engine.transfer.issues import Rejected
from seaglass.engine.transfer.layout import ColumnSpec, Layout, Role
from seaglass.engine.transfer.parquet import parquet_values, row_groups
from seaglass.engine.transfer.request import Format
from seaglass.engine.transfer.sources import one_file
from seaglass.engine.transfer.unpacking import pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.transfer.request import LoadRequest
    from seaglass.engine.transfer.sources import SourceFile
    from seaglass.engine.values.column import Column


def read_rows(request: LoadRequest, *, neptune: bool) -> Iterator[dict[str, Column]]:
    """The rows of a file, piece by piece: name -> column.

    Args: request: of CSV or PARQUET; its source is one file
    Raises: Invalid(illegal_argument) when there is no such file, or a row is wrong;
        Forbidden(source); Unavailable(storage)
    """
    file = one_file(request.source, request.folders, request.region)
    parts = _csv_parts if request.format is Format.CSV else _parquet_parts
    try:
        yield from parts(file, neptune=neptune)
    except Rejected as rejected:
        raise Invalid("illegal_argument", str(rejected.issue)) from None


def _csv_parts(file: SourceFile, *, neptune: bool) -> Iterator[dict[str, Column]]:
    blocks = blocks_of(pieces_of(file, IMPORT_BLOCK_BYTES), file.name)
    for first in blocks:
        fields, rest = split_header(first)
        layout = _layout(fields, file.name).fitted(None, neptune=neptune)
        for block in chain((rest,), blocks):
            if block.data:
                yield csv_values(block, layout)


def _layout(fields: tuple[str, ...], file: str) -> Layout:
    header = Header(fields, file)
    columns = tuple(
        [
            ColumnSpec(name, Role.PROPERTY, name)
            if name in SYSTEM
            else gremlin_property(name, header)
            for name in header.names
        ]
    )
    header.check_repeated(columns)
    return Layout(edges=False, columns=columns)


def _parquet_parts(file: SourceFile, *, neptune: bool) -> Iterator[dict[str, Column]]:
    for groups in row_groups(file):
        yield from parquet_values(file, groups, neptune=neptune)
