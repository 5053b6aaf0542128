"""What a syntax tree holds: clauses that write, variables.

Above: the binders, the refusals of the dialect neptune. Below: the tree.
"""

from __future__ import annotations

import dataclasses

from seaglass.engine.cypher.syntax import ast

_WRITES = ast.Create | ast.Merge | ast.Set | ast.Delete


def first_write(query: ast.Statement) -> ast.Clause | None:
    """A clause that changes the graph, in the query or in one that it calls."""
    queries = [query]
    while queries:
        part = queries.pop()
        if isinstance(part, ast.Union):
            queries.extend(part.branches)
            continue
        for clause in part.clauses:
            if isinstance(clause, _WRITES):
                return clause
            if isinstance(clause, ast.CallSubquery):
                queries.append(clause.query)
    return None


def variables_in(tree: object) -> frozenset[str]:
    """The names of all variables that a part of a tree uses or makes."""
    names: set[str] = set()
    parts = [tree]
    while parts:
        part = parts.pop()
        if isinstance(part, tuple):
            parts.extend(part)
        elif dataclasses.is_dataclass(part):
            if isinstance(part, _NAMED) and part.name is not None:
                names.add(part.name)
            parts.extend([getattr(part, field.name) for field in dataclasses.fields(part)])
    return frozenset(names)


_NAMED = ast.Name | ast.NodePattern | ast.EdgePattern | ast.PathPattern
