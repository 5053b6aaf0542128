"""A block that cannot be read as it is: which rows are wrong, and the rest of it.

Above: `csv`. Below: `blocks`, `cells`, `issues`, `kernels`, Arrow. Records that are no UTF-8
are taken out, and all cells read as texts; columns that Arrow can convert are converted whole, and
only those that it cannot go cell by cell. An empty text of a column that is no text counts as no
value here, as quoting all fields writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from seaglass.engine.kernels.records import record_ends
from seaglass.engine.transfer.batch import array_of
from seaglass.engine.transfer.blocks import ARROW_MORE_BYTES, for_arrow
from seaglass.engine.transfer.cells import (
    HEX_MARKS,
    BadCell,
    bad_value,
    cell_value,
    text_type,
)
from seaglass.engine.transfer.issues import ErrorClass, Issue, shown
from seaglass.engine.transfer.layout import Role, Type
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.transfer.blocks import Block
    from seaglass.engine.transfer.layout import ColumnSpec, Layout

_NEWLINE = 10
_EMPTY = (b"", b"\n", b"\r", b"\r\n")
Wrong: TypeAlias = "dict[int, tuple[ErrorClass, str]]"
_REQUIRED = (Role.ID, Role.FROM, Role.TO)


def repaired(block: Block, layout: Layout) -> tuple[pa.Table, list[Issue]]:
    """The good rows of a block, each column of the type that `csv` wants, and an issue for every
    other row, in their order."""
    records = _Records(block)
    wrong: Wrong = {}
    texts = records.texts(wrong)
    table = _read_texts(block.data if not wrong else records.joined(texts), texts, layout, wrong)
    rows = np.setdiff1d(texts, np.fromiter(wrong, np.int64, len(wrong)))
    assert len(rows) == table.num_rows
    good = np.ones(table.num_rows, np.bool_)
    columns: dict[str, Any] = {}
    for spec in layout.columns:
        if spec.role is Role.IGNORED:
            continue
        array, bad = _converted(spec, array_of(table.column(spec.name)), block.file)
        columns[spec.name] = array
        for row, told in bad.items():
            good[row] = False
            wrong.setdefault(int(rows[row]), told)
    issues = [
        Issue(kind, records.told(text, row), block.file, records.line(row))
        for row, (kind, text) in sorted(wrong.items())
    ]
    return pa.table(columns).filter(pa.array(good)), issues


class _Records:
    """The records of a block that are not empty."""

    def __init__(self, block: Block) -> None:
        data = block.data
        ends = record_ends(data)
        if len(ends) == 0 or ends[-1] < len(data):
            ends = np.append(ends, len(data))
        starts = np.concatenate([[0], ends[:-1]])
        empty = np.array(
            [
                data[start:end] in _EMPTY
                for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
            ],
            np.bool_,
        )
        self._block = block
        self._spans = np.stack([starts, ends], axis=1)[~empty]
        self._newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)

    def __len__(self) -> int:
        return len(self._spans)

    def texts(self, wrong: Wrong) -> NDArray[np.int64]:
        """The records that are UTF-8; the others go to `wrong`."""
        try:
            self._block.data.decode()
        except UnicodeDecodeError:
            for row in range(len(self)):
                try:
                    self._record(row).decode()
                except UnicodeDecodeError:
                    wrong[row] = _parsing(
                        "The line is not UTF-8 text when parsing line `[{record}]`."
                    )
        return np.setdiff1d(np.arange(len(self)), np.fromiter(wrong, np.int64, len(wrong)))

    def joined(self, rows: NDArray[np.int64]) -> bytes:
        return b"".join([self._record(row) for row in rows.tolist()])

    def _record(self, row: int) -> bytes:
        start, end = self._spans[row].tolist()
        return self._block.data[start:end]

    def line(self, row: int) -> int:
        return self._block.line + int(np.searchsorted(self._newlines, self._spans[row, 0]))

    def told(self, text: str, row: int) -> str:
        """A text with the record where it asks for it."""
        record = self._record(row).decode(errors="replace").rstrip("\r\n")
        return text.replace("{record}", shown(record))


def _read_texts(data: bytes, rows: NDArray[np.int64], layout: Layout, wrong: Wrong) -> pa.Table:
    """All cells of some rows as texts; rows with another number of cells go to `wrong`."""

    def skip(row: Any) -> str:
        wrong[int(rows[row.number - 1])] = _parsing(
            f"Failure encounted while parsing the `csv` file. Expected {row.expected_columns}"
            f" columns, found {row.actual_columns} when parsing line `[{{record}}]`."
        )
        return "skip"

    names = [spec.name for spec in layout.columns]
    if not data:
        return pa.table({name: pa.array([], STRING) for name in names})
    return arrow_csv.read_csv(
        pa.BufferReader(for_arrow(data)),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=len(data) + ARROW_MORE_BYTES, column_names=names
        ),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, STRING),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _converted(spec: ColumnSpec, texts: Any, file: str) -> tuple[Any, Wrong]:
    """A column of its type, null where it is wrong, and what is wrong by row."""
    bad: Wrong = {}
    if spec.role in _REQUIRED:
        for row in np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False)).tolist():
            bad.setdefault(
                row, _parsing(f"`{spec.name}` is empty when parsing line `[{{record}}]`.")
            )
        return texts, bad
    if spec.role is Role.LABEL:
        return texts, bad
    if spec.type is Type.STRING and not spec.many:
        if not spec.neptune:
            return texts, bad
    else:
        texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, STRING), texts)
    wanted = text_type(spec)
    if wanted is not None and spec.type is not Type.BOOL and not _has_hex(texts):
        try:
            return texts.cast(wanted), bad
        except pa.ArrowInvalid:
            pass
    values = texts.to_pylist()
    for row, text in enumerate(values):
        if text is None:
            continue
        try:
            value = cell_value(spec, text)
        except BadCell as error:
            values[row] = None
            bad.setdefault(row, bad_value(spec, error, text, file))
        else:
            if wanted is not None:
                values[row] = value
    return pa.array(values, wanted or STRING), bad


def _has_hex(texts: Any) -> bool:
    return any(pc.any(pc.match_substring(texts, mark.decode())).as_py() for mark in HEX_MARKS)


def _parsing(text: str) -> tuple[ErrorClass, str]:
    return ErrorClass.PARSING_ERROR, text
