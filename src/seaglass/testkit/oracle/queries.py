"""A query, clause after clause: each makes a list of rows of a list of rows.

Above: tests. Below: patterns, writes, expressions.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import ast
from seaglass.engine.cypher.syntax.parser import parse
from seaglass.engine.cypher.syntax.source import Source
from seaglass.engine.values.order import order_key
from seaglass.testkit.oracle import writes
from seaglass.testkit.oracle.expressions import Interpreter, Row
from seaglass.testkit.oracle.functions import AGGREGATES
from seaglass.testkit.oracle.patterns import matches
from seaglass.testkit.oracle.values import wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.values.types import Value
    from seaglass.testkit.oracle.graph import PlainGraph


@dataclass(frozen=True)
class Answer:
    """Columns and rows; neither without RETURN."""

    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]


def answer(text: str, graph: PlainGraph, parameters: Mapping[str, Value]) -> Answer:
    """What the query gives; it changes the graph.

    Raises: Wrong where it fails at run time; TooMany; KeyError for what the oracle does not know
    """
    statement = parse(Source(text))
    rows, columns = rows_of(statement, {}, Interpreter(graph, parameters))
    if columns is None:
        return Answer((), [])
    return Answer(tuple(columns), [tuple(row[name] for name in columns) for row in rows])


def rows_of(
    statement: ast.Statement, start: Row, interpreter: Interpreter
) -> tuple[list[Row], list[str] | None]:
    """The rows of a query that begins with the row `start`, and its columns if it returns any."""
    if isinstance(statement, ast.Query):
        return _query(statement, start, interpreter)
    parts = [_query(branch, start, interpreter) for branch in statement.branches]
    rows, columns = [row for part, _ in parts for row in part], parts[0][1]
    if statement.distinct and columns is not None:
        rows = list({order_key([row[name] for name in columns]): row for row in rows}.values())
    return rows, columns


def _query(
    query: ast.Query, start: Row, interpreter: Interpreter
) -> tuple[list[Row], list[str] | None]:
    rows: list[Row] = [start]
    columns: list[str] = []
    for clause in query.clauses:
        interpreter.work.count(len(rows))
        match clause:
            case ast.Match():
                rows = [new for row in rows for new in _matched(clause, row, interpreter)]
            case ast.Unwind():
                rows = [
                    {**row, clause.name: item}
                    for row in rows
                    for item in _unwound(interpreter.value(clause.list, row))
                ]
            case ast.With():
                rows, columns = _projected(clause.projection, clause.where, rows, interpreter)
            case ast.Return():
                rows, columns = _projected(clause.projection, None, rows, interpreter)
            case ast.CallSubquery():
                rows = [new for row in rows for new in _called(clause, row, interpreter)]
            case _:
                rows = writes.written(clause, rows, interpreter)
    return rows, columns if isinstance(query.clauses[-1], ast.Return) else None


def _called(clause: ast.CallSubquery, row: Row, interpreter: Interpreter) -> list[Row]:
    """The rows of CALL { } for one row: a leading WITH, or a list, lets variables of the row in."""
    statement = clause.query
    first = statement if isinstance(statement, ast.Query) else statement.branches[0]
    if clause.imports is None:
        start = row if isinstance(first.clauses[0], ast.With) else {}
    else:
        named = row if clause.imports == "*" else [name.name for name in clause.imports]
        start = {name: row[name] for name in named}
    found, columns = rows_of(statement, start, interpreter)
    if columns is None:
        return [row]
    if not found and clause.optional:
        return [{**row, **dict.fromkeys(columns)}]
    return [{**row, **new} for new in found]


def _matched(clause: ast.Match, row: Row, interpreter: Interpreter) -> list[Row]:
    found = matches(clause.paths, clause.where, row, interpreter)
    if found or not clause.optional:
        return found
    names = [path.name for path in clause.paths]
    names += [node.name for path in clause.paths for node in path.nodes]
    names += [edge.name for path in clause.paths for edge in path.edges]
    return [{**{name: None for name in names if name is not None}, **row}]


def _unwound(value: Value) -> list[Value]:
    if value is None:
        return []
    return value if isinstance(value, list) else wrong("UNWIND of no list")


def _projected(
    projection: ast.Projection,
    where: ast.Expression | None,
    rows: list[Row],
    interpreter: Interpreter,
) -> tuple[list[Row], list[str]]:
    """The rows of WITH or RETURN, and the names of its columns."""
    items = [(item.name, item.expression) for item in projection.items]
    if projection.star:
        names = sorted(rows[0]) if rows else []
        items = [(name, ast.Name(name, 0)) for name in names] + items
    grouped = any(_aggregates(expression) for _, expression in items)
    # Each row with what ORDER BY and WHERE may see besides.
    if grouped:
        pairs = _grouped(items, rows, interpreter)
    else:
        pairs = [
            ({name: interpreter.value(value, row) for name, value in items}, row) for row in rows
        ]
    names = [name for name, _ in items]
    if projection.distinct:
        kept: dict[bytes, tuple[Row, Row]] = {}
        for new, row in pairs:
            kept.setdefault(order_key([new[name] for name in names]), (new, row))
        pairs = list(kept.values())
    for key in reversed(projection.order):
        # Nulls have the highest key: last ascending, first descending.
        pairs.sort(
            key=lambda pair: order_key(interpreter.value(key.expression, {**pair[1], **pair[0]})),
            reverse=key.descending,
        )
    skip = _number(projection.skip, interpreter, 0)
    pairs = pairs[skip:]
    pairs = pairs[: _number(projection.limit, interpreter, len(pairs))]
    kept_rows = [new for new, row in pairs if interpreter.holds(where, {**row, **new})]
    return kept_rows, names


def _grouped(
    items: list[tuple[str, ast.Expression]], rows: list[Row], interpreter: Interpreter
) -> list[tuple[Row, Row]]:
    keys = [(name, value) for name, value in items if not _aggregates(value)]
    groups: dict[bytes, list[Row]] = {} if keys else {b"": []}
    for row in rows:
        key = order_key([interpreter.value(value, row) for _, value in keys]) if keys else b""
        groups.setdefault(key, []).append(row)
    found = []
    for members in groups.values():
        first = members[0] if members else {}
        inside = Interpreter(interpreter.graph, interpreter.parameters, interpreter.work, members)
        found.append(({name: inside.value(value, first) for name, value in items}, first))
    return found


def _aggregates(node: object) -> bool:
    """Whether an aggregate stands anywhere in an expression."""
    if isinstance(node, ast.Call) and node.name.lower() in AGGREGATES:
        return True
    if isinstance(node, tuple):
        return any(map(_aggregates, node))
    if dataclasses.is_dataclass(node):
        return any(_aggregates(getattr(node, part.name)) for part in dataclasses.fields(node))
    return False


def _number(node: ast.Expression | None, interpreter: Interpreter, default: int) -> int:
    if node is None:
        return default
    value = interpreter.value(node, {})
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        wrong("SKIP and LIMIT need a number")
    return value
