"""How the engine's answers are compared with the oracle's."""

from __future__ import annotations

import math
import os
from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

from hypothesis import assume, event, note
from hypothesis import strategies as st

from seaglass.base.errors import Invalid, SeaglassError, Unsupported
from seaglass.base.rng import SeededRng
from seaglass.engine.cypher import compile as compiling
from seaglass.engine.cypher.logical.statistics import Statistics
from seaglass.engine.cypher.rules import RULES
from seaglass.engine.cypher.rules.choose_start import by_statistics, choose_start
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.procedures import BODIES
from seaglass.engine.exec.run import run
from seaglass.engine.graph import read
from seaglass.engine.values.order import order_key
from seaglass.engine.values.types import Edge, Node, Path
from seaglass.testkit import generated
from seaglass.testkit.oracle import PlainGraph, TooMany, Wrong, answer
from tests.engine.exec.tools import WorkingView, context_of, ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.cypher.rules import Rule
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.testkit.generated.chance import Chance

Rows = "list[tuple[object, ...]] | None"

OPTIONS = [Options(rows, mixed) for rows in (65_536, 1) for mixed in (False, True)]


def _by_any_size(seed: int) -> tuple[Rule, ...]:
    """All rules, with an order of steps as of some graph, not of the one that is asked."""

    def degree(types: tuple[str, ...], labels: tuple[str, ...], direction: str) -> float:
        return Random(f"{seed} {types} {labels} {direction}").choice((0.0, 0.5, 40.0, 9e5))

    def alike(labels: tuple[str, ...], key: str) -> float:
        return Random(f"{seed} {labels} {key}").choice((1.0, 500.0))

    rule = by_statistics(Statistics(1_000, {"A": 3, "B": 900}, degree, alike))
    return tuple([rule if other is choose_start else other for other in RULES])


# All rules, none, all but one of them, and all for graphs of other sizes.
RULE_SETS = [
    RULES,
    (),
    *(tuple(r for r in RULES if r is not rule) for rule in RULES),
    *map(_by_any_size, range(4)),
]
WHOLE = "SEAGLASS_ORACLE" in os.environ
"""Whether each query goes through all sets of rules; else through one that chance picks."""


def rule_sets(most: int) -> st.SearchStrategy[list[tuple[Rule, ...]]]:
    """Those that an example runs with, besides all rules; at most so many in a long run."""
    count = min(most, len(RULE_SETS) - 1) if WHOLE else 1
    return st.permutations(RULE_SETS[1:]).map(lambda sets: sets[:count])


def made(make: Callable[[Chance], Any]) -> st.SearchStrategy[Any]:
    """What is made by chance: in a long run by seeds, which differ more from each other."""
    return generated.strategy(make, seeded=WHOLE)


@contextmanager
def ruled(rules: tuple[Rule, ...]) -> Iterator[None]:
    """Queries are compiled with these rules, also those inside of expressions."""
    with mock.patch.object(compiling, "RULES", rules):
        yield


class Names(SeededRng):
    """Gives new nodes ids by their number, as the oracle does."""

    def __init__(self, view: WorkingView) -> None:
        super().__init__(1)
        self._view = view

    def uuid(self) -> str:
        return self.uuids(1)[0]

    def uuids(self, count: int) -> list[str]:
        first = self._view.version.next_node
        return [f"made {first + place}" for place in range(count)]


def exact(value: object) -> object:
    """A value as one that equals only the same value of the same type."""
    if isinstance(value, list):
        return ("list", *map(exact, value))
    if isinstance(value, dict):
        return ("map", *((key, exact(value[key])) for key in sorted(value)))
    if isinstance(value, Node | Edge | Path):
        return value
    return (type(value), repr(value))


def loose(value: object) -> object:
    """A value as one that equals those that are one in a group, such as 1 and 1.0.

    Of such values DISTINCT, min() and the like give any.
    """
    if isinstance(value, list):
        return ("list", *map(loose, value))
    if isinstance(value, dict):
        return ("map", *((key, loose(value[key])) for key in sorted(value)))
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, bool | str):
        return (type(value), value)
    return value


