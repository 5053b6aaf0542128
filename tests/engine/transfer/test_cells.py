"""Types of cells, whole columns and one by one: both ways give the same, and refuse the same."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.limits import NEPTUNE_STRING_BYTES_MAX
from seaglass.engine.transfer.batch import NodeBatch
from seaglass.engine.transfer.blocks import Block
from seaglass.engine.transfer.csv import csv_batch
from seaglass.engine.transfer.gremlin import gremlin_layout
from seaglass.engine.transfer.merging import same
from seaglass.engine.values.temporal import Date, DateTime, Duration, LocalDateTime

if TYPE_CHECKING:
    from seaglass.engine.transfer.issues import Issue


def read(
    kind: str, cells: list[str], *, neptune: bool = False, dimension: int | None = None
) -> tuple[list[Any], list[Issue]]:
    """The values of cells, written as they are, and what was wrong."""
    name = "embedding" if kind == "Vector" else "a"
    layout = gremlin_layout(["~id", f"{name}:{kind}"], "f").fitted(dimension, neptune=neptune)
    data = "".join(f"x,{cell}\n" for cell in cells).encode()
    batch, issues = csv_batch(Block(data, "f", 2, len(data)), layout)
    if kind == "Vector":
        assert isinstance(batch, NodeBatch)
        assert batch.vectors is not None
        found: list[Any] = [None] * len(batch.ids)
        for row, numbers in zip(batch.vectors.rows, batch.vectors.numbers.tolist(), strict=True):
            found[row] = numbers
        return found, issues
    return batch.values[name].to_list(), issues


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("Bool", "true", True),
        ("Boolean", "TRUE", True),
        ("Bool", "false", False),
        ("Bool", "yes", False),
        ("Bool", "1", False),
        ("Byte", "-128", -128),
        ("Short", "32767", 32767),
        ("Int", "-2147483648", -2147483648),
        ("Long", "9223372036854775807", 9223372036854775807),
        ("Long", "+7", 7),
        ("Long", '"7"', 7),
        ("Float", "1.5", 1.5),
        ("Double", "1e-3", 0.001),
        ("Double", "INF", math.inf),
        ("Double", "-Infinity", -math.inf),
        ("String", "5", "5"),
        ("String", '""', ""),
        ("String", '"a,""b"""', 'a,"b"'),
        ("String", ' "x"', ' "x"'),
        ("String[]", "a;b", ["a", "b"]),
        ("String[]", r"a\;b;c", ["a;b", "c"]),
        ("String[]", '"a,b;""c"""', ["a,b", '"c"']),
        ("Int[]", "1;2;2", [1, 2, 2]),
        ("Date", "2024-11-22", Date(20049)),
        ("Date", "2024-11-22+0130", Date(20049, 5400)),
        ("Datetime", "2024-11-22", DateTime(20049, 0, 0)),
        ("Datetime", "2024-11-22T21:40", DateTime(20049, 78_000 * 10**9, 0)),
        ("Datetime", "2024-11-22T21:40:00Z", DateTime(20049, 78_000 * 10**9, 0)),
        ("Datetime", "2024-11-22T21:40:00.125Z", DateTime(20049, 78_000_125 * 10**6, 0)),
        ("Datetime", "2024-11-22T21:40:00-0200", DateTime(20049, 78_000 * 10**9, -7200)),
        ("LocalDateTime", "2024-11-22T21:40", LocalDateTime(20049, 78_000 * 10**9)),
        ("Duration", "P1DT2S", Duration(0, 1, 2, 0)),
        ("Any", '"{""value"": 7, ""type"": ""Int""}"', 7),
        (
            "Any",
            '"{""value"": ""a;b"", ""type"": ""String""};{""value"": true, ""type"": ""Bool""}"',
            ["a;b", True],
        ),
        (
            "Any",
            '"{""value"": [{""value"": 1.5, ""type"": ""Double""}], ""type"": ""List""}"',
            [1.5],
        ),
        ("Any", '"{""value"": 255, ""type"": ""UnsignedByte""}"', 255),
    ],
)
def test_cells_are_values_of_their_types(kind: str, cell: str, value: Any) -> None:
    values, issues = read(kind, [cell, ""])
    assert issues == []
    assert same(values[0], value)
    assert values[1] is None


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("Byte", "128"),
        ("Short", "-32769"),
        ("Int", "2147483648"),
        ("Long", "9223372036854775808"),
        ("Int", "1.0"),
        ("Int", "x"),
        ("Int", "0x10"),
        ("Long", " 0XA"),
        ("Double", "1,5"),
        ("Double", "1.5.2"),
        ("Date", "2024-13-01"),
        ("Date", "2024-11-22T21:40:40Z"),
        ("Datetime", "yesterday"),
        ("Int[]", "1;x"),
        ("Any", "7"),
        ("Any", '"{""value"": 1, ""type"": ""Vector""}"'),
        ("Any", '"{""value"": 256, ""type"": ""UnsignedByte""}"'),
    ],
)
def test_cells_that_are_no_values_leave_their_rows_out(kind: str, cell: str) -> None:
    values, issues = read(kind, ["", cell, ""])
    assert values == [None, None]
    assert [issue.line for issue in issues] == [3]


