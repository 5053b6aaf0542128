"""Plain blocks against Arrow's parser: the same tables, or none."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.transfer.blocks import Block
from seaglass.engine.transfer.csv import _arrow_table
from seaglass.engine.transfer.gremlin import gremlin_layout
from seaglass.engine.transfer.plain import plain_table

HEADER = (
    "~id",
    "~label",
    "s",
    "n:Int",
    "y:Byte",
    "l:Long",
    "b:Bool",
    "f:Double",
    "d:Date",
    "a:Int[]",
)
cells = st.sampled_from(
    ["", '""', "1", '"2"', "-3", "1.5", "300", "true", "FALSE", '"é"', "a;b", "2024-01-01", "x y"]
)


def table_of(rows: list[tuple[str, ...]]) -> tuple[pa.Table | None, pa.Table | None]:
    """Rows by the kernels and by Arrow."""
    layout = gremlin_layout(HEADER, "file").fitted(None, neptune=True)
    data = "".join(",".join(row) + "\n" for row in rows).encode()
    block = Block(data, "file", 2, len(data))
    try:
        told = _arrow_table(block, layout)
    except pa.ArrowInvalid:
        told = None
    return plain_table(block, layout), told


@given(st.lists(st.tuples(*[cells] * len(HEADER)), min_size=1, max_size=4))
def test_what_is_plain_is_as_arrow_reads_it(rows: list[tuple[str, ...]]) -> None:
    mine, told = table_of(rows)
    if mine is not None and told is not None:
        assert mine.to_pylist() == told.to_pylist()


@pytest.mark.parametrize("rows", [1, 70])
def test_rows_of_all_types_are_plain(rows: int) -> None:
    row = ("1", '"P;Q"', '"é, x"', "-3", "", "4", "TRUE", "1.5", "2024-01-01", "1;2")
    none = ('"2"', *[""] * (len(HEADER) - 1))
    mine, told = table_of([row, none] * rows)
    assert mine is not None
    assert told is not None
    assert mine.to_pylist() == told.to_pylist()


@pytest.mark.parametrize("place", [3, 4, 6, 7])
def test_what_is_no_value_is_not_plain(place: int) -> None:
    row = ["1", "P", "s", "1", "1", "1", "true", "1", "", ""]
    assert table_of([tuple(row)])[0] is not None
    row[place] = '""'
    assert table_of([tuple(row)])[0] is None


def test_what_is_no_text_is_not_plain() -> None:
    layout = gremlin_layout(("~id",), "file")
    assert plain_table(Block(b"\xff\n", "file", 2, 2), layout) is None
