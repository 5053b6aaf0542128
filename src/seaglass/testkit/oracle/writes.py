"""What writing clauses do to the graph.

Above: queries. Below: patterns, expressions, graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import ast
from seaglass.engine.values.temporal import TEMPORALS
from seaglass.engine.values.types import Edge, Node, Path
from seaglass.testkit.oracle.graph import PlainEdge, PlainNode
from seaglass.testkit.oracle.patterns import matches
from seaglass.testkit.oracle.values import wrong

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value
    from seaglass.testkit.oracle.expressions import Interpreter, Row


def written(clause: ast.Clause, rows: list[Row], interpreter: Interpreter) -> list[Row]:
    """The rows after a writing clause.

    Raises: Wrong; KeyError for a clause that the oracle does not know
    """
    match clause:
        case ast.Create():
            return _created(clause.paths, rows, interpreter)
        case ast.Merge():
            return [new for row in rows for new in _merged(clause, row, interpreter)]
        case ast.Set():
            # Item by item over all rows, as if the clauses stood one after the other.
            for item in clause.items:
                _set(item, rows, interpreter)
            return rows
        case ast.Delete():
            _delete(clause, rows, interpreter)
            return rows
        case _:
            raise KeyError(type(clause).__name__)


def _created(
    paths: tuple[ast.PathPattern, ...], rows: list[Row], interpreter: Interpreter
) -> list[Row]:
    """Node after node of the patterns, each for all rows, then relationship after relationship;
    what one reads of the graph is from before it.
    """
    made = [dict(row) for row in rows]
    # The ends of each pattern, and its relationships, for each row.
    ends: list[list[list[Node]]] = [[] for _ in paths]
    edges: list[list[list[Edge]]] = [[] for _ in paths]
    for place, path in enumerate(paths):
        for node in path.nodes:
            ends[place].append(_ends(node, made, interpreter))
    for place, path in enumerate(paths):
        for step, edge in enumerate(path.edges):
            pair = ends[place][step : step + 2]
            sources, targets = pair[::-1] if edge.direction == "in" else pair
            given = [_stored(edge.properties, row, interpreter) for row in made]
            new = []
            for source, target, properties in zip(sources, targets, given, strict=True):
                for end in (source, target):
                    interpreter.graph.node(end.number)
                plain = PlainEdge(edge.types[0], source.number, target.number, properties)
                new.append(Edge(interpreter.graph.add_edge(plain)))
            edges[place].append(new)
            for row, value in zip(made, new, strict=True):
                if edge.name is not None:
                    row[edge.name] = value
    for place, path in enumerate(paths):
        for number, row in enumerate(made):
            if path.name is not None:
                nodes = tuple(column[number] for column in ends[place])
                row[path.name] = Path(nodes, tuple(column[number] for column in edges[place]))
    return made


def _ends(pattern: ast.NodePattern, rows: list[Row], interpreter: Interpreter) -> list[Node]:
    """Of each row the node that the pattern names, or a new one."""
    if pattern.name is not None and rows and pattern.name in rows[0]:
        known = [row[pattern.name] for row in rows]
        return [one if isinstance(one, Node) else wrong("an end that is no node") for one in known]
    graph, found = interpreter.graph, []
    for properties in [_stored(pattern.properties, row, interpreter) for row in rows]:
        given = properties.pop("~id", None)
        name = f"made {graph.next_node}" if given is None else str(given)
        if any(node.id == name for node in graph.nodes.values()):
            wrong("an id that is there already")
        found.append(Node(graph.add_node(PlainNode(name, set(pattern.labels), properties))))
    for row, node in zip(rows, found, strict=True):
        if pattern.name is not None:
            row[pattern.name] = node
    return found


def _stored(
    properties: ast.Expression | None, row: Row, interpreter: Interpreter
) -> dict[str, Value]:
    if properties is None:
        return {}
    given = interpreter.value(properties, row)
    if not isinstance(given, dict):
        wrong("properties that are no map")
    return {key: _storable(value) for key, value in given.items() if value is not None}


_PLAIN = (bool, int, float, str, *TEMPORALS)


def _storable(value: Value) -> Value:
    if isinstance(value, list) and all(isinstance(item, _PLAIN) for item in value):
        return value
    return value if isinstance(value, _PLAIN) else wrong("not storable")


def _check_merged(clause: ast.Merge, row: Row, interpreter: Interpreter) -> None:
    given = [node.properties for node in clause.path.nodes]
    given += [edge.properties for edge in clause.path.edges]
    for properties in given:
        wanted = {} if properties is None else interpreter.value(properties, row)
        if not isinstance(wanted, dict) or None in wanted.values():
            wrong("a merge by null")


def _merged(clause: ast.Merge, row: Row, interpreter: Interpreter) -> list[Row]:
    _check_merged(clause, row, interpreter)
    found = matches((clause.path,), None, row, interpreter)
    items = clause.on_match
    if not found:
        found, items = _created((clause.path,), [row], interpreter), clause.on_create
    for item in items:
        _set(item, found, interpreter)
    return found


def _set(item: ast.SetItem, rows: list[Row], interpreter: Interpreter) -> None:
    """One item for all rows; what it reads is from before it, and the last row wins."""
    given: list[tuple[Value, Value]] = []
    for row in rows:
        subject = interpreter.value(item.subject, row)
        if subject is not None and not isinstance(subject, Node | Edge):
            wrong("SET of no entity")
        if subject is not None:
            interpreter.properties(subject)
        value: Value = None
        if isinstance(item, ast.SetProperty | ast.SetProperties):
            value = interpreter.value(item.value, row)
        if isinstance(item, ast.SetProperties):
            value = {} if value is None else dict(interpreter.properties(value))
        given.append((subject, value))
    for subject, value in given:
        if isinstance(subject, Node | Edge):
            _set_one(item, subject, value, interpreter)


def _set_one(
    item: ast.SetItem, subject: Node | Edge, value: Value, interpreter: Interpreter
) -> None:
    properties = interpreter.properties(subject)
    match item:
        case ast.SetProperty():
            _put(properties, item.key, value)
        case ast.RemoveProperty():
            properties.pop(item.key, None)
        case ast.SetProperties():
            assert isinstance(value, dict)
            if item.replace:
                properties.clear()
            for key, one in value.items():
                _put(properties, key, one)
        case ast.SetLabels() | ast.RemoveLabels():
            if not isinstance(subject, Node):
                wrong("labels of a relationship")
            labels = interpreter.graph.node(subject.number).labels
            if isinstance(item, ast.SetLabels):
                labels.update(item.labels)
            else:
                labels.difference_update(item.labels)


def _put(properties: dict[str, Value], key: str, value: Value) -> None:
    if value is None:
        properties.pop(key, None)
    else:
        properties[key] = _storable(value)


def _delete(clause: ast.Delete, rows: list[Row], interpreter: Interpreter) -> None:
    """All that any row names goes at once."""
    graph = interpreter.graph
    doomed: list[Value] = []
    for row in rows:
        for expression in clause.expressions:
            value = interpreter.value(expression, row)
            if isinstance(value, Path):
                doomed += [*value.nodes, *value.edges]
            elif value is None or isinstance(value, Node | Edge):
                doomed.append(value)
            else:
                wrong("DELETE of no entity")
    nodes = {one.number for one in doomed if isinstance(one, Node)}
    edges = {one.number for one in doomed if isinstance(one, Edge)}
    if clause.detach:
        edges |= {edge for node in nodes for edge in graph.edges_of(node)}
    for number in edges & graph.edges.keys():
        graph.gone[number] = graph.edges.pop(number)
    for number in nodes:
        if graph.edges_of(number):
            wrong("a node with relationships")
        graph.nodes.pop(number, None)
