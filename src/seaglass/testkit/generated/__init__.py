"""Small graphs and queries over them by chance, for tests against the oracle.

Above: tests. Below: `oracle/graph`, Hypothesis.

    chance        what makes the choices: Hypothesis, or a seed
    expressions   values of any type, and expressions over variables that hold any
    graphs        graphs, and the queries that make them
    parts         patterns, values and conditions of queries
    queries       clauses that read, and what is certain of their answers
    writes        queries that write
    temporal      temporal values, and expressions over them
"""

from seaglass.testkit.generated.chance import strategy
from seaglass.testkit.generated.expressions import expressions, values
from seaglass.testkit.generated.graphs import creation, graph
from seaglass.testkit.generated.parts import PARAMETERS
from seaglass.testkit.generated.queries import Query, count, query, search
from seaglass.testkit.generated.temporal import (
    temporal_expression,
    temporal_row,
    temporal_summary,
)
from seaglass.testkit.generated.writes import history, writing

__all__ = [
    "PARAMETERS",
    "Query",
    "count",
    "creation",
    "expressions",
    "graph",
    "history",
    "query",
    "search",
    "strategy",
    "temporal_expression",
    "temporal_row",
    "temporal_summary",
    "values",
    "writing",
]
