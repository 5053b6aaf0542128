"""Codes of a join are equal where the values are, in the columns that they were made of and others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Interrupted
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values import column as cols
from seaglass.engine.values.interrupt import Uninterrupted
from seaglass.engine.values.keys import Keys
from seaglass.engine.values.types import Edge, Kind, Node

ENDS = st.sampled_from([-(2**63), 2**63 - 1, 0])
KINDS = (
    st.text("ab\0é", max_size=2)
    | st.sampled_from(["", "longer than a word", "longer than a word "]),
    st.integers(0, 4),
    st.integers(-3, 3) | ENDS,
    st.booleans(),
    st.integers(0, 3).map(Node),
    st.integers(0, 3).map(Edge),
)


def columns_of(rows: list[tuple[object, ...]]) -> list[cols.Column]:
    return [cols.from_values(list(values)) for values in zip(*rows, strict=True)]


@given(st.data())
def test_equal_codes_are_equal_values(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
    row = st.tuples(*[kind | st.none() for kind in kinds])
    whole = data.draw(st.tuples(*kinds))
    # One row at least has a value of each kind: a column of nulls has none.
    known = [whole, *data.draw(st.lists(row, max_size=40))]
    sought = [whole, *data.draw(st.lists(row, max_size=20))]
    keys = Keys.of(columns_of(known), Uninterrupted())
    assert keys is not None
    codes: dict[tuple[object, ...], int] = {}
    for values, code in zip(known, keys.codes.tolist(), strict=True):
        assert (code < 0) is (None in values)
        if code >= 0:
            assert codes.setdefault(values, code) == code
    assert len(set(codes.values())) == len(codes)
    assert all(0 <= code < keys.count for code in codes.values())
    found = keys.find(columns_of(sought), Uninterrupted())
    assert found is not None
    # Where no table was needed, a code may be that of values which none of the rows has.
    given_codes = set(codes.values())
    for values, code in zip(sought, found.tolist(), strict=True):
        if values in codes:
            assert code == codes[values]
        else:
            assert code not in given_codes


@pytest.mark.parametrize(
    ("known", "sought"),
    [([1, 2], [1.0, 2.0]), (["a"], [1]), ([1, 2], [1, "a"]), ([True], [1]), ([1], [None])],
)
def test_other_kinds_are_for_others_to_join(known: list[object], sought: list[object]) -> None:
    keys = Keys.of([cols.from_values(known)], Uninterrupted())
    assert keys is not None
    assert keys.find([cols.from_values(sought)], Uninterrupted()) is None


@pytest.mark.parametrize("values", [[1.0, 2.0], [1, "a"], [None, None], [[1], [2]]])
def test_there_are_no_keys_of_other_kinds(values: list[object]) -> None:
    assert Keys.of([cols.from_values(values)], Uninterrupted()) is None


def test_making_them_can_be_stopped() -> None:
    class Ended:
        flag = new_flag()

        def check(self) -> None:
            raise Interrupted("cancelled", "now")

    for column in (cols.strings(["a", "b"] * 50_000), cols.from_values([0, 2**60] * 2_000)):
        assert column.kind in (Kind.STRING, Kind.INT)
        with pytest.raises(Interrupted):
            Keys.of([column], Ended())
