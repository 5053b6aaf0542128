"""Projections against the edges, looked at one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.engine.algo import projection
from seaglass.engine.algo.projection import Projection, Selection, Weight, cast_numbers, project
from seaglass.engine.algo.run import Run
from seaglass.engine.values import column as cols
from seaglass.engine.values.interrupt import Uninterrupted
from tests.engine.algo.plain import DIRECTIONS, SOME_LABELS, SOME_TYPES, WEIGHTS, plains

if TYPE_CHECKING:
    from seaglass.engine.graph.version import GraphVersion
    from tests.engine.algo.plain import Plain

DIRECTION: dict[str, Any] = {"outbound": "out", "inbound": "in", "both": "both"}
EVERYTHING = Selection((), (), "out", None)


class Charged:
    def __init__(self) -> None:
        self.held = self.most = 0

    def __call__(self, amount_bytes: int) -> None:
        self.held += amount_bytes
        self.most = max(self.most, self.held)


def projected(version: GraphVersion, selection: Selection) -> tuple[Projection, Charged]:
    charge = Charged()
    return project(Run(version, Uninterrupted(), charge), selection), charge


def entries(made: Projection) -> list[tuple[int, int, int, Any]]:
    rows = np.repeat(np.arange(made.nodes), np.diff(made.indptr)).tolist()
    weights = [None] * len(rows) if made.weights is None else made.weights.tolist()
    return list(zip(rows, made.neighbours.tolist(), made.edges.tolist(), weights, strict=True))


@given(
    plains(WEIGHTS),
    DIRECTIONS,
    SOME_TYPES,
    SOME_LABELS,
    st.sampled_from([None, "double", "long"]),
    st.sampled_from([0, 100]),
)
def test_a_projection_has_what_was_selected(
    plain: Plain,
    direction: str,
    types: tuple[str, ...],
    labels: tuple[str, ...],
    kind: Any,
    share: int,
) -> None:
    # Weights are read edge by edge, or those of all edges at once.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "_WHOLE_SHARE", share)
        check_projection(plain, (direction, types, labels), kind)


def check_projection(
    plain: Plain, where: tuple[str, tuple[str, ...], tuple[str, ...]], kind: Any
) -> None:
    direction, types, labels = where
    weight = None if kind is None else Weight("w", kind)
    made, charge = projected(
        plain.version(), Selection(types, labels, DIRECTION[direction], weight)
    )
    wanted = []
    for here, there, edge in plain.links(direction, types, labels):
        if weight is None:
            wanted.append((here, there, edge.number, None))
        elif type(edge.weight) in (int, float):
            number = float(edge.weight) if kind == "double" else int(edge.weight)
            wanted.append((here, there, edge.number, number))
    assert sorted(entries(made)) == sorted(wanted)
    kept = np.arange(made.nodes) if made.kept is None else np.flatnonzero(made.kept)
    assert kept.tolist() == plain.nodes(labels)
    assert made.has(np.arange(made.nodes)).nonzero()[0].tolist() == plain.nodes(labels)
    assert charge.held == made.size_bytes


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        ("int", [1.9, -1.9, 2**40, -(2**40)], [1, -1, 2**31 - 1, -(2**31)]),
        ("long", [1.9, 2**62 + 1, 1e300, float("nan")], [1, 2**62 + 1, 2**63 - 1024, 0]),
        ("float", [0.1, 16777217, 1e300], [float(np.float32(0.1)), 16777216.0, float("inf")]),
        ("double", [0.1, 2**53 + 1], [0.1, 2.0**53]),
        ("long", [1.9, -2.5], [1, -2]),
        ("long", [5, 2**62 + 1], [5, 2**62 + 1]),
    ],
)
def test_weights_are_cast(kind: Any, values: list[Any], wanted: list[Any]) -> None:
    for column in (cols.from_values(values), cols.mixed(values)):
        numbers, valid = cast_numbers(column, kind)
        assert (numbers.tolist(), valid) == (wanted, None)


@given(plains())
def test_what_was_projected_is_kept_with_its_version(plain: Plain) -> None:
    version = plain.version()
    first, charge = projected(version, EVERYTHING)
    again, charge_again = projected(version, EVERYTHING)
    assert again is first
    assert charge.held == charge_again.held == charge_again.most == first.size_bytes
    assert projected(plain.version(), EVERYTHING)[0] is not first


def test_a_version_keeps_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.engine.algo.plain import Edge, Plain

    version = Plain((frozenset(), frozenset()), (Edge(0, 0, 1, "R", None),)).version()
    selections = [Selection((name,), (), "out", None) for name in ("R", "S", "T")]
    sizes = [projected(version, selection)[0].size_bytes for selection in selections]
    for limit, kept in ((sum(sizes), 3), (sum(sizes) - 1, 2), (0, 0)):
        monkeypatch.setattr(limits, "PROJECTION_BYTES", limit)
        version.derived.clear()
        made = [projected(version, selection)[0] for selection in selections]
        again = [projected(version, selection)[0] for selection in reversed(selections)]
        same = [one is other for one, other in zip(made, reversed(again), strict=True)]
        assert same == [False] * (3 - kept) + [True] * kept
