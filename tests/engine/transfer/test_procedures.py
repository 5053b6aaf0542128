"""`CALL neptune.load` and `CALL neptune.read`, through the library."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import seaglass
from seaglass.base.errors import Exhausted, Forbidden, Interrupted, Invalid
from seaglass.engine import commit
from seaglass.engine.graph.check import check
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.transfer import merge
from seaglass.engine.transfer.load import load_changes
from seaglass.engine.transfer.request import Format, LoadRequest
from seaglass.engine.values.temporal import Date
from tests.engine.exec.tools import WorkingView
from tests.engine.transfer.items import AIR_ROUTES, edges_of, embeddings_of, nodes_of

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass import Graph
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.version import GraphVersion

LOAD = "CALL neptune.load({source: $source, region: 'us-east-1', format: 'csv'})"


def test_a_load_is_many_changes_of_few_rows(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "_CHANGED_ROWS", 4)
    lines = [f"n{number},A,{number}\n" for number in range(20)]
    (tmp_path / "1.csv").write_text("".join(["~id,~label,n:Int\n", *lines]))
    edges = [f"n{number},n0,knows\n" for number in range(20)]
    (tmp_path / "2.csv").write_text("".join(["~from,~to,~label\n", *edges]))
    changes: list[Change] = []
    applied = commit.apply

    def seen(version: GraphVersion, change: Change) -> GraphVersion:
        changes.append(change)
        return applied(version, change)

    monkeypatch.setattr(commit, "apply", seen)
    load(graph, tmp_path)
    assert graph.version.edge_count == 20
    # Nodes, their labels and edges; the values come with the nodes.
    assert len(changes) == 3 * 20 // 4


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    folders = [tmp_path, AIR_ROUTES]
    return seaglass.open(None, import_folders=folders).create_graph("loaded")


def load(graph: Graph, source: object, text: str = LOAD) -> dict[str, Any]:
    (row,) = graph.query(text, {"source": str(source)}).rows()
    check(graph.version)
    return row


@pytest.mark.parametrize("rows_at_once", [1 << 17, 2])
def test_loading_merges_nodes_and_adds_edges(
    graph: Graph, tmp_path: Path, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However few rows a change has.
    monkeypatch.setattr(merge, "_CHANGED_ROWS", rows_at_once)
    (tmp_path / "1.csv").write_text(
        "~id,~label,n:Int,one:String(single),l:Int[]\na,A;B,1,x,1;2\nb,,1,x,\nnew,N,7,y,\n"
    )
    (tmp_path / "2.csv").write_text("~from,~to,~label,w:Int\na,new,knows,5\nb,other,,\n")
    graph.query(
        "CREATE (:A {`~id`: 'a', n: 2, one: 'old', k: 1})-[:knows]->({`~id`: 'b', n: 1}), (:Z)"
    ).rows()
    row = load(graph, tmp_path)
    nodes = {key: value for key, value in nodes_of(graph).items() if value != ({"Z"}, {})}
    assert nodes == {
        "a": ({"A", "B"}, {"n": [2, 1], "one": "x", "k": 1, "l": [1, 2]}),
        "b": (set(), {"n": 1, "one": "x"}),
        "new": ({"N"}, {"n": 7, "one": "y"}),
        "other": (set(), {}),
    }
    assert edges_of(graph) == [
        ("a", "knows", "b", {}),
        ("a", "knows", "new", {"w": 5}),
        ("b", "edge", "other", {}),
    ]
    # Labels: 3; values: 3 + 2 + 2; edges and their values: 3. A's label and b's n were there.
    assert (row["totalRecords"], row["totalDuplicates"], row["insertErrors"]) == (13, 2, 0)
    assert row["numThreads"] == 1
    assert row["totalTimeSpentMillis"] >= 0
    assert len(row["loadId"]) == 36
    assert list(row) == [
        "totalRecords",
        "totalDuplicates",
        "totalTimeSpentMillis",
        "numThreads",
        "insertErrors",
        "throughputRecordsPerSec",
        "loadId",
    ]


def test_loading_again_doubles_edges_only(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,~label,n:Int\na,A,1\nb,A,2\n")
    (tmp_path / "2.csv").write_text("~from,~to\na,b\n")
    load(graph, tmp_path)
    nodes = nodes_of(graph)
    assert load(graph, tmp_path)["totalDuplicates"] == 4
    assert nodes_of(graph) == nodes
    assert edges_of(graph) == [("a", "edge", "b", {})] * 2


@pytest.mark.skipif(not AIR_ROUTES.is_dir(), reason="the air routes are not there")
def test_air_routes_load_into_a_graph_that_holds_data(graph: Graph) -> None:
    graph.query("CREATE (:Mine {`~id`: '1'})").rows()
    row = load(graph, AIR_ROUTES / "air-routes-")
    assert row["totalRecords"] == 154_591
    counted = graph.query("MATCH (n) RETURN count(n) AS nodes").rows()
    assert counted == [{"nodes": 3_748}]
    assert graph.query("MATCH (n:Mine:airport) RETURN n.code AS code").rows() == [{"code": "ATL"}]


def test_a_load_that_fails_leaves_nothing(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,n:Int\na,1\nb,x\n")
    with pytest.raises(Invalid, match=r"PARSING_ERROR.*line 3\)"):
        load(graph, tmp_path)
    assert graph.version.next_node == 0
    row = load(graph, tmp_path, LOAD.replace("})", ", failOnError: false})"))
    assert row["insertErrors"] == 1
    assert nodes_of(graph) == {"a": (set(), {"n": 1})}


def test_a_load_can_be_cancelled(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,n:Int\na,1\n")
    with pytest.raises(Interrupted):
        graph.query(LOAD, {"source": str(tmp_path)}, timeout_ms=0)
    assert graph.version.next_node == 0


def test_what_was_loaded_is_there_after_a_reopen(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "1.csv").write_text(
        "~id,~label,d:Date\n" + "".join(f"n{k},A,2024-01-01\n" for k in range(600))
    )
    (files / "2.csv").write_text("~from,~to\n" + "".join(f"n{k},n{k // 2}\n" for k in range(600)))
    with seaglass.open(tmp_path / "data", import_folders=[files]) as database:
        load(database.create_graph("g"), files)
        before = nodes_of(database.graph("g"))
    with seaglass.open(tmp_path / "data") as database:
        assert nodes_of(database.graph("g")) == before
        assert len(edges_of(database.graph("g"))) == 600


def test_neptune_keeps_no_node_of_an_id_alone(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,~label\na,\nb,B\n")
    made = seaglass.open(None, dialect="neptune", import_folders=[tmp_path]).create_graph("g")
    load(made, tmp_path)
    assert nodes_of(made) == {"b": ({"B"}, {})}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("{format: 'csv'}", "needs source"),
        ("{source: 'x'}", "needs format"),
        ("{source: 'x', format: 'xml'}", "The format is one of"),
        ("{source: 'x', format: 'parquet'}", "needs parquetType"),
        ("{source: 'x', format: 'parquet', parquetType: 'rows'}", "knows one parquetType"),
        ("{source: 'x', format: 'ntriples'}", "needs blankNodeHandling"),
        ("{source: 'x', format: 'csv', failOnError: 1}", "takes true or false"),
        ("{source: 'x', format: 'csv', concurrency: -1}", "takes a count"),
        ("{source: 'x', format: 'csv', other: 1}", "has no option other"),
        ("{source: 1, format: 'csv'}", "takes a text as source"),
    ],
)
def test_options_that_are_wrong(graph: Graph, config: str, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        graph.query(f"CALL neptune.load({config})").rows()


def test_queries_read_local_files_where_they_may_only(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,a\na,1\n")
    made = seaglass.open(None).create_graph("g")
    for call in (LOAD, "CALL neptune.read({source: $source, format: 'csv'}) YIELD row RETURN row"):
        with pytest.raises(Forbidden):
            made.query(call, {"source": str(tmp_path / "1.csv")}).rows()


def rows(graph: Graph, source: object, more: str = "RETURN row", form: str = "csv") -> list[Any]:
    text = f"CALL neptune.read({{source: $source, format: '{form}'}}) YIELD row {more}"
    return graph.query(text, {"source": str(source)}).rows()


@pytest.mark.parametrize("place", ["/data/\0", "file:///data/%00", "file://["])
def test_text_that_no_path_can_be(graph: Graph, place: str) -> None:
    with pytest.raises(Invalid, match=r"is no (path|URL)"):
        load(graph, place)
    with pytest.raises(Invalid, match=r"is no (path|URL)"):
        graph.query("CALL neptune.read({source: $s, format: 'csv'}) YIELD row", {"s": place}).rows()


def test_rows_of_csv_are_maps(graph: Graph, tmp_path: Path) -> None:
    path = tmp_path / "1.csv"
    path.write_text(
        "~id,~label,Float:Float,Byte:Byte,Long:Long,String:String,Double:Double,l:String[],d:Date\n"
        '1,a;b,1.23456,-128,-9223372036854775808,"fi""rst",NaN,x;y,2024-01-01\n2,,,,,,INF,,\n'
    )
    first, second = [row["row"] for row in rows(graph, path)]
    assert math.isnan(first.pop("Double"))
    assert first == {
        "~id": "1",
        "~label": "a;b",
        "Float": 1.23456,
        "Byte": -128,
        "Long": -9223372036854775808,
        "String": 'fi"rst',
        "l": ["x", "y"],
        "d": Date(19723),
    }
    assert second == {**dict.fromkeys(first), "~id": "2", "Double": math.inf}


def test_rows_may_be_filtered_and_written(graph: Graph, tmp_path: Path) -> None:
    path = tmp_path / "1.csv"
    path.write_text("key,n:Int\na,1\nb,2\nc,3\n")
    graph.query(
        "CALL neptune.read({source: $source, format: 'csv'}) YIELD row WHERE row.n > 1"
        " CREATE (:T {`~id`: row.key, n: row.n})",
        {"source": str(path)},
    ).rows()
    assert nodes_of(graph) == {"b": ({"T"}, {"n": 2}), "c": ({"T"}, {"n": 3})}
    crossed = graph.query(
        "UNWIND [10, 20] AS x CALL neptune.read({source: $source, format: 'csv'}) YIELD row"
        " RETURN x + row.n AS sum",
        {"source": str(path)},
    ).rows()
    assert [row["sum"] for row in crossed] == [11, 12, 13, 21, 22, 23]


def test_rows_of_parquet(graph: Graph, tmp_path: Path) -> None:
    table = pa.table(
        {
            "b": [True, None],
            "i": pa.array([1, None], pa.int16()),
            "l": [[1.5, 2.5], None],
            "m": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
            "d": ["2024-01-01", None],
            "n": pa.nulls(2),
        }
    ).replace_schema_metadata({"dateTypeColumns": '["d"]'})
    pq.write_table(table, tmp_path / "1.parquet", row_group_size=1)
    first, second = [row["row"] for row in rows(graph, tmp_path / "1.parquet", form="parquet")]
    assert first == {
        "b": True,
        "i": 1,
        "l": [1.5, 2.5],
        "m": {"k": 1},
        "d": Date(19723),
        "n": None,
    }
    assert second == dict.fromkeys(first)


def test_a_row_that_is_wrong_ends_the_query(graph: Graph, tmp_path: Path) -> None:
    path = tmp_path / "1.csv"
    path.write_text("n:Int\n1\nx\n")
    with pytest.raises(Invalid, match=r"line 3\)"):
        rows(graph, path)


def test_a_prefix_is_no_file(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("n:Int\n1\n")
    for source in (tmp_path, tmp_path / "1"):
        with pytest.raises(Invalid, match="There is no file"):
            rows(graph, source)


def test_the_library_imports_files(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,~label\na,A\nb,\n")
    made = seaglass.open(None).create_graph("g")
    told: list[int] = []
    report = made.import_files(tmp_path, progress=lambda one: told.append(one.percent))
    assert (report.nodes, told[-1]) == (2, 100)
    assert nodes_of(made) == {"a": ({"A"}, {}), "b": (set(), {})}
    with pytest.raises(Invalid, match="The format is one of"):
        made.import_files(tmp_path, format="xml")


def test_loading_replaces_embeddings(tmp_path: Path) -> None:
    database = seaglass.open(None, import_folders=[tmp_path])
    graph = database.create_graph("loaded", vector_dimension=2)
    (tmp_path / "1.csv").write_text("~id,n:Int,embedding:Vector\na,1,1;2\nb,1,3;4\nc,1,\n")
    load(graph, tmp_path / "1.csv")
    assert embeddings_of(graph) == {"a": [1, 2], "b": [3, 4]}
    (tmp_path / "2.csv").write_text("~id,n:Int,embedding:Vector\nb,1,5;6\nc,1,7;8\na,1,\n")
    load(graph, tmp_path / "2.csv")
    assert embeddings_of(graph) == {"a": [1, 2], "b": [5, 6], "c": [7, 8]}


def test_what_a_load_holds_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("~id,text\n" + "".join(f"n{k},{'x' * 100}\n" for k in range(20_000)))
    for memory_bytes, fits in ((3 << 20, False), (32 << 20, True)):
        database = seaglass.open(memory_bytes=memory_bytes, import_folders=[str(tmp_path)])
        graph = database.create_graph("loaded")
        text = f"CALL neptune.load({{source: '{path}', format: 'csv', region: 'x'}})"
        if fits:
            graph.query(text).close()
            # What it held it has given back.
            graph.query(text).close()
            continue
        with pytest.raises(Exhausted):
            graph.query(text).close()
        assert graph.version.node_count == 0


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_of_a_file_come_in_parts(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr("seaglass.engine.exec.transfer_procedures._MAPS", 7)
    monkeypatch.setattr("seaglass.engine.transfer.parquet.IMPORT_BATCH_ROWS", 10)
    path = tmp_path / f"n.{ending}"
    table = pa.table({"n": pa.array([str(k) for k in range(95)] + [None])})
    if ending == "csv":
        path.write_text("n\n" + "".join(f"{k}\n" for k in range(95)) + '""\n')
    else:
        pq.write_table(table, path, row_group_size=60)
    text = (
        f"CALL neptune.read({{source: '{path}', format: '{ending}'}}) YIELD row RETURN row.n AS n"
    )
    found = [row["n"] for row in graph.query(text).rows()]
    assert found == [str(k) for k in range(95)] + ["" if ending == "csv" else None]


def test_a_load_ends_while_values_are_joined(graph: Graph, tmp_path: Path) -> None:
    """Values that meet others are looked at one by one, which is long for very many."""
    names = [f"n{k}" for k in range(20_000)]
    (tmp_path / "n.csv").write_text("~id,x:Int\n" + "".join(f"{name},2\n" for name in names))
    graph.load(nodes={"~id": names, "x": [1] * len(names)})
    request = LoadRequest(str(tmp_path), Format.CSV)
    looks = []

    class Ending:
        def __init__(self, left: int) -> None:
            self.flag = new_flag()
            self.left = left

        def check(self) -> None:
            looks.append(self.left)
            self.left -= 1
            if self.left == 0:
                raise Interrupted("cancelled", "ended")

    def loaded(left: int) -> None:
        view = WorkingView(graph.version)
        load_changes(view, request, Ending(left), lambda _: None, neptune=False)

    loaded(10**6)
    count = len(looks)
    # A look for each file, piece and key, and for each 4,096 values.
    assert count >= 5 + 3
    for left in range(1, count + 1):
        with pytest.raises(Interrupted):
            loaded(left)


def test_labels_of_many_rows_are_set_some_at_a_time(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that say the same of a node count as duplicates, in one part or in two."""
    lines = [f"n{k % 60},A;{'BC'[k % 2]}\n" for k in range(100)]
    (tmp_path / "n.csv").write_text("~id,~label\n" + "".join(lines))
    asked: list[int] = []
    has_labels = merge.read.has_labels

    def counted(version: Any, nodes: Any, labels: Any) -> Any:
        asked.append(len(nodes))
        return has_labels(version, nodes, labels)

    monkeypatch.setattr(merge.read, "has_labels", counted)
    monkeypatch.setattr(merge, "_CHANGED_ROWS", 7)
    row = load(graph, tmp_path)
    assert max(asked) <= 7
    assert (row["totalRecords"], row["totalDuplicates"]) == (200, 80)
    found = graph.query("MATCH (n) RETURN id(n) AS i, labels(n) AS l").rows()
    assert {one["i"]: set(one["l"]) for one in found} == {
        f"n{k}": {"A", "BC"[k % 2]} for k in range(60)
    }
