"""Ends of records against Arrow's parser: as many records as Arrow finds rows, with the same cells."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import csv

from seaglass.engine.kernels.records import last_record_end, record_ends


def rows_of(data: bytes) -> list[str]:
    """Arrow's rows, joined by its cells, whatever their number."""
    rows = []

    def seen(row: csv.InvalidRow) -> str:
        rows.append(row.text)
        return "skip"

    # No row has as many cells, so that each one is told.
    names = [str(number) for number in range(200)]
    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(use_threads=False, column_names=names),
        parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=seen),
    )
    assert table.num_rows == 0
    return rows


@given(st.lists(st.sampled_from(list('a",\n\r')), min_size=1).map("".join))
@example('a,"b\n"c\n')
@example('"a""\n",b\nc"d\n')
@example("a\r\rb\r\n\r\n")
def test_records_end_where_arrow_ends_them(text: str) -> None:
    data = f"x,{text}\n".encode()
    ends = record_ends(data).tolist()
    records = [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    if not ends or ends[-1] < len(data):
        # A quote is open to the end.
        assert last_record_end(data) in (0, *ends)
        return
    assert last_record_end(data) == len(data)
    told = [record.rstrip(b"\r\n").decode() for record in records]
    assert [one for one in told if one] == [row.rstrip("\r\n") for row in rows_of(data)]


@given(st.lists(st.sampled_from(list('a",\n\r #')), max_size=40).map("".join))
def test_the_last_end_is_the_last_of_all(text: str) -> None:
    data = text.encode()
    assert last_record_end(data) == (record_ends(data).tolist() or [0])[-1] or b'"' not in data
