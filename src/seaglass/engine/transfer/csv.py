"""Blocks of CSV as batches: all columns at once, under the types of the header.

Above: `load`. Below: `plain`, `blocks`, `cells`, `batch`, `repair`, Arrow. What is not plain goes through
Arrow's parser. A block that Arrow or a cell refuses is read again by `repair`, which finds the rows
that are wrong; all else never goes row by row. An empty cell is no value; a quoted empty text is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from seaglass.base.errors import Invalid
from seaglass.engine.graph.tables import column_of
from seaglass.engine.transfer.batch import EdgeBatch, NodeBatch, array_of
from seaglass.engine.transfer.blocks import ARROW_MORE_BYTES, for_arrow
from seaglass.engine.transfer.cells import (
    HEX_MARKS,
    INTEGERS,
    BadCell,
    cells_column,
    text_type,
    vector_cells,
)
from seaglass.engine.transfer.issues import Rejected
from seaglass.engine.transfer.layout import Role
from seaglass.engine.transfer.plain import plain_table
from seaglass.engine.transfer.repair import repaired
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seaglass.engine.transfer.batch import Batch, RowVectors
    from seaglass.engine.transfer.blocks import Block
    from seaglass.engine.transfer.issues import Issue
    from seaglass.engine.transfer.layout import ColumnSpec, Layout
    from seaglass.engine.values.column import Column

# Labels and types repeat: their texts are kept once.
_NAMES = pa.dictionary(pa.int32(), pa.string())
_TYPES = {Role.LABEL: _NAMES, Role.ID: STRING, Role.FROM: STRING, Role.TO: STRING}


def csv_batch(block: Block, layout: Layout) -> tuple[Batch, list[Issue]]:
    """The rows of a block, and what was wrong with those that are left out."""
    try:
        return batch_of(_read(block, layout), layout), []
    except (pa.ArrowInvalid, BadCell, Invalid):
        table, issues = repaired(block, layout)
        return batch_of(table, layout), issues


def csv_values(block: Block, layout: Layout) -> dict[str, Column]:
    """The properties of a block's rows by their keys.

    Raises: Rejected when a row is wrong
    """
    try:
        return values_of(_read(block, layout), layout.columns)
    except (pa.ArrowInvalid, BadCell, Invalid):
        table, issues = repaired(block, layout)
    if issues:
        raise Rejected(issues[0])
    return values_of(table, layout.columns)


def batch_of(table: pa.Table, layout: Layout) -> Batch:
    """A table with the columns of a layout, by their names, as a batch.

    Raises: BadCell, Invalid(illegal_argument) when a cell holds what it cannot
    """
    values = values_of(table, layout.columns)
    named = {}
    for spec in layout.columns:
        if spec.role not in _TYPES:
            continue
        array = array_of(table.column(spec.name))
        if spec.role is not Role.LABEL:
            # Ids may be integers in Parquet.
            array = array.cast(STRING)
        named[spec.role] = array
        if spec.role is not Role.LABEL and array.null_count:
            raise BadCell(spec.name)
        if spec.key:
            values[spec.key] = column_of(spec.key, array)
        if spec.space:
            prefix = pa.scalar(f"{spec.space}_", STRING)
            named[spec.role] = pc.binary_join_element_wise(prefix, array, pa.scalar("", STRING))
    labels = named.get(Role.LABEL)
    if layout.edges:
        return EdgeBatch(named[Role.FROM], named[Role.TO], named_types(labels), values)
    singles = frozenset(spec.key for spec in layout.properties if spec.single)
    return NodeBatch(named[Role.ID], labels, values, singles, _vectors_of(table, layout))


def named_types(types: pa.Array | None) -> pa.Array | None:
    """Types of edges, null where they are empty."""
    if types is None:
        return None
    names = types.dictionary if pa.types.is_dictionary(types.type) else types
    if not pc.any(pc.equal(names, "")).as_py():
        return types
    texts = types.dictionary_decode() if names is not types else types
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)


def _vectors_of(table: pa.Table, layout: Layout) -> RowVectors | None:
    """Raises: BadCell when an embedding is none."""
    for spec in layout.columns:
        if spec.role is Role.EMBEDDING:
            return vector_cells(spec, array_of(table.column(spec.name)))
    return None


def values_of(table: pa.Table, columns: Iterable[ColumnSpec]) -> dict[str, Column]:
    """The columns that are properties, by their keys.

    Raises: BadCell, Invalid(illegal_argument) when a cell holds what it cannot
    """
    return {
        spec.key: cells_column(spec, array_of(table.column(spec.name)))
        for spec in columns
        if spec.role is Role.PROPERTY
    }


def column_type(spec: ColumnSpec) -> pa.DataType:
    """What Arrow reads a column as."""
    return _TYPES.get(spec.role) or text_type(spec) or STRING


def _read(block: Block, layout: Layout) -> pa.Table:
    table = plain_table(block, layout)
    return _arrow_table(block, layout) if table is None else table


def _arrow_table(block: Block, layout: Layout) -> pa.Table:
    """Raises: pa.ArrowInvalid, and BadCell where Arrow might read a cell that is no value here"""
    used = [spec for spec in layout.columns if spec.role is not Role.IGNORED]
    whole = any(spec.type in INTEGERS and not spec.many for spec in used)
    if whole and any(mark in block.data for mark in HEX_MARKS):
        raise BadCell("")
    return arrow_csv.read_csv(
        pa.BufferReader(for_arrow(block.data)),
        read_options=arrow_csv.ReadOptions(
            use_threads=False,
            block_size=len(block.data) + ARROW_MORE_BYTES,
            column_names=[spec.name for spec in layout.columns],
        ),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            check_utf8=True,
            column_types={spec.name: column_type(spec) for spec in used},
            include_columns=[spec.name for spec in used],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            # Anything but true is false, which `repair` sees to where it is not one of these.
            true_values=["true", "True", "TRUE"],
            false_values=["false", "False", "FALSE"],
        ),
    )
