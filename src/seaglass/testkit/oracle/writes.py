"""What writing clauses do to the graph, row after row.

Above: queries. Below: patterns, expressions, graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import ast
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
            return [_created(clause.paths, row, interpreter) for row in rows]
        case ast.Merge():
            return [new for row in rows for new in _merged(clause, row, interpreter)]
        case ast.Set():
            # Item by item over all rows, as if the clauses stood one after the other.
            for item in clause.items:
                for row in rows:
                    _set(item, row, interpreter)
            return rows
        case ast.Delete():
            _delete(clause, rows, interpreter)
            return rows
        case _:
            raise KeyError(type(clause).__name__)


def _created(paths: tuple[ast.PathPattern, ...], row: Row, interpreter: Interpreter) -> Row:
    made = dict(row)
    for path in paths:
        nodes = [_end(node, made, interpreter) for node in path.nodes]
        edges = []
        for place, edge in enumerate(path.edges):
            ends = nodes[place : place + 2]
            source, target = ends[::-1] if edge.direction == "in" else ends
            properties = _stored(edge.properties, made, interpreter)
            new = PlainEdge(edge.types[0], source.number, target.number, properties)
            edges.append(Edge(interpreter.graph.add_edge(new)))
            if edge.name is not None:
                made[edge.name] = edges[-1]
        if path.name is not None:
            made[path.name] = Path(tuple(nodes), tuple(edges))
    return made


def _end(pattern: ast.NodePattern, row: Row, interpreter: Interpreter) -> Node:
    """The node that the pattern names, or a new one."""
    if pattern.name is not None and pattern.name in row:
        known = row[pattern.name]
        return known if isinstance(known, Node) else wrong("an end that is no node")
    properties = _stored(pattern.properties, row, interpreter)
    given = properties.pop("~id", None)
    graph = interpreter.graph
    name = f"made {graph.next_node}" if given is None else str(given)
    if any(node.id == name for node in graph.nodes.values()):
        wrong("an id that is there already")
    node = Node(graph.add_node(PlainNode(name, set(pattern.labels), properties)))
    if pattern.name is not None:
        row[pattern.name] = node
    return node


def _stored(
    properties: ast.Expression | None, row: Row, interpreter: Interpreter
) -> dict[str, Value]:
    if properties is None:
        return {}
    given = interpreter.value(properties, row)
    if not isinstance(given, dict):
        wrong("properties that are no map")
    return {key: _storable(value) for key, value in given.items() if value is not None}


def _storable(value: Value) -> Value:
    if isinstance(value, list) and all(
        isinstance(item, bool | int | float | str) for item in value
    ):
        return value
    return value if isinstance(value, bool | int | float | str) else wrong("not storable")


def _merged(clause: ast.Merge, row: Row, interpreter: Interpreter) -> list[Row]:
    given = [node.properties for node in clause.path.nodes]
    given += [edge.properties for edge in clause.path.edges]
    for properties in given:
        wanted = {} if properties is None else interpreter.value(properties, row)
        if not isinstance(wanted, dict) or None in wanted.values():
            wrong("a merge by null")
    found = matches((clause.path,), None, row, interpreter)
    items = clause.on_match
    if not found:
        found, items = [_created((clause.path,), row, interpreter)], clause.on_create
    for item in items:
        for one in found:
            _set(item, one, interpreter)
    return found


def _set(item: ast.SetItem, row: Row, interpreter: Interpreter) -> None:
    subject = interpreter.value(item.subject, row)
    if subject is None:
        return
    if not isinstance(subject, Node | Edge):
        wrong("SET of no entity")
    match item:
        case ast.SetProperty():
            _put(interpreter.properties(subject), item.key, interpreter.value(item.value, row))
        case ast.RemoveProperty():
            interpreter.properties(subject).pop(item.key, None)
        case ast.SetProperties():
            value = interpreter.value(item.value, row)
            given = {} if value is None else dict(interpreter.properties(value))
            properties = interpreter.properties(subject)
            if item.replace:
                properties.clear()
            for key, one in given.items():
                _put(properties, key, one)
        case ast.SetLabels() | ast.RemoveLabels():
            if not isinstance(subject, Node):
                wrong("labels of a relationship")
            labels = interpreter.graph.nodes[subject.number].labels
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
    for number in edges:
        graph.edges.pop(number, None)
    for number in nodes:
        if graph.edges_of(number):
            wrong("a node with relationships")
        graph.nodes.pop(number, None)
