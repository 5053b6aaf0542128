"""The other formats, packed files, and rows of one node in several files."""

from __future__ import annotations

import bz2
import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from seaglass.base import limits
from seaglass.base.errors import Invalid
from seaglass.engine.transfer import parquet
from seaglass.engine.transfer.request import Format
from seaglass.engine.transfer.sources import files_of
from seaglass.engine.transfer.unpacking import pieces_of
from seaglass.engine.values.temporal import Date, DateTime
from tests.engine.transfer.items import (
    edges_of,
    embeddings_of,
    imported,
    new_graph,
    nodes_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NODES = "~id,~label,name,age:Int\na,Person,Ann,7\nb,Person;Admin,Bob,\n"
EDGES = "~from,~to,~label,w:Double\na,b,knows,0.5\nb,c,,\n"
NODES_FOUND = {
    "a": ({"Person"}, {"name": "Ann", "age": 7}),
    "b": ({"Person", "Admin"}, {"name": "Bob"}),
    "c": (set(), {}),
}
EDGES_FOUND = [("a", "knows", "b", {"w": 0.5}), ("b", "edge", "c", {})]


def test_opencypher_files(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text(
        'key:ID(p),:LABEL,name:String,at:DateTime,where:Point\n1,Person;Admin,"Ann, A.",2024-01-01,"(1 2)"\n2,,,,\n'
    )
    (tmp_path / "towns.csv").write_text(":ID(t),:LABEL\n1,Town\n")
    (tmp_path / "edges.csv").write_text(
        ":START_ID(p),:END_ID(t),:TYPE,since:Long\n1,1,LIVES_IN,1999\n2,1,,\n"
    )
    graph = new_graph()
    report = imported(graph, tmp_path, Format.OPEN_CYPHER)
    assert nodes_of(graph) == {
        "p_1": (
            {"Person", "Admin"},
            {"key": "1", "name": "Ann, A.", "at": DateTime(19723, 0, 0), "where": "(1 2)"},
        ),
        "p_2": (set(), {"key": "2"}),
        "t_1": ({"Town"}, {}),
    }
    assert edges_of(graph) == [
        ("p_1", "LIVES_IN", "t_1", {"since": 1999}),
        ("p_2", "edge", "t_1", {}),
    ]
    assert (report.nodes, report.edges) == (3, 2)


@pytest.mark.parametrize("labels", [["Person", "Person;Admin"], [["Person"], ["Person", "Admin"]]])
def test_parquet_files(tmp_path: Path, labels: list[Any]) -> None:
    nodes = pa.table(
        {
            "~id": ["a", "b"],
            "~label": labels,
            "name": ["Ann", "Bob"],
            "age": pa.array([7, None], pa.int8()),
            "scores": pa.array([[1, 2], None], pa.list_(pa.int32())),
            "born": ["2024-01-01", None],
            "seen": [None, "2024-01-01T00:00:00Z"],
            "mixed": ['{"value": 1, "type": "Int"}', '{"value": "x", "type": "String"}'],
        }
    )
    nodes = nodes.replace_schema_metadata(
        {
            "anyTypeColumns": json.dumps(["mixed"]),
            "dateTypeColumns": "born",
            "dateTimeTypeColumns": json.dumps(["seen"]),
        }
    )
    pq.write_table(nodes, tmp_path / "nodes.parquet", row_group_size=1)
    edges = pa.table({"~id": [1, 2], "~from": ["a", "b"], "~to": ["b", "c"], "w": [0.5, None]})
    edges = edges.append_column("~label", pa.array(["knows", None]))
    pq.write_table(edges, tmp_path / "edges.parquet")
    graph = new_graph()
    report = imported(graph, tmp_path, Format.PARQUET, threads=2)
    assert nodes_of(graph) == {
        "a": (
            {"Person"},
            {"name": "Ann", "age": 7, "scores": [1, 2], "born": Date(19723), "mixed": 1},
        ),
        "b": ({"Person", "Admin"}, {"name": "Bob", "seen": DateTime(19723, 0, 0), "mixed": "x"}),
        "c": (set(), {}),
    }
    assert edges_of(graph) == EDGES_FOUND
    assert report.progress.records == 4


def test_rows_of_parquet_that_are_wrong(tmp_path: Path) -> None:
    nodes = pa.table(
        {
            "~id": ["a", None, "c", "d"],
            "embedding": pa.array([[1.0, 2.0], [1.0, 2.0], [1.0], [1.0, float("nan")]]),
            "born": ["2024-01-01", None, "never", None],
        }
    ).replace_schema_metadata({"dateTypeColumns": '["born"]'})
    pq.write_table(nodes, tmp_path / "nodes.parquet")
    graph = new_graph(dimension=2)
    report = imported(graph, tmp_path, Format.PARQUET, fail_on_error=False)
    assert nodes_of(graph) == {"a": (set(), {"born": Date(19723)})}
    assert embeddings_of(graph) == {"a": [1.0, 2.0]}
    path = tmp_path / "nodes.parquet"
    assert report.progress.error_details == (
        f"PARSING_ERROR: `~id` is empty. ({path}, line 2)\n"
        "PARSING_ERROR: Could not load vector embedding: `[1.0]`. Check the dimensionality for this"
        f" vector. ({path}, line 3)\n"
        "PARSING_ERROR: Could not load vector embedding: `[1.0,nan]`. Check the value for this"
        f" vector. ({path}, line 4)"
    )


def test_lists_of_parquet_whose_texts_are_dates(tmp_path: Path) -> None:
    table = pa.table({"~id": ["a", "b"], "d": [["2024-01-01", "1970-01-01"], None]})
    table = table.replace_schema_metadata({"dateTypeColumns": "d"})
    pq.write_table(table, tmp_path / "a.parquet")
    graph = new_graph()
    imported(graph, tmp_path, Format.PARQUET)
    assert nodes_of(graph) == {"a": (set(), {"d": [Date(19723), Date(0)]}), "b": (set(), {})}


@pytest.mark.parametrize("renamed", ['{"~id2": "d"}', "{"])
def test_names_of_parquet_that_are_none(tmp_path: Path, renamed: str) -> None:
    table = pa.table({"~id": ["a"], "d": [1]})
    table = table.replace_schema_metadata({"renamedVertexProperties": renamed})
    pq.write_table(table, tmp_path / "a.parquet")
    graph = new_graph()
    if renamed == "{":
        imported(graph, tmp_path, Format.PARQUET)
        assert nodes_of(graph) == {"a": (set(), {"d": 1})}
        return
    with pytest.raises(Invalid, match="Invalid data type encountered for header d"):
        imported(graph, tmp_path, Format.PARQUET)


def test_a_property_of_parquet_is_no_map(tmp_path: Path) -> None:
    table = pa.table({"~id": ["a"], "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(Invalid, match="Invalid data type encountered for header m:map"):
        imported(new_graph(), tmp_path, Format.PARQUET)


TEXTS = pa.array(["a", "b"])


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"~id": pa.array([["a"], ["b"]])}, "~id:list<"),
        ({"~id": pa.array([b"a", b"\xff"])}, "~id:binary"),
        ({"~id": pa.array([True, False])}, "~id:bool"),
        ({"~from": pa.array([{"x": 1}] * 2), "~to": TEXTS}, "~from:struct<"),
        ({"~id": TEXTS, "~label": pa.array([1, 2])}, "~label:int64"),
        ({"~id": TEXTS, "~label": pa.array([[1], [2]])}, "~label:list<"),
        ({"~from": TEXTS, "~to": TEXTS, "~label": pa.array([["A", "B"], ["C"]])}, "~label:list<"),
    ],
)
def test_columns_of_parquet_of_types_that_cannot_be(
    tmp_path: Path, columns: dict[str, Any], told: str
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(Invalid, match=f"Invalid data type encountered for header {told}"):
        imported(new_graph(), tmp_path, Format.PARQUET)


def test_dictionaries_of_parquet_are_as_their_texts(tmp_path: Path) -> None:
    columns = {"~id": TEXTS, "~label": TEXTS, "d": pa.array(["2024-01-01", None])}
    table = pa.table({name: array.dictionary_encode() for name, array in columns.items()})
    table = table.replace_schema_metadata({"dateTypeColumns": "d"})
    pq.write_table(table, tmp_path / "a.parquet")
    graph = new_graph()
    imported(graph, tmp_path, Format.PARQUET)
    assert nodes_of(graph) == {"a": ({"a"}, {"d": Date(19723)}), "b": ({"b"}, {})}


def test_an_empty_label_is_none(tmp_path: Path) -> None:
    labels = pa.array([["A", ""], [None, ""], ["", "A", "B"]])
    pq.write_table(pa.table({"~id": ["a", "b", "c"], "~label": labels}), tmp_path / "n.parquet")
    ends = {"~from": ["a", "b", "c"], "~to": ["b"] * 3, "~label": ["", "T", None]}
    pq.write_table(pa.table(ends), tmp_path / "e.parquet")
    graph = new_graph()
    imported(graph, tmp_path, Format.PARQUET)
    labels_found = {name: labels for name, (labels, _) in nodes_of(graph).items()}
    assert labels_found == {"a": {"A"}, "b": set(), "c": {"A", "B"}}
    assert [kind for _, kind, _, _ in edges_of(graph)] == ["edge", "T", "edge"]


@pytest.mark.parametrize("more", ["", 'd,e,"x""y"\n'])
def test_an_empty_quoted_type_is_none(tmp_path: Path, more: str) -> None:
    (tmp_path / "e.csv").write_text('~from,~to,~label\na,b,""\nb,c,\nc,d,T\n' + more)
    graph = new_graph()
    imported(graph, tmp_path)
    assert [kind for _, kind, _, _ in edges_of(graph)][:3] == ["edge", "edge", "T"]


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("~id\na\n")
    with pytest.raises(Invalid, match="cannot be read as Parquet"):
        imported(new_graph(), tmp_path, Format.PARQUET)


def test_triples(tmp_path: Path) -> None:
    text = r"""
<http://e/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/P;x> .
<http://e/a> <http://e/name> "Al\"ice, \u00e9"@en-GB .  # a comment
<http://e/a> <http://e/name> "Alice" .
<http://e/a> <http://e/age> "42"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://e/a> <http://e/at> "2024-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<http://e/a> <http://e/odd> "v"^^<http://e/type> .
# a comment
_:b1 <http://e/knows> <http://e/a> .
<http://e/\u00e9> <http://e/knows> _:b1 .
"""
    (tmp_path / "a.nt").write_text(text)
    graph = new_graph()
    report = imported(graph, tmp_path, Format.NTRIPLES, load_id="one")
    nodes = nodes_of(graph)
    assert nodes.pop("<http://e/a>") == (
        {"<http://e/P;x>"},
        {
            "<http://e/name>": ['Al"ice, é', "Alice"],
            "<http://e/age>": 42,
            "<http://e/at>": DateTime(19723, 0, 0),
            "<http://e/odd>": "v",
        },
    )
    assert nodes.pop("<http://e/é>") == (set(), {})
    [(blank, content)] = nodes.items()
    assert content == (set(), {})
    assert blank.startswith("<http://aws.amazon.com/neptune/vocab/v01/BNode/")
    assert blank.endswith("#b1>")
    assert edges_of(graph) == sorted(
        [
            (blank, "<http://e/knows>", "<http://e/a>", {}),
            ("<http://e/é>", "<http://e/knows>", blank, {}),
        ]
    )
    assert (report.duplicates, report.progress.records) == (0, 8)


def test_blank_nodes_of_two_files_and_loads_are_apart(tmp_path: Path) -> None:
    for name in ("a.nt", "b.nt"):
        (tmp_path / name).write_text("_:x <http://e/p> _:y .\n")
    graph, again = new_graph(), new_graph()
    imported(graph, tmp_path, Format.NTRIPLES, load_id="one")
    imported(again, tmp_path, Format.NTRIPLES, load_id="two")
    assert len(nodes_of(graph)) == 4
    assert nodes_of(graph).keys().isdisjoint(nodes_of(again))


@pytest.mark.parametrize(
    "line",
    [
        rb'<a> <p> "\uD800" .',
        rb'<a> <p> "\uD83D\uDE00" .',
        rb'<a> <p> "\UFFFFFFFF" .',
        rb"<a\uDFFF> <p> <b> .",
        rb"<a> <p\U00110000> <b> .",
        b'<a> <p> "\xff" .',
    ],
)
def test_what_names_no_character_is_told(tmp_path: Path, line: bytes) -> None:
    kept = rb'<b> <p> "\\uD800 \U0001F600 \uFFFD" .'
    (tmp_path / "a.nt").write_bytes(line + b"\n" + kept + b"\n")
    graph = new_graph()
    report = imported(graph, tmp_path, Format.NTRIPLES, fail_on_error=False)
    assert report.progress.errors == 1
    assert str(report.progress.error_details).rpartition(" ")[2] == "1)"
    assert nodes_of(graph) == {"<b>": (set(), {"<p>": "\\uD800 \U0001f600 \ufffd"})}


@pytest.mark.parametrize(
    "line",
    [
        r'<a> <p> "\q" .',
        r'<a> <p> "\u00g0" .',
        r'<a> <p> "\U0000004" .',
        r"<a\n> <p> <c> .",
        r"<a> <p\t> <c> .",
        r"_:a\u0041 <p> <c> .",
        "<a b> <p> <c> .",
        "<a> <p> 'x' .",
        '<a> <p> "x"@en_US .',
        '<a> <p> "x"^^xsd:int .',
        '"a" <p> <c> .',
        "<a> _:p <c> .",
        "<a> <p> <c> <g> .",
        "<a> <p> <c> . <a> <p> <d> .",
        "@prefix e: <a> .",
    ],
)
def test_what_is_no_triple_is_told(tmp_path: Path, line: str) -> None:
    """Each differs from a triple by little: escapes are those of the grammar, and no others."""
    (tmp_path / "a.nt").write_text(line + "\n<a><p><c>.# next to each other\n")
    graph = new_graph()
    report = imported(graph, tmp_path, Format.NTRIPLES, fail_on_error=False)
    assert str(report.progress.error_details).endswith(f"[{line}]`. ({tmp_path / 'a.nt'}, line 1)")
    assert edges_of(graph) == [("<a>", "<p>", "<c>", {})]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"\t\b\n\r\f\"\'\\"', "\t\b\n\r\f\"'\\"),
        (r'"\\u0041\u0041"', "\\u0041A"),
        ('"1"^^<http://www.w3.org/2001/XMLSchema#boolean>', True),
        ('"0"^^<http://www.w3.org/2001/XMLSchema#boolean>', False),
        ('"true"^^<http://www.w3.org/2001/XMLSchema#boolean>', True),
    ],
)
def test_literals(tmp_path: Path, literal: str, value: Any) -> None:
    (tmp_path / "a.nt").write_text(f"\ufeff<a> <p> {literal} .\n")
    graph = new_graph()
    imported(graph, tmp_path, Format.NTRIPLES)
    assert nodes_of(graph) == {"<a>": (set(), {"<p>": value})}


