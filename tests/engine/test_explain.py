"""What explain tells: the plan's operators in order, and what a run of them did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seaglass
from seaglass.base.errors import Invalid, SeaglassError
from seaglass.engine.cypher.compile import RULE_NAMES

if TYPE_CHECKING:
    from seaglass.engine.live_graph import Graph


@pytest.fixture
def graph() -> Graph:
    graph = seaglass.open(None).create_graph("explained")
    graph.query("UNWIND range(1, 10) AS x CREATE (:A {x: x})-[:R]->(:B {x: x % 3})").rows()
    return graph


def table_of(text: str, part: int = 0) -> list[dict[str, str]]:
    """The rows of one table; lines of a cell are joined."""
    tables = text.split("╔")[1:]
    lines = [line for line in tables[part].splitlines() if line.startswith("║")]
    titles = cells(lines[0])
    rows: list[dict[str, str]] = []
    for line in lines[1:]:
        values = dict(zip(titles, cells(line), strict=True))
        if values["ID"] or values["Name"]:
            rows.append(values)
        else:
            rows[-1]["Arguments"] += values["Arguments"]
    return rows


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("║").split("│")]


def test_static_shows_the_plan_and_runs_nothing(graph: Graph) -> None:
    text = graph.explain("MATCH (a:A)-[:R]->(b) CREATE (:New) RETURN a.x AS x, b.x ORDER BY x")
    assert text.startswith("Query:\nMATCH (a:A)")
    rows = table_of(text)
    assert list(rows[0]) == ["ID", "Out #1", "Out #2", "Name", "Arguments", "Mode"]
    names = [row["Name"] for row in rows]
    assert names[:3] == ["SolutionInjection", "DFEPipelineScan", "DFEPipelineJoin"]
    assert {"Create", "DFESort", "DFESerialize", "DFEDrain"} <= set(names)
    assert [row["ID"] for row in rows] == [str(number) for number in range(len(rows))]
    assert graph.query("MATCH (n:New) RETURN count(n) AS n").rows() == [{"n": 0}]


def test_details_counts_the_rows_of_each_operator(graph: Graph) -> None:
    rows = table_of(graph.explain("MATCH (a:A)-[:R]->(b) WHERE b.x = 0 RETURN a", mode="details"))
    out = {row["Name"]: int(row["Units Out"]) for row in rows if row["Units Out"]}
    assert out["DFEPipelineScan"] in (10, 20)
    assert out["DFESerialize"] == 3
    assert all(float(row["Time (ms)"]) >= 0 for row in rows)
    assert rows[-1]["Name"] == "Summed execution time"


def test_details_writes_and_fails_as_the_query_does(graph: Graph) -> None:
    graph.explain("CREATE (:Made)", mode="DETAILS")
    assert graph.query("MATCH (n:Made) RETURN count(n) AS n").rows() == [{"n": 1}]
    with pytest.raises(SeaglassError):
        graph.explain("UNWIND [1, 'a'] AS x RETURN x / 0", mode="DETAILS")


def test_the_match_of_a_merge_is_a_table_of_its_own(graph: Graph) -> None:
    text = graph.explain("MERGE (a:A {x: 1})-[:S]->(b:B) RETURN a", mode="DETAILS")
    merge = next(row for row in table_of(text) if row["Name"] == "Merge")
    assert merge["Arguments"].endswith("subQuery=subQuery1")
    assert "\nsubQuery1\n" in text
    assert table_of(text, part=1)[0]["Name"] == "SolutionInjection"


def test_plans_inside_plans_and_expressions_are_numbered_as_they_are_named(graph: Graph) -> None:
    text = graph.explain(
        "MATCH (a:A) WHERE EXISTS { (a)-->(b) WHERE COUNT { (b)<--() } = 1 }"
        " CALL { WITH a MATCH (a)-[:R]->(b) RETURN b UNION MATCH (b:B {x: 5}) RETURN b }"
        " OPTIONAL MATCH (b)-[:No]->(c) RETURN a, c",
        mode="DETAILS",
    )
    tables = [
        [(row["Name"], row["Arguments"].partition("subQuery=")[2]) for row in table_of(text, part)]
        for part in range(text.count("╔"))
    ]
    named = {name: inner for name, inner in tables[0] if inner}
    assert named == {
        "DFESelectRows": "subQuery1",
        "DFEChunkLocalSubQuery": "subQuery2",
        "DFEOptionalJoin": "subQuery3",
    }
    assert ("DFESelectRows", "subQuery4") in tables[1]
    assert ("DFEUnion", "subQuery5subQuery=subQuery6") in tables[2]
    assert [name for name, _ in tables[4]][1:3] == ["DFEPipelineRangeCount", "DFEGroupByHashIndex"]
    assert [text.count(f"\nsubQuery{number}\n") for number in range(1, 8)] == [1] * 6 + [0]
    # What runs inside is counted: ten nodes with one edge each.
    assert table_of(text, 1)[-2]["Units Out"] == "10"


def test_long_and_odd_arguments_stay_in_their_cells(graph: Graph) -> None:
    wide = "x" * 5_000
    lines = graph.explain(f"MATCH (n) WHERE n.`{wide}` = 'a\nb║' RETURN 1").splitlines()
    drawn = [line for line in lines if line[:1] in tuple("╔║╠╟╚")]
    assert len({len(line) for line in drawn}) == 1
    assert len(drawn[0]) < 250


def test_another_mode_is_refused(graph: Graph) -> None:
    with pytest.raises(Invalid, match="STATIC or DETAILS"):
        graph.explain("RETURN 1", mode="FULL")


def test_a_plan_that_is_not_kept_gives_the_same_rows(graph: Graph) -> None:
    text = "MATCH (a:A) RETURN sum(a.x) AS n"
    assert graph.query(text, plan_cache="DISABLED").rows() == graph.query(text).rows()


MEANING = (
    "MATCH (a:A)-[:R]->(b:B) WHERE b.x = 1 RETURN a.x, b.x ORDER BY a.x LIMIT 2",
    "MATCH (a)-[:R]->(b)-[:R]->(c) RETURN count(*)",
    "MATCH (a)-[:R*1..2]->(b) RETURN count(DISTINCT b)",
    "MATCH (n) WHERE id(n) IN ['x'] OR n.x > 9 WITH n.x AS x, labels(n) AS l RETURN x, l",
)


@pytest.mark.parametrize("off", [*RULE_NAMES, "all"])
def test_each_rule_can_be_left_out(graph: Graph, off: str) -> None:
    hint = f'USING QUERY:RULESOFF "{off}" '
    for text in MEANING:
        assert graph.query(hint + text).rows() == graph.query(text).rows()
        told = rules_told(graph.explain(hint + text))
        assert told == set() if off == "all" else off not in told


def test_rules_that_changed_a_plan_are_told(graph: Graph) -> None:
    assert "top" in rules_told(graph.explain(MEANING[0]))
    assert "count_paths" in rules_told(graph.explain(MEANING[1], mode="DETAILS"))
    assert rules_told(graph.explain("RETURN 1 AS x")) == set()
    both = graph.explain('USING QUERY:RULESOFF "TOP, push_filters" ' + MEANING[0])
    assert rules_told(both).isdisjoint({"top", "push_filters"})
    with pytest.raises(Invalid, match="as the value of the hint QUERY:RULESOFF"):
        graph.query("USING QUERY:RULESOFF 'topp' RETURN 1")


def rules_told(text: str) -> set[str]:
    told = text.strip().rpartition("Rules that changed the plan: ")[2]
    return set() if told == "none" else set(told.split(", "))
