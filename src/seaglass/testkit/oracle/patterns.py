"""The rows that the patterns of a MATCH add to a row: every way is tried, then the conditions.

Above: queries, writes. Below: expressions, graph. A pattern is walked from its left end; properties
are looked at when everything is bound, because they may name any variable of the clause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import ast
from seaglass.engine.values.types import Edge, Node, Path
from seaglass.testkit.oracle.values import equals, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.values.types import Value
    from seaglass.testkit.oracle.expressions import Interpreter, Row


def matches(
    paths: tuple[ast.PathPattern, ...],
    where: ast.Expression | None,
    row: Row,
    interpreter: Interpreter,
) -> list[Row]:
    """The rows of MATCH for one row of its input; relationships of one MATCH are different ones."""
    found: list[tuple[Row, frozenset[int], list[_Demand]]] = [(row, frozenset(), [])]
    for path in paths:
        found = [
            (bound, used, [*demands, *more])
            for before, taken, demands in found
            for bound, used, more in _path(path, before, taken, interpreter)
        ]
        interpreter.work.count(len(found))
    return [
        bound
        for bound, _, demands in found
        if all(_fits(demand, bound, interpreter) for demand in demands)
        and interpreter.holds(where, bound)
    ]


_Demand = tuple["Value", "ast.Expression | ast.LabelTest"]
"""An entity with the map of properties or the labels that it must have, or None with a condition."""
_Step = tuple["Row", frozenset[int], list[_Demand], list[Node], list[Edge]]


def _fits(demand: _Demand, row: Row, interpreter: Interpreter) -> bool:
    entity, wish = demand
    if isinstance(wish, ast.LabelTest):
        return interpreter.passes(entity, wish) is True
    if entity is None:
        return interpreter.holds(wish, row)
    wanted = interpreter.value(wish, row)
    assert isinstance(wanted, dict)
    return all(equals(interpreter.property(entity, key), wanted[key]) is True for key in wanted)


def _path(
    path: ast.PathPattern, row: Row, used: frozenset[int], interpreter: Interpreter
) -> Iterator[tuple[Row, frozenset[int], list[_Demand]]]:
    tests = dict(path.tests)
    steps: list[_Step] = [
        ({**row, **names}, used, [*demands, *_test(node, tests.get(0))], [node], [])
        for node in map(Node, interpreter.graph.nodes)
        for names, demands in _node(path.nodes[0], node, row, interpreter)
    ]
    interpreter.work.count(len(steps))
    if path.shortest is not None:
        yield from _routes(path, steps, interpreter)
        return
    for place, edge in enumerate(path.edges, 1):
        steps = [
            (bound, taken, [*demands, *_test(nodes[-1], tests.get(place))], nodes, edges)
            for step in steps
            for bound, taken, demands, nodes, edges in _steps(
                edge, path.nodes[place], step, interpreter
            )
        ]
        interpreter.work.count(len(steps))
    for bound, taken, demands, nodes, edges in steps:
        whole = {} if path.name is None else {path.name: Path(tuple(nodes), tuple(edges))}
        yield {**bound, **whole}, taken, [*demands, *((None, one) for one in path.where)]


def _test(node: Node, test: ast.LabelTest | None) -> list[_Demand]:
    return [] if test is None else [(node, test)]


def _routes(
    path: ast.PathPattern, steps: list[_Step], interpreter: Interpreter
) -> Iterator[tuple[Row, frozenset[int], list[_Demand]]]:
    """What `_path` gives for shortestPath() and allShortestPaths(): they use up no relationships."""
    tests = dict(path.tests)
    for row, used, demands, nodes, _ in steps:
        for node in map(Node, interpreter.graph.nodes):
            for names, more in _node(path.nodes[1], node, row, interpreter):
                bound = {**row, **names}
                found = shortest(path, [nodes[0], node], bound, interpreter) or []
                for one in found if path.shortest == "all" else found[:1]:
                    whole = {} if path.name is None else {path.name: one}
                    every = [*demands, *more, *_test(node, tests.get(1))]
                    every += [(None, condition) for condition in path.where]
                    yield {**bound, **whole}, used, every


def shortest(
    path: ast.PathPattern, ends: list[Value], row: Row, interpreter: Interpreter
) -> list[Path] | None:
    """All shortest paths between two nodes; None where one of them is null."""
    source, target = ends
    if source is None or target is None:
        return None
    if not (isinstance(source, Node) and isinstance(target, Node)):
        wrong("a shortest path between what are no nodes")
    pattern = path.edges[0]
    least, most = pattern.lengths or (1, 1)
    if source == target:
        return [Path((source,), ())] if least == 0 else []
    # Ways to nodes that no shorter way reaches; all ends of the shortest ones are found at once.
    ways: list[list[tuple[int, int]]] = [[]]
    seen = {source.number}
    while ways and (most is None or len(ways[0]) < most):
        longer = [
            [*way, one]
            for way in ways
            for one in _neighbours(pattern, way[-1][1] if way else source.number, interpreter)
            if one[1] not in seen and _has(Edge(one[0]), pattern, row, interpreter)
        ]
        interpreter.work.count(len(longer))
        best = [way for way in longer if way[-1][1] == target.number]
        if best:
            return [
                Path(
                    (source, *(Node(node) for _, node in way)),
                    tuple(Edge(number) for number, _ in way),
                )
                for way in best
            ]
        seen |= {way[-1][1] for way in longer}
        ways = longer
    return []


def _has(edge: Edge, pattern: ast.EdgePattern, row: Row, interpreter: Interpreter) -> bool:
    return pattern.properties is None or _fits((edge, pattern.properties), row, interpreter)


def _node(
    pattern: ast.NodePattern, node: Node, row: Row, interpreter: Interpreter
) -> Iterator[tuple[Row, list[_Demand]]]:
    """What the pattern binds to the node and demands of it; nothing where it cannot be this node."""
    if pattern.name is not None and pattern.name in row:
        bound = row[pattern.name]
        if bound is not None and not isinstance(bound, Node):
            wrong("a pattern with a variable that is no node")
        if bound != node:
            return
    if not interpreter.graph.nodes[node.number].labels.issuperset(pattern.labels):
        return
    names: Row = {} if pattern.name is None else {pattern.name: node}
    yield names, [] if pattern.properties is None else [(node, pattern.properties)]


def _steps(
    pattern: ast.EdgePattern, target: ast.NodePattern, step: _Step, interpreter: Interpreter
) -> Iterator[_Step]:
    lengths = pattern.lengths
    row, used, demands, nodes, edges = step
    for way in _ways(pattern, lengths or (1, 1), nodes[-1], used, interpreter):
        along = [Edge(number) for number, _ in way]
        value: Value = list(along) if lengths is not None else along[0]
        if pattern.name is not None and pattern.name in row and row[pattern.name] != value:
            continue
        reached = [Node(node) for _, node in way]
        end = reached[-1] if reached else nodes[-1]
        more: list[_Demand] = []
        if pattern.properties is not None:
            more = [(edge, pattern.properties) for edge in along]
        bound = row if pattern.name is None else {**row, pattern.name: value}
        for names, wanted in _node(target, end, bound, interpreter):
            taken = used | {number for number, _ in way}
            every = [*demands, *more, *wanted]
            yield {**bound, **names}, taken, every, nodes + reached, edges + along


def _ways(
    pattern: ast.EdgePattern,
    lengths: tuple[int, int | None],
    start: Node,
    used: frozenset[int],
    interpreter: Interpreter,
) -> Iterator[list[tuple[int, int]]]:
    """Ways of the wanted lengths over edges not used yet, as (edge, node reached)."""
    least, most = lengths
    ways: list[list[tuple[int, int]]] = [[]]
    length = 0
    while ways:
        if length >= least:
            yield from ways
        if length == most:
            return
        longer = []
        for way in ways:
            end = way[-1][1] if way else start.number
            taken = used | {number for number, _ in way}
            longer += [
                [*way, one] for one in _neighbours(pattern, end, interpreter) if one[0] not in taken
            ]
        interpreter.work.count(len(longer))
        ways, length = longer, length + 1


def _neighbours(
    pattern: ast.EdgePattern, node: int, interpreter: Interpreter
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number, edge in interpreter.graph.edges.items():
        if pattern.types and edge.type not in pattern.types:
            continue
        if pattern.direction != "in" and edge.source == node:
            found.append((number, edge.target))
        elif pattern.direction != "out" and edge.target == node:
            found.append((number, edge.source))
    return found
