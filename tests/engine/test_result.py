"""Results in the shapes that programs ask for: JSON, Arrow, Polars, pandas, NetworkX.

Method: what JSON has is the measure; every other shape of the same rows says the same.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import re
import sys
from typing import TYPE_CHECKING

import networkx as nx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import seaglass
from seaglass.base import limits
from seaglass.base.errors import Invalid, Unsupported
from seaglass.engine.records import frame_records

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = pa.large_string()


@pytest.fixture
def graph() -> Iterator[seaglass.Graph]:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query(
            "CREATE (a:B:A {`~id`: 'a', n: 1, s: 't'})-[:R {w: 1.5}]->(b {`~id`: 'b', n: 2}), "
            "(b)-[:S]->(:C {`~id`: 'c'})"
        )
        yield graph


def text(graph: seaglass.Graph, query: str, **parameters: object) -> str:
    return b"".join(graph.query(query, parameters).json()).decode()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'é\"\\n'", '"é\\"\\n"'),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
        ("[1, 'a', null, [2.0]]", '[1, "a", null, [2.0]]'),
        ("{a: 1, b: {c: [true]}}", '{"a": 1, "b": {"c": [true]}}'),
        ("1.23456789", "1.2345678899999999"),
        ("109.861388889", "109.861388889"),
        ("2.0", "2.0"),
        ("-0.0", "-0.0"),
        ("1e16", "10000000000000000.0"),
        ("1e17", "1e+17"),
        ("0.00001", "1.0000000000000001e-05"),
        ("1.0 / 0.0", '"INF"'),
        ("-1.0 / 0.0", '"-INF"'),
        ("0.0 / 0.0", '"NaN"'),
        ("[0.0 / 0.0, {x: 1.0 / 0.0}]", '["NaN", {"x": "INF"}]'),
    ],
)
def test_every_kind_of_value_in_json(graph: seaglass.Graph, expression: str, expected: str) -> None:
    assert text(graph, f"RETURN {expression} AS x") == f'{{"results": [{{"x": {expected}}}]}}'
    # The same inside a list, which is another path.
    assert text(graph, f"RETURN [{expression}] AS x") == f'{{"results": [{{"x": [{expected}]}}]}}'


@pytest.mark.parametrize("collecting", [True, False])
def test_no_garbage_is_looked_for_while_rows_are_made(
    graph: seaglass.Graph, collecting: bool
) -> None:
    """And what the program has set stays."""
    graph.query("UNWIND range(1, 3000) AS x CREATE (:Many {x: x})")
    looked: list[str] = []

    def look(phase: str, _: dict[str, int]) -> None:
        looked.append(phase)

    (frame,) = graph.query("MATCH (n:Many) RETURN n, {x: n.x} AS m").frames()
    result = graph.query("MATCH (n:Many) RETURN n, {x: n.x} AS m")
    before = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    gc.callbacks.append(look)
    try:
        records = frame_records(frame, result.columns, result._context.version)
        during = list(looked)
        assert gc.isenabled() is collecting
    finally:
        gc.callbacks.remove(look)
        (gc.enable if before else gc.disable)()
    assert len(records) == 3000
    # The last step out of it may be a first look.
    assert during[2:] == []
    assert result.rows() == records


def test_columns_without_alias_have_the_text_as_written(graph: seaglass.Graph) -> None:
    found = text(graph, "MATCH (n:C) RETURN n.`~id`,  size( [1,2] ), n.x + 1 , `n`.y")
    row = '{"n.`~id`": "c", "size( [1,2] )": 2, "n.x + 1": null, "`n`.y": null}'
    assert found == f'{{"results": [{row}]}}'


def test_entities_in_json(graph: seaglass.Graph) -> None:
    node = (
        '{"~id": "a", "~entityType": "node", "~labels": ["A", "B"], '
        '"~properties": {"n": 1, "s": "t"}}'
    )
    edge = (
        '{"~id": "neptune_reserved_1_0", "~entityType": "relationship", "~start": "a", '
        '"~end": "b", "~type": "R", "~properties": {"w": 1.5}}'
    )
    found = text(graph, "MATCH (n)-[r:R]->() RETURN n, r, [r, n] AS l")
    assert found == f'{{"results": [{{"n": {node}, "r": {edge}, "l": [{edge}, {node}]}}]}}'


def test_made_ids(graph: seaglass.Graph) -> None:
    (row,) = json.loads(text(graph, "CREATE (n:New)-[r:T]->(n) RETURN n, r"))["results"]
    uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    assert re.fullmatch(uuid, row["n"]["~id"])
    assert re.fullmatch(r"neptune_reserved_1_\d+", row["r"]["~id"])
    assert row["r"]["~start"] == row["r"]["~end"] == row["n"]["~id"]


@pytest.mark.parametrize("query", ["MATCH (n:None) RETURN n", "CREATE (:New)"])
def test_no_rows_in_json(graph: seaglass.Graph, query: str) -> None:
    assert text(graph, query) == '{"results": []}'


def test_json_streams(graph: seaglass.Graph) -> None:
    """The first bytes are there long before the rows are: the query is still running."""
    pieces = graph.query("UNWIND range(1, 9999999) AS x RETURN x").json()
    assert len(next(pieces)) < 2 * limits.RESULT_CHUNK_BYTES
    assert [query.state for query in graph.queries()] == ["RUNNING"]
    pieces.close()
    assert graph.queries() == []


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n {`~id`: 'a'}) RETURN n, n.n AS `100 %`, n.s, n.none, n.n > 0, n.n / 2.0, [n, 1]",
        "MATCH (n {`~id`: 'none'}) RETURN n.n",
        "MATCH (n {`~id`: 'a'})-[]->(m) RETURN count(DISTINCT m)",
        "MATCH (n {`~id`: 'a'}) SET n.n = 1",
        "CREATE (:New)",
        "MATCH (n:None) CREATE (:New)",
    ],
)
def test_few_rows_are_there_at_once(graph: seaglass.Graph, query: str) -> None:
    expected = text(graph, query)
    result = graph.query(query)
    whole = result.few_json()
    assert whole is not None
    assert whole.decode() == expected
    assert graph.queries() == []


@pytest.mark.parametrize("query", ["MATCH (n) RETURN n.n", "MATCH (n) SET n.x = 1 RETURN n.n"])
def test_more_rows_are_left_as_they_are(graph: seaglass.Graph, query: str) -> None:
    result = graph.query(query)
    assert result.few_json() is None
    assert len(graph.queries()) == 1
    assert len(result.rows()) == 3


COLUMNS = (
    "UNWIND [[1, 1, 1.5, 'a', true, [1], {a: 1}, 1], "
    "[null, 2.5, null, null, null, [], {b: 'x'}, 'b']] AS x "
    "RETURN x[0] AS i, x[1] AS n, x[2] AS f, x[3] AS s, x[4] AS b, null AS z, x[5] AS l, x[6] AS m, "
    "x[7] AS other"
)


def test_arrow_types(graph: seaglass.Graph) -> None:
    table = graph.query(COLUMNS).arrow()
    assert dict(zip(table.column_names, table.schema.types, strict=True)) == {
        "i": pa.int64(),
        "n": pa.float64(),
        "f": pa.float64(),
        "s": TEXT,
        "b": pa.bool_(),
        "z": pa.null(),
        "l": pa.list_(pa.int64()),
        "m": pa.struct({"a": pa.int64(), "b": pa.string()}),
        "other": TEXT,
    }
    assert table.to_pylist() == [
        {"i": 1, "n": 1.0, "f": 1.5, "s": "a", "b": True, "z": None, "l": [1]}
        | {"m": {"a": 1, "b": None}, "other": "1"},
        {"i": None, "n": 2.5, "f": None, "s": None, "b": None, "z": None, "l": []}
        | {"m": {"a": None, "b": "x"}, "other": '"b"'},
    ]
    assert graph.query("MATCH (n:None) RETURN n").arrow().schema == pa.schema({"n": pa.null()})
    assert graph.query("CREATE (:New)").arrow().num_columns == 0


TIMES = {
    "date('2024-02-29')": (pa.date32(), dt.date(2024, 2, 29)),
    "localdatetime('2024-01-02T10:00:00.5')": (
        pa.timestamp("us"),
        dt.datetime(2024, 1, 2, 10, 0, 0, 500_000),  # noqa: DTZ001
    ),
    "localdatetime('0002-01-02T10:00')": (pa.timestamp("us"), dt.datetime(2, 1, 2, 10)),  # noqa: DTZ001
    "datetime('2024-01-02T10:00+02:00')": (
        pa.timestamp("us", "UTC"),
        dt.datetime(2024, 1, 2, 8, tzinfo=dt.UTC),
    ),
    "localtime('10:00:00.000001')": (pa.time64("us"), dt.time(10, microsecond=1)),
    "duration('-P1DT0.5S')": (pa.duration("us"), dt.timedelta(-1, 0, -500_000)),
    # What Arrow, or Python behind it, does not have.
    "localtime('10:00:00.000000001')": (TEXT, "10:00:00.000000001"),
    "time('10:00+01:00')": (TEXT, "10:00+01:00"),
    "duration('P1M')": (TEXT, "P1M"),
    "duration({seconds: 9223372036854775807})": (TEXT, "PT2562047788015215H30M7S"),
    "date({year: 10000})": (TEXT, "+10000-01-01"),
    "localdatetime({year: -999999999})": (TEXT, "-999999999-01-01T00:00"),
    "datetime('9999-12-30T00:00:00.000000001Z')": (TEXT, "9999-12-30T00:00:00.000000001Z"),
}


@pytest.mark.parametrize("expression", TIMES)
@pytest.mark.parametrize(
    "text",
    [
        "RETURN {} AS x",
        "UNWIND [null, 1, 2] AS i RETURN CASE WHEN i IS NULL THEN null ELSE {} END AS x",
        "CREATE (a {{x: {0}}}), (b {{x: {0}}}) WITH a MATCH (n) WHERE n.x IS NOT NULL RETURN n.x AS x",
    ],
)
def test_dates_and_times_are_those_of_arrow(
    graph: seaglass.Graph, text: str, expression: str
) -> None:
    kind, value = TIMES[expression]
    column = graph.query(text.format(expression)).arrow()["x"]
    assert column.type == kind
    assert set(column.to_pylist()) - {None} == {value}
    assert set(graph.query(text.format(expression)).pl()["x"]) - {None} == {value}
    assert value in graph.query(text.format(expression)).pd()["x"].to_list()


def test_nanoseconds_and_zones_in_arrow(graph: seaglass.Graph) -> None:
    table = graph.query(
        "UNWIND [datetime('2024-07-02T10:00:00.000000001[Europe/Berlin]'), null, "
        "datetime('2024-07-02T10:00Z')] AS x RETURN x"
    ).arrow()
    assert table["x"].type == pa.timestamp("ns", "UTC")
    assert table["x"].cast(pa.int64()).to_pylist() == [
        1_719_907_200_000_000_001,
        None,
        1_719_914_400_000_000_000,
    ]
    listed = graph.query(
        "UNWIND [[date('2024-01-01'), null], null, [], [date('2024-02-29')]] AS x RETURN x"
    ).arrow()
    assert listed["x"].type == pa.list_(pa.date32())
    days = [[dt.date(2024, 1, 1), None], None, [], [dt.date(2024, 2, 29)]]
    assert listed["x"].to_pylist() == days
    two = graph.query("UNWIND [[date('2024-01-01')], [time('10:00Z')]] AS x RETURN x").arrow()
    assert two["x"].to_pylist() == [["2024-01-01"], ["10:00Z"]]
    mixed = graph.query("UNWIND [date('2024-01-01'), datetime('2024-01-01')] AS x RETURN x").arrow()
    assert mixed["x"].to_pylist() == ["2024-01-01", "2024-01-01T00:00Z"]


def test_tables_come_back_as_they_were(graph: seaglass.Graph) -> None:
    """A frame of pandas is loaded, read, and loaded again."""
    given = pd.DataFrame(
        {
            "~label": ["A", None],
            "day": [dt.date(2024, 2, 29), None],
            "at": pd.to_datetime(["2024-01-02T10:00", None]),
            "moment": pd.to_datetime(["2024-01-02T10:00", None]).tz_localize("Europe/Berlin"),
            "x": [1.5, float("nan")],
            "n": pd.array([1, None], dtype="Int64"),
            "kind": pd.Categorical(["u", None]),
            "s": ["t", None],
        },
        index=pd.Index(["p", "q"], name="~id"),
    )
    graph.reset()
    graph.load(nodes=given, edges=pd.DataFrame({"~from": ["p"], "~to": ["q"]}))
    (p, q) = (row["n"] for row in graph.query("MATCH (n) RETURN n ORDER BY id(n)").rows())
    assert (p.labels, q.labels, q.properties) == (("A",), (), {})
    text = "MATCH (n) RETURN id(n) AS `~id`, n.day AS day, n.at AS at, n.moment AS moment, n.n AS n"
    again = graph.query(text).pd()
    assert again["at"][0] == pd.Timestamp("2024-01-02T10:00")
    assert again["moment"][0] == pd.Timestamp("2024-01-02T09:00Z")
    graph.reset()
    graph.load(nodes=again)
    assert graph.query(text).pd().equals(again)
    mixed = pd.DataFrame({"~id": ["a", "b"], "x": [1, "one"]})
    with pytest.raises(Invalid, match=r"read from a DataFrame.* column x with type object: Could"):
        graph.load(nodes=mixed)


def test_an_integer_that_is_no_float_stays_what_it_is(graph: seaglass.Graph) -> None:
    table = graph.query("UNWIND [9007199254740993, 0.5, null] AS x RETURN x").arrow()
    assert table["x"].to_pylist() == ["9007199254740993", "0.5", None]


def test_frames_of_different_kinds_make_one_column(graph: seaglass.Graph) -> None:
    rows = limits.FRAME_ROWS + 2
    first = f"UNWIND range(1, {rows}) AS i WITH i, i < {rows} AS early "
    table = graph.query(first + "RETURN CASE WHEN early THEN null ELSE i END AS x").arrow()
    assert table["x"].type == pa.int64()
    assert table["x"].null_count == rows - 1
    table = graph.query(first + "RETURN CASE WHEN early THEN i ELSE 'last' END AS x").arrow()
    assert table["x"][-1].as_py() == '"last"'
    assert table["x"][0].as_py() == "1"


def test_entities_in_arrow(graph: seaglass.Graph) -> None:
    query = "MATCH (n) WHERE n.n = 1 MATCH (n)-[r]->(m) RETURN n, r, m, [r, m] AS l, {x: n} AS map"
    (row,) = graph.query(query).arrow().to_pylist()
    n = {"~id": "a", "~labels": ["A", "B"], "~properties": {"n": 1, "s": "t"}}
    ends = {"~start": "a", "~end": "b", "~type": "R"}
    assert row["n"] == row["map"]["x"] == n
    assert row["m"] == {"~id": "b", "~labels": [], "~properties": {"n": 2}}
    assert row["r"] == {"~id": "neptune_reserved_1_0", **ends, "~properties": {"w": 1.5}}
    assert [item["~id"] for item in row["l"]] == ["neptune_reserved_1_0", "b"]
    table = graph.query("MATCH (n:C) RETURN n").arrow()
    assert table.to_pylist() == [{"n": {"~id": "c", "~labels": ["C"]}}]
    ends = graph.query("UNWIND ['a', 'x', 'a'] AS i MATCH (n {`~id`: i}) RETURN n").arrow()
    assert [row["n"]["~id"] for row in ends.to_pylist()] == ["a", "a"]


def test_polars_says_what_arrow_says(graph: seaglass.Graph) -> None:
    for query in (COLUMNS, "MATCH (n)-[r]->(m) RETURN n, r, [m] AS l, n.n AS x", "CREATE (:N)"):
        frame = graph.query(query).pl()
        assert isinstance(frame, pl.DataFrame)
        assert frame.to_dicts() == graph.query(query).arrow().to_pylist()


def test_pandas_keeps_integers(graph: seaglass.Graph) -> None:
    frame = graph.query(COLUMNS).pd()
    assert {name: str(frame[name].dtype) for name in "infb"} == {
        "i": "Int64",
        "n": "float64",
        "f": "float64",
        "b": "boolean",
    }
    assert frame["i"].isna().tolist() == [False, True]
    assert graph.query("MATCH (n:C) RETURN n").pd()["n"][0]["~id"] == "c"


def test_networkx_has_what_the_rows_have(graph: seaglass.Graph) -> None:
    found = graph.query("MATCH (n)-[r:R]->(m) RETURN n, [{x: r}] AS l").graph()
    assert isinstance(found, nx.MultiDiGraph)
    assert dict(found.nodes(data=True)) == {
        "a": {"~labels": ("A", "B"), "n": 1, "s": "t"},
        "b": {},
    }
    assert list(found.edges(keys=True, data=True)) == [
        ("a", "b", "neptune_reserved_1_0", {"~type": "R", "w": 1.5})
    ]


@pytest.mark.parametrize(("shape", "package"), [("pd", "pandas"), ("graph", "networkx")])
def test_what_is_not_installed_is_named(
    graph: seaglass.Graph, monkeypatch: pytest.MonkeyPatch, shape: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(Unsupported, match=f"pip install {package}"):
        getattr(graph.query("MATCH (n) RETURN n"), shape)()


def test_a_deleted_node_has_no_id() -> None:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query("CREATE (:P {`~id`: 'p'}), (:P {`~id`: 'q'})").close()
        (row,) = graph.query("MATCH (n {`~id`: 'p'}) DELETE n RETURN n").rows()
        assert row["n"].id == ""
        body = b"".join(graph.query("MATCH (n {`~id`: 'q'}) DELETE n RETURN n").json())
        assert b'"~id": null' in body