def test_a_folder_that_links_to_itself_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "in" / "below").mkdir(parents=True)
    (tmp_path / "in" / "a.nt").write_text("<a> <b> <c> .\n")
    (tmp_path / "in" / "below" / "up").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "here").symlink_to(".")
    graph = new_graph()
    imported(graph, tmp_path / "in", Format.NTRIPLES)
    assert edges_of(graph) == [("<a>", "<b>", "<c>", {})]


def test_lines_that_are_no_triples(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(
        '<a> <b> <c> .\nnonsense\n<a> <n> "x"^^<http://www.w3.org/2001/XMLSchema#int> .\n<a> <b> <c>\n'
    )
    graph = new_graph()
    report = imported(graph, tmp_path, Format.NTRIPLES, fail_on_error=False)
    assert edges_of(graph) == [("<a>", "<b>", "<c>", {})]
    assert report.progress.errors == 3
    details = str(report.progress.error_details).splitlines()
    assert [line.rpartition(" ")[2] for line in details] == ["2)", "3)", "4)"]


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        ("gz", gzip.compress),
        ("bz2", bz2.compress),
        ("zst", zstandard.compress),
        ("gz", lambda data: gzip.compress(data[:30]) + gzip.compress(data[30:])),
        ("GZ", lambda data: gzip.compress(data) + bytes(100)),
        ("bz2", lambda data: bz2.compress(data[:30]) + bz2.compress(data[30:])),
        ("zstd", lambda data: zstandard.compress(data[:30]) + zstandard.compress(data[30:])),
    ],
)
def test_packed_files(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / f"nodes.csv.{ending}").write_bytes(pack(NODES.encode()))
    (tmp_path / f"edges.csv.{ending}").write_bytes(pack(EDGES.encode()))
    graph = new_graph()
    imported(graph, tmp_path)
    assert nodes_of(graph) == NODES_FOUND
    assert edges_of(graph) == EDGES_FOUND


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("zst", zstandard.compress)]
)
def test_what_few_packed_bytes_make_comes_some_at_a_time(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    """Equal lines are packed to a thousandth and less, and need not be in memory together."""
    line = b"a,b\n"
    data = line * (48 << 20 >> 2)
    path = tmp_path / f"a.{ending}"
    path.write_bytes(pack(data[: len(data) // 2]) + pack(data[len(data) // 2 :]))
    (file,) = files_of(str(path), None)
    pieces = list(pieces_of(file, limits.IMPORT_PIECE_BYTES))
    assert max(len(piece.data) for piece in pieces) <= 4 * limits.IMPORT_PIECE_BYTES
    assert sum(piece.stored_bytes for piece in pieces) == path.stat().st_size
    assert b"".join([piece.data for piece in pieces]) == data


# The header of what gzip packs has the time, and names of tests must not.
@pytest.mark.parametrize(
    "data", [b"~id\na\n", gzip.compress(NODES.encode())[:-9]], ids=["plain", "cut"]
)
def test_files_that_cannot_be_unpacked(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "nodes.csv.gz").write_bytes(data)
    graph = new_graph()
    with pytest.raises(Invalid, match="cannot be unpacked"):
        imported(graph, tmp_path)
    assert graph.version.next_node == 0


def test_rows_of_one_node_are_merged(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text(
        "~id,~label,n:Int,one:Int(single),l:String[]\na,A,1,1,x;y\nb,B,5,5,\na,A;C,2,2,y;z\na,,1,,\n"
    )
    (tmp_path / "2.csv").write_text("~id,~label,more\nb,D,m\nc,,k\n")
    graph = new_graph()
    report = imported(graph, tmp_path)
    assert nodes_of(graph) == {
        "a": ({"A", "C"}, {"n": [1, 2], "one": 2, "l": ["x", "y", "z"]}),
        "b": ({"B", "D"}, {"n": 5, "one": 5, "more": "m"}),
        "c": (set(), {"more": "k"}),
    }
    assert (report.nodes, report.duplicates) == (3, 3)


def test_types_of_one_key_may_differ_between_files(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,k:Int\na,1\n")
    (tmp_path / "2.csv").write_text("~id,k:String\nb,x\n")
    graph = new_graph()
    imported(graph, tmp_path)
    assert nodes_of(graph) == {"a": (set(), {"k": 1}), "b": (set(), {"k": "x"})}


def test_a_row_of_an_id_alone_is_none_for_neptune(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,~label,k:Int\na,,\nb,,1\nc,L,\n")
    neptune, ours = new_graph("neptune"), new_graph()
    imported(neptune, tmp_path)
    imported(ours, tmp_path)
    assert nodes_of(neptune) == {"b": (set(), {"k": 1}), "c": ({"L"}, {})}
    assert nodes_of(ours) == {**nodes_of(neptune), "a": (set(), {})}


def test_a_graph_that_was_reset_is_filled_again(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text(NODES)
    (tmp_path / "2.csv").write_text(EDGES)
    graph = new_graph()
    for delete in ("MATCH (n) DETACH DELETE n", "MATCH (n:Nobody) DELETE n"):
        imported(graph, tmp_path)
        assert nodes_of(graph) == NODES_FOUND
        assert edges_of(graph) == EDGES_FOUND
        graph.query(delete).rows()
    graph.reset()
    imported(graph, tmp_path)
    assert edges_of(graph) == EDGES_FOUND


def test_many_edges_of_several_types(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    ends = rng.integers(0, 300, (2, 20_000))
    kinds = rng.choice(["a", "b", "c"], 20_000, p=[0.9, 0.0999, 0.0001])
    lines = [
        f"{s},{t},{kind},{row}\n" for row, (s, t, kind) in enumerate(zip(*ends, kinds, strict=True))
    ]
    (tmp_path / "edges.csv").write_text("~from,~to,~label,row:Int\n" + "".join(lines))
    graph = new_graph()
    imported(graph, tmp_path, threads=2)
    found = sorted((one[3]["row"], one[0], one[2], one[1]) for one in edges_of(graph))
    assert found == [
        (row, str(s), str(t), str(kind))
        for row, (s, t, kind) in enumerate(zip(*ends, kinds, strict=True))
    ]


@pytest.mark.parametrize("form", [Format.CSV, Format.OPEN_CYPHER, Format.PARQUET])
def test_embeddings_are_imported(tmp_path: Path, form: Format) -> None:
    if form is Format.PARQUET:
        vectors = pa.array([[1, 2], None, [5, 6], [7, 0]], pa.list_(pa.int32()))
        nodes = pa.table({"~id": ["a", "b", "a", "c"], "x": [1, 1, 1, 1], "embedding": vectors})
        pq.write_table(nodes, tmp_path / "nodes.parquet", row_group_size=2)
    else:
        header = "~id,x:Int" if form is Format.CSV else ":ID,x:Int"
        rows = "a,1,1;2\nb,1,\na,1,5.0;6\nc,1, 7 ;0\n"
        (tmp_path / "nodes.csv").write_text(f"{header},embedding:Vector\n{rows}")
    graph = new_graph(dimension=2)
    imported(graph, tmp_path, form)
    # Of a node that comes twice, the later one stands.
    assert embeddings_of(graph) == {"a": [5, 6], "c": [7, 0]}
    assert nodes_of(graph) == {name: (set(), {"x": 1}) for name in "abc"}
    without = new_graph()
    imported(without, tmp_path, form)
    assert nodes_of(without) == nodes_of(graph)
    assert without.version.vectors is None


def test_embeddings_that_are_wrong_are_told(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("~id,x:Int,embedding:vector\na,1,1;2\nb,1,a;bc;d\nc,1,1;NaN\nd,1,1;INF\n")
    graph = new_graph(dimension=2)
    with pytest.raises(Invalid) as refusal:
        imported(graph, tmp_path)
    assert refusal.value.message == (
        "PARSING_ERROR: Could not load vector embedding: `[a,bc,d]`. Check the dimensionality for"
        f" this vector. ({path}, line 3)"
    )
    report = imported(graph, tmp_path, fail_on_error=False)
    assert embeddings_of(graph) == {"a": [1, 2]}
    assert report.progress.errors == 3
    assert "`[1,NaN]`. Check the value for this vector." in report.progress.error_details


def test_a_row_of_an_embedding_alone_is_none_in_neptune(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("~id,x:Int,embedding:Vector\na,,1;2\nb,1,3;4\n")
    neptune, ours = new_graph("neptune", 2), new_graph(dimension=2)
    for graph, expected in ((neptune, {"b": [3, 4]}), (ours, {"a": [1, 2], "b": [3, 4]})):
        imported(graph, tmp_path)
        assert embeddings_of(graph) == expected
        assert nodes_of(graph).keys() == expected.keys()


def test_a_graph_that_was_reset_takes_embeddings_again(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("~id,x:Int,embedding:Vector\na,1,1;2\n")
    graph = new_graph(dimension=2)
    for _ in range(2):
        imported(graph, tmp_path)
        assert embeddings_of(graph) == {"a": [1, 2]}
        graph.reset()
        assert embeddings_of(graph) == {}


def test_lines_of_parquet_are_counted_through_all_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "IMPORT_BATCH_ROWS", 2)
    nodes = pa.table({"~id": ["a", "b", "c", None, "e"], "x": [1, 2, 3, 4, 5]})
    pq.write_table(nodes, tmp_path / "nodes.parquet")
    graph = new_graph()
    report = imported(graph, tmp_path, Format.PARQUET, fail_on_error=False)
    assert {key: values["x"] for key, (_, values) in nodes_of(graph).items()} == {
        "a": 1,
        "b": 2,
        "c": 3,
        "e": 5,
    }
    assert report.progress.error_details == (
        f"PARSING_ERROR: `~id` is empty. ({tmp_path / 'nodes.parquet'}, line 4)"
    )
