"""Degrees and their distribution, against counting and against the figures of the air routes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.algo import degree
from tests.engine.algo.plain import DIRECTIONS, SOME_LABELS, SOME_TYPES, plains
from tests.engine.algo.tools import asked
from tests.engine.exec.test_routes import ROUTES, loaded
from tests.engine.exec.tools import WorkingView

if TYPE_CHECKING:
    from tests.engine.algo.plain import Plain

needs_routes = pytest.mark.skipif(
    not ROUTES.is_dir(), reason="the air routes are not on this machine"
)


def counted(
    plain: Plain, direction: str, types: tuple[str, ...], labels: tuple[str, ...]
) -> dict[int, int]:
    """The degree of each node that takes part."""
    kept = plain.nodes(labels)
    ends = Counter(here for here, _, _ in plain.links(direction, types, labels))
    return {node: ends[node] for node in kept}


@given(plains(), DIRECTIONS, SOME_TYPES, SOME_LABELS, st.sampled_from([0, 64]))
def test_degrees_are_what_counting_gives(
    plain: Plain, direction: str, types: tuple[str, ...], labels: tuple[str, ...], few: int
) -> None:
    # Of few nodes each is looked at by itself.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(degree, "_FEW", few)
        check_degrees(plain, direction, types, labels)


def check_degrees(
    plain: Plain, direction: str, types: tuple[str, ...], labels: tuple[str, ...]
) -> None:
    config = {
        "traversalDirection": direction,
        "edgeLabels": list(types),
        "vertexLabels": list(labels),
    }
    view = WorkingView(plain.version())
    text = "WITH $config AS c MATCH (n) CALL neptune.algo.degree(n, c) RETURN id(node), degree"
    wanted = counted(plain, direction, types, labels)
    assert dict(asked(text, view, config=config).rows) == {
        str(node): count for node, count in wanted.items()
    }
    text = (
        "WITH $config AS c CALL neptune.algo.degree.mutate(c) YIELD success "
        "MATCH (n) WHERE n.d IS NOT NULL RETURN id(n), n.d"
    )
    written = asked(text, view, config={**config, "writeProperty": "d"}).rows
    assert dict(written) == {str(node): count for node, count in wanted.items()}


@given(plains(), DIRECTIONS, SOME_TYPES, SOME_LABELS, st.integers(1, 4))
def test_a_distribution_is_what_counting_gives(
    plain: Plain, direction: str, types: tuple[str, ...], labels: tuple[str, ...], width: int
) -> None:
    config = {
        "traversalDirection": direction,
        "edgeLabels": list(types),
        "vertexLabels": list(labels),
        "binWidth": width,
    }
    text = "WITH $config AS c CALL neptune.algo.degreeDistribution(c) YIELD output RETURN output"
    ((output,),) = asked(text, WorkingView(plain.version()), config=config).rows
    degrees = sorted(counted(plain, direction, types, labels).values())
    bins = Counter(-(-degree // width) * width for degree in degrees)
    assert output["distribution"] == [list(pair) for pair in sorted(bins.items())]
    statistics = output["statistics"]
    if not degrees:
        assert set(statistics.values()) == {0}
        return
    assert statistics["mean"] == sum(degrees) / len(degrees)
    assert (statistics["minDeg"], statistics["maxDeg"]) == (degrees[0], degrees[-1])
    for name, share in {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p99": 0.99}.items():
        # Nearest rank: the least degree that at least so many nodes do not exceed.
        least = min(d for d in degrees if sum(e <= d for e in degrees) >= share * len(degrees))
        assert statistics[name] == least


@needs_routes
def test_degrees_of_the_air_routes() -> None:
    view = WorkingView(loaded().version)
    text = """MATCH (n:airport) WHERE n.code IN ['IAD', 'JFK', 'BKK']
              CALL neptune.algo.degree(n) YIELD node, degree RETURN node.code, degree"""
    assert sorted(asked(text, view).rows) == [("BKK", 308), ("IAD", 312), ("JFK", 403)]


@needs_routes
def test_the_distribution_of_the_air_routes() -> None:
    text = """CALL neptune.algo.degreeDistribution({vertexLabels: ['airport', 'country'],
              edgeLabels: ['route'], binWidth: 50, traversalDirection: 'inbound'})"""
    ((output,),) = asked(text, WorkingView(loaded().version)).rows
    bins = [[0, 268], [50, 3204], [100, 162], [150, 54], [200, 29], [250, 16], [300, 5], [350, 2]]
    wanted: dict[str, Any] = {
        "maxDeg": 307,
        "mean": 13.511229946524065,
        "minDeg": 0,
    }
    wanted |= {"p50": 3, "p75": 9, "p90": 36, "p95": 67, "p99": 173, "p999": 284}
    assert output == {"statistics": wanted, "distribution": bins}
