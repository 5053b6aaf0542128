from __future__ import annotations

import pytest

from seaglass.engine.cypher.rules.choose_start import choose_start
from seaglass.engine.cypher.rules.narrow_expands import narrow_expands
from tests.engine.cypher.plans import around, golden


def test_an_expansion_from_all_nodes_names_what_its_edges_must_have() -> None:
    before, after = around(
        narrow_expands,
        "MATCH (a:A)-[r:T]->(b) WHERE $x < r.w AND r.w <> b.w AND r.z IN [1, 'a'] RETURN a",
    )
    assert before == golden(
        """
            Project a
            Filter ($x < r.w) AND (r.w <> b.w) AND (r.z IN [1, 'a'])
            Expand (a)-[r:T]->(b)
            NodeScan (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Filter ($x < r.w) AND (r.w <> b.w) AND (r.z IN [1, 'a'])
            Expand (a)-[r:T]->(b) by w > $x, z IN [1, 'a']
            NodeScan (a:A)
            Unit
        """
    )


def test_values_may_come_from_rows() -> None:
    before, after = around(
        narrow_expands, "UNWIND $rows AS x MATCH (a)-[{w: x, z: 1}]-() WHERE a.x > 1 RETURN a"
    )
    assert before == golden(
        """
            Project a
            Filter (` e2`.w = x) AND (` e2`.z = 1)
            Expand (a)-[` e2`]-(` n1`)
            Filter a.x > 1
            NodeScan (a) by x > 1
            Unwind $rows AS x
            Unit
        """
    ).replace("e2", "e1").replace("n1", "n2")
    assert "Expand (a)-[` e1`]-(` n2`) by w = x, z = 1\n" in after


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a)-[r]->(b) WHERE r.w <> 1 RETURN a",
        "MATCH (a)-[r]->(b) WHERE r.w = a.x RETURN a",
        "MATCH (a)-[r]->(b) WHERE r.w > b.x RETURN a",
        "MATCH (a)-[r]->(b) WHERE r.w = rand() RETURN a",
        "MATCH (a {x: 1})-[r {w: 1}]->(b) RETURN a",
        "MATCH (a)-[r {w: 1}]->(b) WHERE a.x STARTS WITH 'x' RETURN a",
        "MATCH (a) WHERE a.x < rand() MATCH (a)-[r {w: 1}]->(b) RETURN a",
        "MATCH (a)-[r {w: 1}]->(b) WHERE id(a) = 'x' RETURN a",
        "MATCH (a)-[r {w: 1}]->(a) RETURN a",
        "MATCH (a)-[*2 {w: 1}]->(b) RETURN a",
    ],
)
def test_other_expansions_stay(text: str) -> None:
    before, after = around(narrow_expands, text)
    assert after == before


def test_a_pattern_is_entered_by_the_edge_that_must_have_a_value() -> None:
    _, after = around(choose_start, "MATCH (a)-[q]->(b)-[r {w: 1}]->(c)-[s]->(d) RETURN a")
    assert (
        after
        == golden(
            """
            Project a
            Expand (b)<-[q]-(a) distinct from r
            Expand (c)-[s]->(d) distinct from r, q
            Filter r.w = 1
            Expand (b)-[r]->(c)
            NodeScan (b)
            Unit
        """
        )
        or after
    )


def test_a_label_is_a_better_entrance() -> None:
    _, after = around(choose_start, "MATCH (a:A)-[q]->(b)-[r {w: 1}]->(c) RETURN a")
    assert "NodeScan (a:A)" in after
    _, after = around(choose_start, "MATCH (a)-[q]->(b:B)-[r {w: 1}]->(c) RETURN a")
    assert after.endswith("Expand (b)-[r]->(c)\nNodeScan (b:B)\nUnit")
