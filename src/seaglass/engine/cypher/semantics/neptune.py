"""What Neptune Analytics refuses that openCypher has: one table, for the dialect `neptune`.

Above: `compile`, which checks a syntax tree before it is bound. Below: the tree. What cannot be seen
in the text (values of types that Neptune does not store or compare) is refused where it shows, in
`exec`. Everything here has a row in `docs/opencypher.md`.
Source: spec 04.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Unsupported
from seaglass.engine.cypher.syntax import ast
from seaglass.engine.cypher.syntax.survey import first_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.cypher.syntax.source import Source

# In lower case; the list of the guide.
_FUNCTION_NAMES = (
    "exists coalesce endnode epochmillis head id last length randomuuid properties "
    "removekeyfrommap size startnode timestamp toboolean tofloat tointeger type avg collect "
    "count max min percentilecont percentiledisc stdev stdevp sum join keys labels nodes range "
    "relationships reverse tail abs ceil floor rand round sign e exp log log10 sqrt acos asin "
    "atan atan2 cos cot degrees pi radians sin tan left ltrim replace right rtrim split "
    "substring tolower tostring toupper trim datetime date day month year textindexof colltoset "
    "collsubtract collintersection collsort collsortmaps collsortmulti collsortnodes reduce "
)
_FUNCTIONS = frozenset(_FUNCTION_NAMES.split())

_CONSTANTS = (ast.Literal, ast.Parameter)
# The search that takes nothing from the rows before it.
_STATIC = "neptune.algo.vectors.topK.byEmbedding"
_COMPOUND = (ast.ListLiteral, ast.MapLiteral)
_ORDERING = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nodes of the tree that are refused: those of `kind` for which `of` gives a name."""

    kind: type
    of: Callable[[Any], str | None]


def _call(node: ast.Call) -> str | None:
    name = node.name.lower()
    if name not in _FUNCTIONS:
        return f"the function {node.name}()"
    if name == "round" and len(node.arguments) > 1:
        return "round() to decimals"
    if name in ("date", "datetime") and any(isinstance(a, ast.MapLiteral) for a in node.arguments):
        return f"{node.name}() of a map; it takes a text"
    return None


def _procedure(node: ast.ProcedureCall) -> str | None:
    if not node.name.startswith("neptune.algo."):
        return None
    given = any(isinstance(part, ast.Parameter) for part in _parts(node.arguments))
    return f"parameters in the arguments of {node.name}(); they enter by a WITH" if given else None


def _query(node: ast.Query) -> str | None:
    later = [one for one in node.clauses[1:] if isinstance(one, ast.ProcedureCall)]
    static = any(one.name == _STATIC for one in later)
    return f"clauses before {_STATIC}(), whose embedding is written there" if static else None


def _binary(node: ast.Binary) -> str | None:
    return "the operator `^`" if node.operator == "^" else None


def _comparison(node: ast.Comparison) -> str | None:
    operators = {operator for operator, _, _ in node.links}
    if "=~" in operators:
        return "regular expressions (`=~`)"
    operands = (node.first, *(operand for _, operand, _ in node.links))
    if operators & _ORDERING and any(isinstance(operand, _COMPOUND) for operand in operands):
        return "an order of lists, maps and paths"
    return None


def _index(node: ast.Index) -> str | None:
    computed = isinstance(node.index, ast.Literal) and isinstance(node.index.value, str)
    return "a property by a computed key (`n['key']`)" if computed else None


def _property(node: ast.Property) -> str | None:
    inside = isinstance(node.subject, ast.Index)
    return "a property of an item of a list (`list[0].key`)" if inside else None


def _projection(node: ast.Projection) -> str | None:
    for word, count in (("SKIP", node.skip), ("LIMIT", node.limit)):
        if count is not None and not isinstance(count, _CONSTANTS):
            return f"{word} by an expression; it takes a number or a parameter"
    return None


def _merge(node: ast.Merge) -> str | None:
    first = node.path.nodes[0]
    keys = [key for key, _ in getattr(first.properties, "items", ())]
    bare = not node.path.edges and not first.labels and set(keys) <= {"~id"}
    return "MERGE of a node that has neither label nor property" if bare else None


def _quantifier(node: ast.Quantifier) -> str | None:
    # The guide has no quantifiers; clients send these two all the same.
    return None if node.quantifier in ("all", "any") else f"{node.quantifier}()"


def _reduce(node: ast.Reduce) -> str | None:
    step = node.step
    sums = isinstance(step, ast.Binary) and step.operator in ("+", "*")
    return None if sums else "reduce() by other than `+` and `*`"


def _called(node: ast.CallSubquery) -> str | None:
    if node.optional:
        return "OPTIONAL CALL"
    if node.imports is not None:
        return "CALL (...) { } that names its variables; they enter by a first WITH"
    return None if first_write(node.query) is None else "clauses that write inside CALL { }"


def _subquery(node: ast.Subquery) -> str | None:
    return "COLLECT { }" if node.kind == "collect" else None


def _union(node: ast.Union) -> str | None:
    return None if first_write(node) is None else "UNION of queries that write"


def _path(node: ast.PathPattern) -> str | None:
    if node.where:
        return "WHERE inside of a pattern"
    return None if node.shortest is None else "shortestPath() and allShortestPaths()"


def _edge(node: ast.EdgePattern) -> str | None:
    if node.each is not None:
        return "WHERE inside of a pattern"
    values = [value for _, value in getattr(node.properties, "items", ())]
    if node.lengths is None or all(isinstance(value, _CONSTANTS) for value in values):
        return None
    return "a property predicate over variable-length relationships with a non-constant expression"


REFUSALS: tuple[Refusal, ...] = (
    Refusal(ast.Call, _call),
    Refusal(ast.ProcedureCall, _procedure),
    Refusal(ast.Query, _query),
    Refusal(ast.Binary, _binary),
    Refusal(ast.Comparison, _comparison),
    Refusal(ast.Index, _index),
    Refusal(ast.Property, _property),
    Refusal(ast.Projection, _projection),
    Refusal(ast.PathPattern, _path),
    Refusal(ast.EdgePattern, _edge),
    Refusal(ast.Merge, _merge),
    Refusal(ast.Quantifier, _quantifier),
    Refusal(ast.Reduce, _reduce),
    Refusal(ast.CallSubquery, _called),
    Refusal(ast.Union, _union),
    Refusal(ast.Subquery, _subquery),
    Refusal(ast.LabelTest, lambda _: "a label expression other than `:A:B`"),
)
_BY_KIND = {refusal.kind: refusal.of for refusal in REFUSALS}


def refuse(tree: object, source: Source) -> None:
    """Looks at every part of a syntax tree.

    Raises: Unsupported(unsupported_operation) for the first that Neptune refuses, with its place
    """
    for node in _parts(tree):
        of = _BY_KIND.get(type(node))
        what = None if of is None else of(node)
        if what is not None:
            at: int = getattr(node, "at", 0)
            message = f"Neptune Analytics does not support {what}, and the dialect is neptune"
            raise Unsupported("unsupported_operation", source.locate(at, message))


def _parts(tree: object) -> Iterator[object]:
    """The nodes of a tree, each before what it holds, in the order of the text."""
    stack = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(reversed(part))
        elif dataclasses.is_dataclass(part):
            yield part
            fields = dataclasses.fields(part)
            stack.extend(getattr(part, field.name) for field in reversed(fields))
