"""Headers of both CSV forms: what they say, and the service's own texts for what is wrong with them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from seaglass.engine.transfer.gremlin import gremlin_layout
from seaglass.engine.transfer.issues import Rejected
from seaglass.engine.transfer.layout import ColumnSpec, Role, Type
from seaglass.engine.transfer.opencypher import opencypher_layout
from seaglass.engine.transfer.parquet import layout_of_schema


def spec(name: str) -> ColumnSpec:
    """The property column of a Gremlin header."""
    return gremlin_layout(["~id", name], "f").columns[1]


def refused(layout_of: object, header: str) -> str:
    with pytest.raises(Rejected) as caught:
        layout_of(header.split(","), "f.csv")  # type: ignore[operator]
    assert caught.value.issue.line == 1
    return caught.value.issue.text


@pytest.mark.parametrize(
    ("name", "key", "kind", "many", "single"),
    [
        ("a", "a", Type.STRING, False, False),
        ("a:int", "a", Type.INT, False, False),
        ("a:INT[]", "a", Type.INT, True, False),
        ("a:String(single)", "a", Type.STRING, False, True),
        ("a:String(set)", "a", Type.STRING, False, False),
        ("a:Long(set)[]", "a", Type.LONG, True, False),
        ("a\\:b:DateTime", "a:b", Type.DATETIME, False, False),
        ("a:Any", "a", Type.ANY, False, False),
    ],
)
def test_gremlin_columns(name: str, key: str, kind: Type, many: bool, single: bool) -> None:
    assert spec(name) == ColumnSpec(name, Role.PROPERTY, key, kind, many, single)


def test_ids_of_edges_are_ignored() -> None:
    layout = gremlin_layout(["~id", "~from", "~to", "w:Float"], "f")
    assert layout.edges
    assert [one.role for one in layout.columns] == [
        Role.IGNORED,
        Role.FROM,
        Role.TO,
        Role.PROPERTY,
    ]


def test_opencypher_columns() -> None:
    layout = opencypher_layout(["pid:ID(people)", ":LABEL", "a", "b:Point", "c:Double"], "f")
    assert layout.columns == (
        ColumnSpec("pid:ID(people)", Role.ID, "pid", space="people"),
        ColumnSpec(":LABEL", Role.LABEL),
        ColumnSpec("a", Role.PROPERTY, "a", single=True),
        ColumnSpec("b:Point", Role.PROPERTY, "b", single=True),
        ColumnSpec("c:Double", Role.PROPERTY, "c", Type.DOUBLE, single=True),
    )
    layout = opencypher_layout([":START_ID(x)", ":END_ID", ":TYPE", ":ID"], "f")
    assert layout.edges
    assert [one.role for one in layout.columns] == [Role.FROM, Role.TO, Role.LABEL, Role.IGNORED]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (":ID,a:String,val:bad", "Invalid data type encountered for header val:bad {line}"),
        (":ID,a:String[],:LABEL", "Multi-valued columns are not supported `a:String[]` {line}"),
        (
            "~id,a:String,val:int,:LABEL",
            "{unknown}, found system columns from '`csv`' format {line}",
        ),
        (":LABEL,a:String", "{unknown}. {needs}"),
        (":ID,:TYPE", "{unknown}. {needs}"),
        (":START_ID,:END_ID,:LABEL", "{unknown}. {needs}"),
        (":START_ID,a:String", "{file} both `:START_ID` and `:END_ID` columns {line}"),
        (":ID,:BLAH", "Named column name is not present for header field `:BLAH` {line}"),
        (":ID,a:LABEL", "System column other than ID cannot be stored as a property: a:LABEL."),
        (":ID,:LABEL, a:String, a:String", "Duplicate user column `a` {line}"),
        (":ID,:ID,a:String,:LABEL", "Duplicate system column `:ID` found {line}"),
        ("key:ID,:ID(x),a", "Duplicate system column `:ID` found {line}"),
        (":ID,abcd:Vector", "{named} when parsing line [:ID,abcd:Vector] in [f.csv]."),
        (":ID,,a", "Headers must be non-empty."),
    ],
)
def test_what_is_wrong_with_opencypher_headers(header: str, text: str) -> None:
    told = text.format(
        line=f"when parsing line `[{header}]`.",
        unknown="Bad header for a file in '`OPEN_CYPHER`' format, could not determine node or"
        " relationship file",
        needs=f"The header is `[{header}]`. A file of nodes needs `:ID`, and not `:TYPE`, in its header,"
        " one of edges `:START_ID` and `:END_ID`, and not `:LABEL`: see docs/import.md.",
        file="Relationship file in '`OPEN_CYPHER`' format should contain",
        named="Invalid column name provided for loading embeddings: [abcd] for filename: f.csv."
        " Embedding column name must be the same as their corresponding vector index name",
    )
    assert refused(opencypher_layout, header) == told


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (":ID,a:String,~label", "{mixed} '`OPEN_CYPHER`' format `:ID` {line}"),
        ("~id,~id", "Duplicate system column `~id` found {line}"),
        ("~id,a:int,a:string", "Duplicate user column `a` {line}"),
        ("~id,~from,a", "{file} both `~from` and `~to` columns {line}"),
        ("a,b", "{unknown} {line} {needs}"),
        ("~label,name:String", "{unknown} {line} {needs}"),
        ("~from,~to,a:Int[]", "Multi-valued columns are not supported `a:Int[]` {line}"),
        ("~id,~w:Int", "Invalid data type encountered for header ~w:Int {line}"),
        ("~id,a:Any[]", "Invalid data type encountered for header a:Any[] {line}"),
        ("~id,:int", "Named column name is not present for header field `:int` {line}"),
    ],
)
def test_what_is_wrong_with_gremlin_headers(header: str, text: str) -> None:
    told = text.format(
        line=f"when parsing line `[{header}]`.",
        mixed="Invalid data type. Found system columns from",
        unknown="Bad header for a file in '`csv`' format, could not determine node or relationship"
        " file",
        needs="A file of nodes needs `~id` in its header, one of edges `~from` and `~to`: see"
        " docs/import.md.",
        file="Relationship file in '`csv`' format should contain",
    )
    assert refused(gremlin_layout, header) == told


def test_a_table_without_ids_is_told_with_its_columns() -> None:
    with pytest.raises(
        Rejected, match=r"column `~id` .* columns are key,name: see docs/import\.md"
    ):
        layout_of_schema(pa.schema({"key": pa.string(), "name": pa.string()}), "f.parquet")
