"""The rows that the patterns of a MATCH add to a row: every way is tried, then the conditions.

Above: queries, writes. Below: expressions, graph. A pattern is walked from its left end; properties
are looked at when everything is bound, because they may name any variable of the clause.
"""

from __future__ import annotations

import dataclasses
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
    rows = [
        bound
        for bound, _, demands in found
        if all(_fits(demand, bound, interpreter) for demand in demands)
    ]
    rest = _operands(where)
    routes = [path for path in paths if path.shortest is not None]
    for place, path in enumerate(routes):
        # What names a shortest path chooses it, unless a later one is named too.
        later = {name for other in routes[place + 1 :] for name in _names(other)}
        own = [
            condition
            for condition in rest
            if (named := _read(condition)) & _names(path) and not named & later
        ]
        rest = [condition for condition in rest if condition not in own]
        rows = [chosen for before in rows for chosen in _chosen(path, own, before, interpreter)]
        interpreter.work.count(len(rows))
    return [
        bound for bound in rows if all(interpreter.holds(condition, bound) for condition in rest)
    ]


def _operands(where: ast.Expression | None) -> list[ast.Expression]:
    """What an AND joins."""
    match where:
        case None:
            return []
        case ast.Junction(operator="AND", operands=operands):
            return [part for operand in operands for part in _operands(operand)]
        case _:
            return [where]


def _names(path: ast.PathPattern) -> set[str]:
    """The names of a shortest path and of its relationships."""
    return {name for name in (path.name, path.edges[0].name) if name is not None}


def _read(part: object) -> set[str]:
    """The names that a part of a query writes."""
    if isinstance(part, ast.Name):
        return {part.name}
    if isinstance(part, list | tuple):
        return {name for item in part for name in _read(item)}
    if dataclasses.is_dataclass(part):
        return {
            name for item in dataclasses.fields(part) for name in _read(getattr(part, item.name))
        }
    return set()


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
        yield from _ends(path, steps, interpreter)
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


def _ends(
    path: ast.PathPattern, steps: list[_Step], interpreter: Interpreter
) -> Iterator[tuple[Row, frozenset[int], list[_Demand]]]:
    """What `_path` gives for shortestPath() and allShortestPaths(): they use up no relationships, and
    come when all else is there.
    """
    tests = dict(path.tests)
    source, target = _end_names(path)
    for row, used, demands, nodes, _ in steps:
        for node in map(Node, interpreter.graph.nodes):
            for names, more in _node(path.nodes[1], node, row, interpreter):
                every = [*demands, *more, *_test(node, tests.get(1))]
                every += [(None, condition) for condition in path.where]
                yield {**row, **names, source: nodes[0], target: node}, used, every


def _end_names(path: ast.PathPattern) -> tuple[str, str]:
    """Under which the ends of a shortest path stand in a row until it is chosen."""
    return f" from {path.at}", f" to {path.at}"


def _chosen(
    path: ast.PathPattern, conditions: list[ast.Expression], row: Row, interpreter: Interpreter
) -> list[Row]:
    """A row with each of its shortest paths.

    Without a condition it is one that breadth-first search finds; with one, paths without repeated
    relationships are tried, from short to long, until some of a length fulfil it.
    """
    ends = [row.pop(name) for name in _end_names(path)]
    routes = _routes(path, conditions, (row, ends), interpreter)
    chosen = routes if path.shortest == "all" else routes[:1]
    return [{**row, **_as_row(path, one)} for one in chosen]


def _routes(
    path: ast.PathPattern,
    conditions: list[ast.Expression],
    row_and_ends: tuple[Row, list[Value]],
    interpreter: Interpreter,
) -> list[Path]:
    each = path.edges[0].each
    row, ends = row_and_ends
    if not conditions and each is None:
        return shortest(path, ends, row, interpreter) or []
    routes: list[Path] = []
    for length, way in _by_length(path, ends, row, interpreter):
        if routes and length > len(routes[0].edges):
            break
        bound = {**row, **_as_row(path, way)}
        if all(interpreter.holds(condition, bound) for condition in conditions) and all(
            each is None or interpreter.holds(each, {**row, path.edges[0].name or "": edge})
            for edge in way.edges
        ):
            routes.append(way)
    return routes


def searched(path: ast.PathPattern, row: Row, interpreter: Interpreter) -> list[Path] | None:
    """The shortest paths of an expression; None where one of its ends is null."""
    ends = [row[node.name or ""] for node in path.nodes]
    if None in ends:
        return None
    tests = dict(path.tests)
    for place, (pattern, end) in enumerate(zip(path.nodes, ends, strict=True)):
        if not isinstance(end, Node):
            wrong("a shortest path between what are no nodes")
        demands = [
            demand
            for _, found in _node(pattern, end, row, interpreter)
            for demand in [*found, *_test(end, tests.get(place)), (end, ast.MapLiteral((), 0))]
        ]
        if not demands or not all(_fits(demand, row, interpreter) for demand in demands):
            return []
    if not all(interpreter.holds(condition, row) for condition in path.where):
        return []
    return _routes(path, [], (row, ends), interpreter)


def _as_row(path: ast.PathPattern, one: Path) -> Row:
    row: Row = {} if path.name is None else {path.name: one}
    edge = path.edges[0].name
    return row if edge is None else {**row, edge: list(one.edges)}


def _by_length(
    path: ast.PathPattern, ends: list[Value], row: Row, interpreter: Interpreter
) -> Iterator[tuple[int, Path]]:
    """The paths between two nodes that use no relationship twice, from short to long."""
    source, target = ends
    assert isinstance(source, Node)
    assert isinstance(target, Node)
    pattern = path.edges[0]
    least, most = pattern.lengths or (1, 1)
    if source == target:
        if least == 0:
            yield 0, Path((source,), ())
        return
    for way in _ways(pattern, (1, most), source, frozenset(), interpreter):
        edges = [Edge(number) for number, _ in way]
        if way[-1][1] == target.number and all(
            _has(edge, pattern, row, interpreter) for edge in edges
        ):
            nodes = [source, *[Node(node) for _, node in way]]
            yield len(way), Path(tuple(nodes), tuple(edges))


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
