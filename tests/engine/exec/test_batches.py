"""Batches of rows, as clients load them, do what the same rows do one by one."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from seaglass.engine.graph import read
from tests.engine.exec.tools import WorkingView, ran

texts = st.text(max_size=3)
values = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | texts
maps = st.dictionaries(st.sampled_from("abc"), values | st.lists(texts, max_size=2), max_size=3)
tables = st.lists(st.none() | maps, max_size=9)
ways = st.builds(Options, st.sampled_from([1, 2, 3, 100]), st.booleans())


def contents(view: WorkingView) -> list[dict[str, object]]:
    nodes = chain.from_iterable(read.scan_nodes(view.version, ()))
    return [read.node_properties(view.version, int(node)) for node in nodes]


def present(properties: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in properties.items() if value is not None}


@settings(max_examples=60)
@given(tables, tables, st.booleans(), ways)
def test_maps_of_properties(
    first: list[dict[str, object] | None],
    second: list[dict[str, object] | None],
    replace: bool,
    way: Options,
) -> None:
    view = WorkingView()
    rows = [{"id": str(place), "of": of} for place, of in enumerate(first)]
    ran("UNWIND $rows AS row CREATE (n {`~id`: row.id}) SET n += row.of", view, way, rows=rows)
    expected = [present(of or {}) for of in first]
    assert contents(view) == expected
    again = [{"id": str(place), "of": of} for place, of in enumerate(second)]
    sign = "=" if replace else "+="
    text = f"UNWIND $rows AS row MATCH (n {{`~id`: row.id}}) SET n {sign} row.of"
    ran(text, view, way, rows=again)
    for place, of in enumerate(second[: len(first)]):
        before = {} if replace else expected[place]
        expected[place] = present({**before, **(of or {})})
    assert contents(view) == expected


@settings(max_examples=60)
@given(st.lists(st.none() | st.lists(values, max_size=4), max_size=5), ways)
def test_unwind_of_many_lists(lists: list[list[object] | None], way: Options) -> None:
    text = "UNWIND $lists AS list UNWIND list AS item RETURN list, item"
    expected = [(items, item) for items in lists if items for item in items]
    got = ran(text, None, way, lists=lists)
    assert got.rows == expected
    assert max(got.lengths, default=0) <= way.frame_rows


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b", "c", "b", "c"], "~id 'b' exists"),
        (["a", "old"], "~id 'old' exists"),
        (["a", None], "must be a string, but got null"),
        (["a", 1], "must be a string, but got an integer"),
    ],
)
def test_ids_of_a_batch(ids: list[object], message: str) -> None:
    view = WorkingView()
    ran("CREATE ({`~id`: 'old'})", view)
    with pytest.raises(Invalid, match=message):
        ran("UNWIND $ids AS id CREATE ({`~id`: id})", view, ids=ids)
