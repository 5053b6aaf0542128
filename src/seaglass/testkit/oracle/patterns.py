"""The rows that the patterns of a MATCH add to a row: every way is tried, then the conditions.

Above: queries, writes. Below: expressions, graph. A pattern is walked from its left end; properties
are looked at when everything is bound, because they may name any variable of the clause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.values.types import Edge, Node, Path
from seaglass.testkit.oracle.values import equals, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.syntax import ast
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
    return [
        bound
        for bound, _, demands in found
        if all(_fits(demand, bound, interpreter) for demand in demands)
        and interpreter.holds(where, bound)
    ]


_Demand = tuple["Value", "ast.MapLiteral | ast.Parameter"]
_Step = tuple["Row", frozenset[int], list[_Demand], list[Node], list[Edge]]


def _fits(demand: _Demand, row: Row, interpreter: Interpreter) -> bool:
    """Whether an entity has the properties that its pattern names."""
    entity, properties = demand
    wanted = interpreter.value(properties, row)
    assert isinstance(wanted, dict)
    return all(equals(interpreter.property(entity, key), wanted[key]) is True for key in wanted)


def _path(
    path: ast.PathPattern, row: Row, used: frozenset[int], interpreter: Interpreter
) -> Iterator[tuple[Row, frozenset[int], list[_Demand]]]:
    if path.tests or path.where:
        raise KeyError("conditions inside of a pattern")
    steps: list[_Step] = [
        ({**row, **names}, used, demands, [node], [])
        for node in map(Node, interpreter.graph.nodes)
        for names, demands in _node(path.nodes[0], node, row, interpreter)
    ]
    for edge, target in zip(path.edges, path.nodes[1:], strict=True):
        steps = [after for step in steps for after in _steps(edge, target, step, interpreter)]
    for bound, taken, demands, nodes, edges in steps:
        whole = {} if path.name is None else {path.name: Path(tuple(nodes), tuple(edges))}
        yield {**bound, **whole}, taken, demands


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
