"""Fields of plain texts against Python's parser of CSV, and what is not plain."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from seaglass.engine.kernels.fields import (
    NAMES_MAX,
    integers_of,
    names_of,
    split_fields,
    split_records,
    texts_of,
)
from seaglass.engine.kernels.records import record_ends

fields = st.one_of(
    st.text(st.sampled_from("ab +é.-"), max_size=20),
    st.text(st.sampled_from("ab,\n\ré"), max_size=20).map(lambda text: f'"{text}"'),
)


def texts(data: bytes, columns: int) -> list[list[str | None]] | None:
    """Rows of texts, None for no value; None for a text that is not plain."""
    found = split_fields(data, columns)
    if found is None:
        return None
    read = []
    for column in range(columns):
        content, offsets, valid = texts_of(found, column)
        read.append(
            [
                None
                if valid is not None and not valid[row]
                else content[offsets[row] : offsets[row + 1]].tobytes().decode()
                for row in range(len(offsets) - 1)
            ]
        )
    return [list(row) for row in zip(*read, strict=True)]


@given(
    st.lists(st.tuples(fields, fields, fields), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example([("", "", '""')], "\n", False)
def test_fields_are_those_of_a_parser(
    rows: list[tuple[str, str, str]], newline: str, cut: bool
) -> None:
    text = newline.join(map(",".join, rows)) + ("" if cut else newline)
    told = [[None if not field else field.strip('"') for field in row] for row in rows]
    parsed = csv.reader(io.StringIO(text, newline=""))
    assert [[field or "" for field in row] for row in told] == list(parsed)
    assert texts(text.encode(), 3) == told


@given(st.lists(st.sampled_from(list('a,"\n\r ')), max_size=30).map("".join))
@example('a,b"\n')
@example('"a""b",c\n')
@example('"a"b,c\n')
@example("a,b\r")
@example("\n")
@example('a,"b')
def test_what_is_read_is_read_as_by_a_parser(text: str) -> None:
    read = texts(text.encode(), 2)
    if read is not None:
        parsed = list(csv.reader(io.StringIO(text, newline="")))
        assert [[field or "" for field in row] for row in read] == parsed


@given(
    st.lists(st.tuples(fields, fields), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(0, 400),
)
@example([("a", '"b"')], "\n", 5)
@example([("a", "b")], "\r\n", 4)
def test_whole_records_are_those_before_the_cut(
    rows: list[tuple[str, str]], newline: str, cut: int
) -> None:
    records = [f"{','.join(row)}{newline}".encode() for row in rows]
    text = b"".join(records)[:cut]
    whole = 0
    while whole < len(records) and len(b"".join(records[: whole + 1])) <= cut:
        whole += 1
    found = split_records(text, 2)
    assert found is not None
    assert found.end == len(b"".join(records[:whole]))
    assert found.newlines == text[: found.end].count(b"\n")
    assert found.fields[1].shape == (2, whole)
    expected = split_fields(text[: found.end], 2)
    assert expected is not None
    for mine, other in zip(found.fields[1:], expected[1:], strict=True):
        assert (mine == other).all()


@given(st.lists(st.sampled_from(list('a,"\n\r ')), max_size=30).map("".join))
@example('a,b"\n')
@example('"a""b",c\na')
@example("a,b\n\na")
def test_where_records_end_is_where_a_block_ends(text: str) -> None:
    data = text.encode()
    found = split_records(data, 2)
    if found is not None:
        assert found.end == ([0, *record_ends(data).tolist()])[-1]


@given(
    st.text(st.sampled_from("0123456789-+/:;a\u0131"), min_size=1, max_size=19),
    st.integers(0, 9),
)
@example("00000000", 8)
@example("12345678", 0)
@example("-8", 8)
def test_an_integer_is_digits_and_maybe_a_minus(text: str, more: int) -> None:
    found = split_fields(f"{text},{'x' * more}\n".encode(), 2)
    assert found is not None
    read = integers_of(found, 0, (-(10**18), 10**18))
    if re.fullmatch("-?[0-9]{1,18}", text) is None:
        assert read is None
    else:
        assert read is not None
        assert read[0].tolist() == [int(text)]


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1) | st.none(), min_size=1, max_size=20))
def test_integers(numbers: list[int | None]) -> None:
    lines = [f'{"" if number is None else number},"x"\n' for number in numbers]
    found = split_fields("".join(lines).encode(), 2)
    assert found is not None
    read = integers_of(found, 0, (-(10**18), 10**18))
    assert read is not None
    data, valid = read
    assert data.tolist() == [number or 0 for number in numbers]
    there = [number is not None for number in numbers]
    assert (np.ones(len(numbers), np.bool_) if valid is None else valid).tolist() == there


def test_what_is_no_integer_is_none() -> None:
    for text in ("1.0", "-", "+1", " 1", '""', "1e3", "0x1", "1234567890123456789", "128", "-129"):
        found = split_fields(f"1\n{text}\n".encode(), 1)
        assert found is not None
        assert integers_of(found, 0, (-128, 127)) is None, text


def test_names_are_told_apart() -> None:
    found = split_fields(b"b,\na,\nb,\n,\nab,\n", 2)
    assert found is not None
    names = names_of(found, 0)
    assert names is not None
    assert [part.tolist() for part in names] == [[0, 1, 0, -1, 2], [0, 1, 4]]
    many = split_fields("".join(f"{number}\n" for number in range(NAMES_MAX + 1)).encode(), 1)
    assert many is not None
    assert names_of(many, 0) is None