def loose_row(row: tuple[object, ...], bags: frozenset[int] = frozenset()) -> tuple[object, ...]:
    """A row; of the lists at `bags` only what is in them."""
    return tuple(
        loose(sorted(value, key=order_key) if place in bags and isinstance(value, list) else value)
        for place, value in enumerate(row)
    )


def compiled(text: str) -> None:
    """Goes on only with what the compiler takes."""
    try:
        compiling.compile(text)
    except (Invalid, Unsupported) as refused:
        event(f"refused: {refused.kind}")
        note(str(refused))
        assume(False)


def by_engine(
    text: str,
    view: WorkingView,
    options: Options,
    parameters: dict,
    rules: tuple[Rule, ...] = RULES,
) -> Rows:
    """The rows; None where the query fails, and then the view is as it was."""
    with ruled(rules):
        plans = [compiling.compile(text, careful=careful) for careful in (False, True)]
    before, changes = view.version, len(view.changes)
    for query in plans:
        rows: list[tuple[object, ...]] = []
        context = context_of(view, deepcopy(parameters), options)
        context.rng = Names(view)
        context.procedures = BODIES
        try:
            for frame in run(query, context):
                columns = [frame.columns[name].to_list() for name in query.columns]
                rows.extend(zip(*columns, strict=True))
        except SeaglassError as error:
            note(f"engine: {error.message}")
            view.version = before
            del view.changes[changes:]
        else:
            return rows
    return None


def by_oracle(text: str, graph: PlainGraph, parameters: dict) -> Rows:
    """The rows; None where the query fails, and then the graph is as it was."""
    before = deepcopy(graph.__dict__)
    try:
        return answer(text, graph, deepcopy(parameters)).rows
    except TooMany:
        event("too many rows")
        assume(False)
    except Wrong as error:
        note(f"oracle: {error}")
        graph.__dict__.update(before)
        return None
    finally:
        graph.gone.clear()


def view_of(graph: PlainGraph) -> WorkingView:
    view = WorkingView()
    if graph.nodes:
        text, parameters = generated.creation(graph)
        ran(text, view, **parameters)
    return view


def check_rows(
    query: generated.Query,
    found: list[tuple[object, ...]],
    expected: list[tuple[object, ...]],
) -> None:
    """The engine's rows are among those that the query may give.

    Args: expected: the oracle's, of the query without SKIP and LIMIT at its end
    """
    rows = [loose_row(row, query.bags) for row in found]
    all_rows = [loose_row(row, query.bags) for row in expected]
    skip, limit = query.window
    stop = len(all_rows) if limit is None else skip + limit
    if query.keys is not None:
        keys = [
            [tuple(row[place] for place in query.keys) for row in some]
            for some in (rows, all_rows[skip:stop])
        ]
        assert keys[0] == keys[1]
    assert len(rows) == len(all_rows[skip:stop])
    assert Counter(rows) <= Counter(all_rows)


State = tuple[dict[int, object], dict[int, object], int, int]


def state_of(version: GraphVersion) -> State:
    """The whole graph in the engine."""
    nodes = {
        int(node): (
            read.find_node(version, read.node_ids(version, part).value(place)) == node,
            read.node_ids(version, part).value(place),
            tuple(read.node_labels(version, node)),
            exact(read.node_properties(version, node)),
        )
        for part in read.scan_nodes(version, ())
        for place, node in enumerate(part)
    }
    edges = {}
    for part in read.scan_edges(version, ()):
        sources, targets = read.edge_ends(version, part)
        for edge, source, target in zip(part.tolist(), sources, targets, strict=True):
            kind, properties = read.edge_type(version, edge), read.edge_properties(version, edge)
            edges[edge] = (kind, int(source), int(target), exact(properties))
    return nodes, edges, version.next_node, version.next_edge


def state_of_plain(graph: PlainGraph) -> State:
    """The whole graph in the oracle."""
    nodes = {
        number: (True, node.id, tuple(sorted(node.labels)), exact(node.properties))
        for number, node in graph.nodes.items()
    }
    edges = {
        number: (edge.type, edge.source, edge.target, exact(edge.properties))
        for number, edge in graph.edges.items()
    }
    return nodes, edges, graph.next_node, graph.next_edge
