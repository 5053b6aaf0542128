"""Whether a syntax tree changes the graph.

Above: the binder of subqueries, the refusals of the dialect neptune. Below: the tree.
"""

from __future__ import annotations

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