def test_a_bad_date_is_told_in_the_services_words() -> None:
    _, issues = read("Date", ["2024-11-22T21:40:40Z"])
    assert issues[0].text == (
        'Could not process value of type: date for value: "2024-11-22T21:40:40Z".'
    )


def test_an_empty_quoted_cell_is_a_text_and_no_number() -> None:
    assert read("Int", ['""', "5"]) == ([None, 5], [])
    assert read("String", ['""', ""]) == (["", None], [])


def test_vectors_have_the_dimension_of_the_index_and_finite_numbers() -> None:
    assert read("Vector", ["0.5;1", "", " 2 ; 3"], dimension=2) == (
        [[0.5, 1.0], None, [2.0, 3.0]],
        [],
    )
    values, issues = read("Vector", ["1;2", "a;bc;d", "3;NaN", "1;1e99"], dimension=2)
    assert values == [[1.0, 2.0]]
    assert [issue.text for issue in issues] == [
        "Could not load vector embedding: `[a,bc,d]`. Check the dimensionality for this vector.",
        "Could not load vector embedding: `[3,NaN]`. Check the value for this vector.",
        "Could not load vector embedding: `[1,1e99]`. Check the value for this vector.",
    ]


def test_neptunes_datetimes_are_in_utc_and_of_milliseconds() -> None:
    values, _ = read("Datetime", ["2024-11-22T01:00:00.1239+0200"], neptune=True)
    assert values == [DateTime(20048, 82_800_123 * 10**6, 0)]
    _, issues = read("Datetime", ["1399-01-01T00:00Z"], neptune=True)
    assert len(issues) == 1


@pytest.mark.parametrize("size_bytes", [NEPTUNE_STRING_BYTES_MAX, NEPTUNE_STRING_BYTES_MAX + 1])
def test_neptunes_texts_have_a_limit(size_bytes: int) -> None:
    values, issues = read("String", ["x" * size_bytes, "y"], neptune=True)
    fits = size_bytes <= NEPTUNE_STRING_BYTES_MAX
    assert len(values) == 1 + fits
    assert [issue.kind for issue in issues] == ([] if fits else ["LARGE_STRING_ERROR"])
    assert read("String", ["x" * size_bytes])[1] == []


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=8))
def test_texts_come_back_as_the_standard_librarys_writer_quotes_them(
    rows: list[tuple[str, str]],
) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [(f"n{place}", *row) for place, row in enumerate(rows)]
    )
    layout = gremlin_layout(["~id", "a", "b:String"], "f").fitted(None, neptune=False)
    data = file.getvalue().encode()
    batch, issues = csv_batch(Block(data, "f", 2, len(data)), layout)
    assert issues == []
    columns = zip(batch.values["a"].to_list(), batch.values["b"].to_list(), strict=True)
    assert list(columns) == rows


@given(
    st.lists(
        st.one_of(
            st.integers(-(2**63), 2**63 - 1).map(str),
            st.floats().map(repr),
            st.sampled_from(["", '""', "x", "1;2", "true", "2024-01-01", "P1D", " 5", "+5", "0x5"]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["Bool", "Byte", "Long", "Double", "Date", "Duration", "Int[]", "String[]"]),
)
def test_a_bad_cell_changes_nothing_for_the_others(cells: list[str], kind: str) -> None:
    """Each cell alone gives what it gives among the others: the way past Arrow is the same."""
    values, issues = read(kind, cells)
    single = [read(kind, [cell]) for cell in cells]
    expected = [one for some, _ in single for one in some]
    assert len(values) == len(expected)
    assert all(map(same, values, expected))
    bad = [place + 2 for place, (_, wrong) in enumerate(single) if wrong]
    assert [issue.line for issue in issues] == bad


def test_a_byte_order_mark_that_begins_a_block_is_data() -> None:
    layout = gremlin_layout(["~id", "a:Int"], "f").fitted(None, neptune=False)
    for rows in ("\ufeffx,1\n", "\ufeffx,1\ny,bad\n"):
        batch, _ = csv_batch(Block(rows.encode(), "f", 2, 0), layout)
        assert isinstance(batch, NodeBatch)
        assert batch.ids.to_pylist() == ["\ufeffx"]
