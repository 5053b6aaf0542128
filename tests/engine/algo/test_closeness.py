"""Closeness against searches from every node, and how a sample takes the place of all nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.algo.closeness import sample
from tests.engine.algo.plain import DIRECTIONS, SOME_LABELS, SOME_TYPES, plains
from tests.engine.algo.test_degree import needs_routes
from tests.engine.algo.tools import asked, graph
from tests.engine.exec.test_routes import loaded
from tests.engine.exec.tools import WorkingView

if TYPE_CHECKING:
    from tests.engine.algo.plain import Plain


def distances(steps: set[tuple[int, int]], start: int) -> dict[int, int]:
    found, front, away = {start: 0}, {start}, 0
    while front:
        away += 1
        front = {there for here, there in steps if here in front} - found.keys()
        found |= dict.fromkeys(front, away)
    return found


def expected(plain: Plain, config: dict[str, Any], nodes: list[int]) -> dict[int, float]:
    label = () if config["vertexLabel"] is None else (config["vertexLabel"],)
    kept = plain.nodes(label)
    links = plain.links(config["traversalDirection"], tuple(config["edgeLabels"]), label)
    steps = {(here, there) for here, there, _ in links if here in kept}
    sources = [kept[place] for place in sample(len(kept), config["numSources"]).tolist()]
    found = {}
    for node in kept:
        if node not in nodes:
            continue
        away = distances(steps, node)
        reached = [away[source] for source in sources if source in away and source != node]
        others = len([source for source in sources if source != node])
        score = 0.0
        if reached:
            share = len(reached) ** 2 / others if config["normalize"] else others
            score = share / sum(reached)
        found[node] = score
    return found


@given(plains(), DIRECTIONS, SOME_TYPES, SOME_LABELS, st.integers(1, 12), st.booleans(), st.data())
def test_closeness_is_what_searches_give(
    plain: Plain,
    direction: str,
    types: tuple[str, ...],
    labels: tuple[str, ...],
    sources: int,
    normalize: bool,
    data: st.DataObject,
) -> None:
    config = {
        "numSources": sources,
        "normalize": normalize,
        "traversalDirection": direction,
        "edgeLabels": list(types),
        "vertexLabel": labels[0] if labels else None,
        "concurrency": data.draw(st.sampled_from([0, 1])),
    }
    view = WorkingView(plain.version())
    alive = plain.nodes()
    some = data.draw(st.lists(st.sampled_from(alive), max_size=3)) if alive else []
    text = """WITH $config AS c UNWIND $nodes AS x
              CALL neptune.algo.closenessCentrality(x, c) YIELD node, score
              RETURN id(node), score"""
    for nodes in (some, alive):
        named = [str(node) for node in nodes]
        rows = asked(text, view, config=config, nodes=named).rows
        wanted = expected(plain, config, nodes)
        assert {int(node): score for node, score in rows} == pytest.approx(wanted)
        assert len(rows) == sum(node in wanted for node in nodes)
    text = """WITH $config AS c CALL neptune.algo.closenessCentrality.mutate(c) YIELD success
              MATCH (n) WHERE n.s IS NOT NULL RETURN id(n), n.s"""
    rows = asked(text, view, config={**config, "writeProperty": "s"}).rows
    assert {int(node): score for node, score in rows} == pytest.approx(
        expected(plain, config, alive)
    )


def test_samples() -> None:
    assert sample(5, 5).tolist() == sample(5, 100).tolist() == [0, 1, 2, 3, 4]
    assert sample(0, 3).tolist() == []
    few, more = sample(1000, 10), sample(1000, 500)
    assert few.tolist() == sorted({*few.tolist()})
    assert {*few.tolist()} < {*more.tolist()}
    assert len(few) == 10
    # Half of a sample of 500 lies below the middle, but for chance.
    assert 200 < np.count_nonzero(more < 500) < 300


def test_the_number_of_sources_must_be_given() -> None:
    view = graph({"a": []}, [])
    for config, message in (
        ("{}", "closenessCentrality needs the option numSources, an integer of at least 1"),
        ("{numSources: 0}", "takes as numSources an integer of at least 1, not 0"),
        ("{numSources: 1, normalize: 1}", "takes as normalize true or false"),
    ):
        with pytest.raises(Invalid) as raised:
            asked(f"CALL neptune.algo.closenessCentrality('a', {config})", view)
        assert message in raised.value.message


@needs_routes
def test_closeness_of_the_air_routes() -> None:
    view = WorkingView(loaded().version)
    text = """MATCH (n:airport) WHERE n.code IN ['IAD', 'JFK']
              CALL neptune.algo.closenessCentrality(n, {numSources: %d}) YIELD node, score
              RETURN node.code, score"""
    exact = dict(asked(text % 4000, view).rows)
    assert exact == pytest.approx({"IAD": 0.35902, "JFK": 0.37713}, abs=1e-5)
    # A sample of a quarter is near it.
    assert dict(asked(text % 937, view).rows) == pytest.approx(exact, rel=0.1)
