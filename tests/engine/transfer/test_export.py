"""What is written for what: files, headers, cells, filters; and what happens when an export does not end."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

import seaglass
from seaglass.base.clock import SystemClock
from seaglass.base.errors import Conflict, Forbidden, Interrupted, Invalid, NotFound
from seaglass.base.rng import SeededRng
from seaglass.engine.transfer import export_files, export_vectors
from seaglass.engine.transfer.export import ExportRequest, export_version
from seaglass.engine.transfer.export_files import ExportFormat
from seaglass.engine.transfer.targets import FolderTarget, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seaglass import Graph
    from seaglass.engine.transfer.export import ExportProgress


@pytest.fixture
def graph() -> Iterator[Graph]:
    with seaglass.open() as database:
        made = database.create_graph("g")
        made.query(
            "CREATE (a:Person:Boss {`~id`: 'a', name: 'Ann', age: 40, score: 1.5, tags: ['x', 'y']}), "
            "(b:Person {`~id`: 'b', name: '', age: 'old'}), (c:City {`~id`: 'c', at: date('2020-01-02')}), "
            "(d {`~id`: 'd', name: 'bare'}), "
            "(a)-[:KNOWS {since: 2020}]->(b), (b)-[:LIVES_IN]->(c), (d)-[:edge]->(a)"
        )
        yield made


def read(folder: Path) -> dict[str, list[list[str]]]:
    """The rows of each file, by its name."""
    found = {}
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="") as opened:
            found[path.relative_to(folder).as_posix()] = list(csv.reader(opened))
    return found


def exported(graph: Graph, folder: Path, given: Any) -> dict[str, list[list[str]]]:
    graph.export(folder, filter=given)
    return read(folder)


def test_everything_as_csv(graph: Graph, tmp_path: Path) -> None:
    told: list[ExportProgress] = []
    written = graph.export(tmp_path, format="CSV", progress=told.append)
    assert (written.percent, written.nodes, written.edges) == (100, 4, 3)
    percents = [progress.percent for progress in told]
    assert percents == sorted(percents)
    files = read(tmp_path)
    assert list(files) == [
        "edges/KNOWS-00000.csv",
        "edges/LIVES_IN-00000.csv",
        "edges/edge-00000.csv",
        "vertices/Boss-00000.csv",
        "vertices/City-00000.csv",
        "vertices/Person-00000.csv",
        "vertices/_NO_LABEL_-00000.csv",
    ]
    assert files["edges/KNOWS-00000.csv"] == [
        ["~from", "~to", "~label", "since:Long"],
        ["a", "b", "KNOWS", "2020"],
    ]
    assert files["vertices/City-00000.csv"] == [
        ["~id", "~label", "at:Date"],
        ["c", "City", "2020-01-02"],
    ]
    header, ann, other = files["vertices/Person-00000.csv"]
    assert header == ["~id", "~label", "age:Any", "name:String", "score:Double", "tags:String[]"]
    assert ann[:2] == ["a", "Boss;Person"]
    assert ann[2:] == ['{"value":40,"type":"Long"}', "Ann", "1.5", "x;y"]
    assert other[2:] == ['{"value":"old","type":"String"}', "", "", ""]
    raw = (tmp_path / "vertices/Person-00000.csv").read_text().splitlines()
    assert raw[0].startswith('"~id","~label","age:Any"')
    # A text without letters is quoted; what is not there is not.
    assert raw[2].endswith(',"",,')


def test_everything_as_parquet(graph: Graph, tmp_path: Path) -> None:
    graph.export(tmp_path, format="parquet")
    found = pq.read_table(tmp_path / "vertices/Person-00000.parquet")
    assert found.column_names == ["~id", "~label", "age", "name", "score", "tags"]
    assert found.schema.metadata[b"anyTypeColumns"] == b"age"
    assert found.column("tags").to_pylist() == [["x", "y"], None]
    assert found.column("score").to_pylist() == [1.5, None]
    city = pq.ParquetFile(tmp_path / "vertices/City-00000.parquet")
    assert city.schema_arrow.metadata[b"dateTypeColumns"] == b"at"
    assert city.read().column("at").to_pylist() == ["2020-01-02"]
    # Neptune reads no compressed files.
    assert city.metadata.row_group(0).column(0).compression == "UNCOMPRESSED"


def test_names_that_parquet_may_not_have(tmp_path: Path) -> None:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query("CREATE (:A {`a b`: 1, `a,b`: 2, a_b: 3})")
        graph.export(tmp_path, format="parquet")
    found = pq.read_table(tmp_path / "vertices/A-00000.parquet")
    assert found.column_names == ["~id", "~label", "a_b_2", "a_b_3", "a_b"]
    assert found.schema.metadata[b"renamedVertexProperties"] == b'{"a b":"a_b_2","a,b":"a_b_3"}'
    assert found.schema.metadata[b"invalidVertexPropertyNames"] == b'["a b","a,b"]'


SYSTEM = ["~id", "~label"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"vertexFilter": {}, "edgeFilter": {}}, {}),
        (
            {"vertexFilter": {"Person": {"properties": {}}}, "edgeFilter": {}},
            {"vertices/Person-00000.csv": [SYSTEM, ["a", "Boss;Person"], ["b", "Person"]]},
        ),
        (
            {"vertexFilter": {"_NO_LABEL_": {}}, "edgeFilter": {}},
            {"vertices/_NO_LABEL_-00000.csv": [[*SYSTEM, "name:String"], ["d", "", "bare"]]},
        ),
        (
            {"vertexFilter": {"": {"properties": {}}}, "edgeFilter": {}},
            {"vertices/_NO_LABEL_-00000.csv": [SYSTEM, ["d", ""]]},
        ),
        (
            {"vertexFilter": {}, "edgeFilter": {"_EDGE_ALL_LABELS_": {}}},
            {
                "edges/_EDGE_ALL_LABELS_-00000.csv": [
                    ["~from", "~to", "~label", "since:Long"],
                    ["a", "b", "KNOWS", "2020"],
                    ["b", "c", "LIVES_IN", ""],
                    ["d", "a", "edge", ""],
                ]
            },
        ),
        (
            {"vertexFilter": {}, "edgeFilter": {"edge": {}}},
            {"edges/edge-00000.csv": [["~from", "~to", "~label"], ["d", "a", "edge"]]},
        ),
        ({"vertexFilter": {}, "edgeFilter": {"_NO_LABEL_": {}}}, {}),
        (
            {
                "vertexFilter": {
                    "Boss": {
                        "properties": {
                            "years": {"sourcePropertyName": "age", "outputType": "Int"},
                            "tag": {"sourcePropertyName": "tags"},
                            "tags": {"multiValueHandling": "TO_LIST"},
                            "none": {},
                        }
                    }
                },
                "edgeFilter": {},
            },
            {
                "vertices/Boss-00000.csv": [
                    [*SYSTEM, "years:Int", "tag:String", "tags:String[]", "none:String"],
                    ["a", "Boss;Person", "40", "x", "x;y", ""],
                ]
            },
        ),
    ],
)
def test_filters(graph: Graph, tmp_path: Path, given: Any, expected: Any) -> None:
    assert exported(graph, tmp_path, given) == expected


def test_all_nodes_in_one_schema_and_every_label_but_one(graph: Graph, tmp_path: Path) -> None:
    (rows,) = exported(
        graph, tmp_path / "one", {"vertexFilter": {"_VERTEX_ALL_LABELS_": {}}, "edgeFilter": {}}
    ).values()
    assert [row[0] for row in rows] == ["~id", "a", "b", "c", "d"]
    files = exported(
        graph,
        tmp_path / "two",
        {"vertexFilter": {"*": {}, "Boss": {"properties": {}}}, "edgeFilter": {"*": {}}},
    )
    assert files["vertices/Boss-00000.csv"][0] == SYSTEM
    assert len(files["vertices/Person-00000.csv"][0]) == 6
    assert len(files) == 7


def test_what_is_left_out_of_a_filter_is_all_there_is(graph: Graph, tmp_path: Path) -> None:
    files = exported(graph, tmp_path, {"vertexFilter": {"City": {}}})
    assert [name for name in files if name.startswith("vertices")] == ["vertices/City-00000.csv"]
    assert len([name for name in files if name.startswith("edges")]) == 3


@pytest.mark.parametrize(
    ("output", "value", "cell"),
    [
        ("Byte", 127, "127"),
        ("Short", "-3", "-3"),
        ("Long", 4.0, "4"),
        ("Float", 2, "2"),
        ("Double", "0.25", "0.25"),
        ("Bool", "TRUE", "true"),
        ("Boolean", False, "false"),
        ("String", 1e21, "1000000000000000000000"),
        ("Float[]", [1, 2.5], "1.0;2.5"),
        ("Any", [1], '{"value":[{"value":1,"type":"Long"}],"type":"List"}'),
    ],
)
def test_output_types(tmp_path: Path, output: str, value: Any, cell: str) -> None:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query("CREATE (n:A {`~id`: 'a'}) SET n.p = $v", {"v": value})
        wanted = {"vertexFilter": {"A": {"properties": {"p": {"outputType": output}}}}}
        ((header, row),) = exported(graph, tmp_path, wanted).values()
    name = "Bool" if output == "Boolean" else output
    assert (header[2], row[2]) == (f"p:{name}", cell)


@pytest.mark.parametrize(
    ("output", "value"),
    [("Byte", 128), ("Int", 1.5), ("Long", True), ("Bool", 1), ("Double", "x"), ("Float", 1e300)],
)
def test_a_value_that_its_column_cannot_hold(tmp_path: Path, output: str, value: Any) -> None:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query("CREATE (n:A {`~id`: 'a'}) SET n.p = $v", {"v": value})
        wanted = {"vertexFilter": {"A": {"properties": {"p": {"outputType": output}}}}}
        with pytest.raises(Invalid, match=f"'p' of the vertex a is .*, which is no {output}"):
            graph.export(tmp_path, filter=wanted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"vertexFilter": {"Nobody": {}}}, NotFound, "^NotFound: .*vertex with the label 'Nobody'"),
        ({"edgeFilter": {"NOTHING": {}}}, NotFound, "edge with the label 'NOTHING'"),
        ({"vertexfilter": {}}, Invalid, "no member 'vertexfilter'"),
        (
            {"vertexFilter": {"City": {"properties": {"x": {"outputType": "Int[]"}}}}},
            Invalid,
            "Int",
        ),
        (
            {"vertexFilter": {"City": {"properties": {"x": {"multiValueHandling": "ALL"}}}}},
            Invalid,
            "TO_LIST or PICK_FIRST",
        ),
    ],
)
def test_filters_that_are_none(
    graph: Graph, tmp_path: Path, given: Any, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        graph.export(tmp_path, filter=given)
    assert list(tmp_path.iterdir()) == []


def test_files_end_at_a_size_and_each_has_the_header(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_files, "EXPORT_PART_BYTES", 1)
    graph.query("UNWIND range(1, 70000) AS i CREATE (:Many {i: i})")
    only = {"vertexFilter": {"Many": {}}, "edgeFilter": {}}
    written = graph.export(tmp_path, filter=only)
    files = read(tmp_path)
    assert written.nodes == 70_000
    assert len(files) > 1
    assert {tuple(rows[0]) for rows in files.values()} == {("~id", "~label", "i:Long")}
    assert sorted(int(row[2]) for rows in files.values() for row in rows[1:]) == list(
        range(1, 70_001)
    )


def test_writes_go_on_beside_it_and_are_not_in_it(graph: Graph, tmp_path: Path) -> None:
    def write(progress: ExportProgress) -> None:
        graph.query("MATCH (p:Person) SET p.name = 'changed' CREATE (:Person {name: 'new'})")

    graph.export(tmp_path, progress=write)
    names = [row[3] for row in read(tmp_path)["vertices/Person-00000.csv"][1:]]
    assert names == ["Ann", ""]
    assert graph.query("MATCH (p:Person) RETURN count(p) AS c").rows()[0]["c"] > 2


def test_one_that_is_stopped_leaves_nothing(graph: Graph, tmp_path: Path) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 10

    request = ExportRequest(ExportFormat.CSV, None)
    with pytest.raises(Interrupted):
        export_version(graph.version, request, FolderTarget(tmp_path), lambda _: None, stop)
    assert asked > 10
    assert list(tmp_path.rglob("*.csv")) == []


def test_an_export_that_is_there_is_kept(graph: Graph, tmp_path: Path) -> None:
    graph.export(tmp_path)
    before = read(tmp_path)
    with pytest.raises(Conflict, match="has an export already"):
        graph.export(tmp_path, format="parquet")
    assert read(tmp_path) == before


def test_labels_and_names_that_files_cannot_have(graph: Graph, tmp_path: Path) -> None:
    graph.query("CREATE (:`a/../b` {x: 1}), (:`..`), (:`_NO_LABEL_`)")
    files = exported(graph, tmp_path / "a", {"edgeFilter": {}})
    assert "vertices/a%2F%2E%2E%2Fb-00000.csv" in files
    assert "vertices/%2E%2E-00000.csv" in files
    assert "vertices/%5FNO_LABEL_-00000.csv" in files
    graph.query(f"CREATE (:`{'é' * 100}`)")
    graph.export(tmp_path / "b")
    graph.query("CREATE (:X {`two\nlines`: 1})")
    with pytest.raises(Invalid, match="cannot be named in the header"):
        graph.export(tmp_path / "c")
    graph.export(tmp_path / "d", format="parquet")
    graph.query("CREATE (:`a;b`)")
    with pytest.raises(Invalid, match="has a semicolon"):
        graph.export(tmp_path / "e")


def test_an_empty_graph_has_no_files(tmp_path: Path) -> None:
    with seaglass.open() as database:
        written = database.create_graph("g").export(tmp_path)
    assert (written.percent, written.nodes, written.edges) == (100, 0, 0)
    assert list(tmp_path.iterdir()) == []


def test_where_files_may_go(tmp_path: Path) -> None:
    clock, rng = SystemClock(), SeededRng(1)
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "out").symlink_to(tmp_path)
    folders = [str(allowed)]
    inside = target_of(f"file://{allowed}/a%20b", folders, None, clock, rng)
    assert inside.where == str(allowed / "a b")
    for outside in (tmp_path, allowed / ".." / "x", allowed / "out" / "x"):
        with pytest.raises(Forbidden, match="allow-local-path"):
            target_of(str(outside), folders, None, clock, rng)
    with pytest.raises(Invalid, match="no destination"):
        target_of("gs://bucket", None, None, clock, rng)


def test_to_a_bucket(graph: Graph, bucket_url: str, tmp_path: Path) -> None:
    graph.export(f"{bucket_url}/out")
    with pytest.raises(Conflict):
        graph.export(f"{bucket_url}/out")
    target = target_of(f"{bucket_url}/out", None, "arn:aws:kms:x", SystemClock(), SeededRng(1))
    assert target.taken()
    target.clear()
    assert not target.taken()
    graph.export(f"{bucket_url}/out", format="parquet")
    with pytest.raises(Forbidden, match="there is no such bucket"):
        graph.export("s3://absent/x")


def embedded(**properties: Any) -> Graph:
    """Two nodes of a label, one with an embedding, and one of another label without."""
    graph = seaglass.open().create_graph("v", vector_dimension=3)
    graph.query("CREATE (a:A {`~id`: 'a'}) SET a += $p", {"p": properties}).close()
    graph.query("CREATE (:A {`~id`: 'b', x: 1}), (:B {`~id`: 'c'})").close()
    graph.query("CALL neptune.algo.vectors.upsert('a', [0.1, -2, 1.5e-7])").close()
    return graph


def test_embeddings_stand_beside_all_properties_of_a_label(tmp_path: Path) -> None:
    graph = embedded(x=5)
    assert exported(graph, tmp_path / "1", None) == {
        "vertices/A-00000.csv": [
            ["~id", "~label", "x:Long", "embedding:Vector"],
            ["a", "A", "5", "0.1;-2;0.00000015"],
            ["b", "A", "1", ""],
        ],
        "vertices/B-00000.csv": [["~id", "~label"], ["c", "B"]],
    }
    given = {"vertexFilter": {"A": {"properties": {"x": {}}}}}
    assert exported(graph, tmp_path / "2", given)["vertices/A-00000.csv"][0] == [
        "~id", "~label", "x:Long",
    ]  # fmt: skip
    graph.export(tmp_path / "3", format="parquet")
    table = pq.read_table(tmp_path / "3" / "vertices" / "A-00000.parquet")
    assert str(table.schema.field("embedding").type) == "list<element: float>"
    assert table.column("embedding").to_pylist() == [
        [pytest.approx(0.1), -2.0, pytest.approx(1.5e-7)], None,
    ]  # fmt: skip


def test_a_property_that_is_called_as_embeddings_are(tmp_path: Path) -> None:
    graph = embedded(embedding="mine")
    with pytest.raises(Invalid, match="both an embedding and a property 'embedding'"):
        graph.export(tmp_path / "1")
    assert not (tmp_path / "1" / "vertices").exists()
    mine = {"sourcePropertyName": "embedding"}
    given = {"vertexFilter": {"A": {"properties": {"mine": mine}}}}
    assert exported(graph, tmp_path / "2", given)["vertices/A-00000.csv"][1] == ["a", "A", "mine"]


def test_long_vectors_are_converted_a_few_rows_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_vectors, "_NUMBERS_MAX", 6)
    monkeypatch.setattr(export_files, "EXPORT_PART_BYTES", 40)
    graph = seaglass.open().create_graph("v", vector_dimension=3)
    graph.query("UNWIND range(1, 7) AS i CREATE (:A {`~id`: 'n' + i, x: i})").close()
    graph.query("MATCH (n:A) CALL neptune.algo.vectors.upsert(n, [n.x, 0, 1])").close()
    files = exported(graph, tmp_path / "csv", None)
    cells = [row[3] for rows in files.values() for row in rows[1:]]
    assert cells == [f"{number};0;1" for number in range(1, 8)]
    graph.export(tmp_path / "parquet", format="parquet")
    parts = sorted((tmp_path / "parquet").rglob("*.parquet"))
    assert len(parts) > 1
    found = [one for part in parts for one in pq.read_table(part).column("embedding").to_pylist()]
    assert found == [[number, 0, 1] for number in range(1, 8)]
