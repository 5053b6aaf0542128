"""Hypothesis strategies of small graphs and of queries over them, for tests against the oracle.

Above: tests. Below: `oracle/graph`. Queries are texts that the binder takes but for a few; they are
small, because a small query that fails says more, and dense: few labels, types, keys and values, so
that conditions hold and rows are equal often.

- `expressions`: of variables that may hold any value; most of what openCypher says about types shows.
- `queries`: clauses over a graph. Their answers do not depend on any order that openCypher leaves
  open: LIMIT comes with an order of all columns, and a float is never summed with an integer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from seaglass.testkit.oracle.graph import PlainEdge, PlainGraph, PlainNode

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("A", "B")
TYPES = ("R", "S")

_numbers = st.sampled_from([-2, -1, 0, 1, 2, 3, 2**53 + 1, 2**63 - 1, -(2**63)])
_floats = st.sampled_from([0.0, -0.0, 1.0, 0.5, -2.5, 2.0**53, float("nan"), float("inf")])
_texts = st.sampled_from(["", "a", "b", "ab", "Ba ", "é", "1"])
_atoms = st.one_of(st.none(), st.booleans(), _numbers, _floats, _texts)
values = st.recursive(
    _atoms,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2)
    ),
    max_leaves=5,
)
"""Any value that a parameter may have."""

_ATOMIC = ["null", "true", "false", "0", "1", "2", "-1", "1.5", "0.0", "'a'", "'ab'", "''"]
_COMPOUND = ["[]", "[1, 2]", "[1, null]", "['a', [1]]", "{}", "{x: 1}", "{x: null, y: 'a'}"]
_LITERALS = [*_ATOMIC, *_COMPOUND]
_OPERATORS = ["+", "-", "*", "/", "%", "^", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "XOR"]
_OPERATORS += ["IN", "STARTS WITH", "ENDS WITH", "CONTAINS"]
_FUNCTIONS: dict[str, int] = {
    "size": 1,
    "head": 1,
    "last": 1,
    "tail": 1,
    "reverse": 1,
    "abs": 1,
    "sign": 1,
    "toString": 1,
    "toBoolean": 1,
    "toUpper": 1,
    "toLower": 1,
    "trim": 1,
    "lTrim": 1,
    "rTrim": 1,
    "keys": 1,
    "properties": 1,
    "collToSet": 1,
    "left": 2,
    "right": 2,
    "substring": 3,
    "collSubtract": 2,
    "collIntersection": 2,
    "coalesce": 2,
}


def expressions(names: tuple[str, ...], depth: int) -> st.SearchStrategy[str]:
    """Texts of expressions over variables of any type."""
    leaf = st.sampled_from([*names, *names, *_LITERALS])
    if depth == 0:
        return leaf
    inner = expressions(names, depth - 1)
    scoped = expressions((*names, "v"), depth - 1)
    call = st.sampled_from(sorted(_FUNCTIONS)).flatmap(
        lambda name: st.tuples(*[inner] * _FUNCTIONS[name]).map(
            lambda arguments: f"{name}({', '.join(arguments)})"
        )
    )
    quantifier = st.sampled_from(["all", "any", "none", "single"])
    return st.one_of(
        leaf,
        st.tuples(inner, st.sampled_from(_OPERATORS), inner).map(lambda p: f"({' '.join(p)})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} <= {p[1]} < {p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} AND {p[1]} AND {p[2]})"),
        inner.map(lambda text: f"(NOT {text})"),
        inner.map(lambda text: f"(- {text})"),
        inner.map(lambda text: f"({text} IS NULL)"),
        inner.map(lambda text: f"({text}).x"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})[{p[1]}]"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]})[{p[1]}..{p[2]}]"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}, {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"{{x: {p[0]}, y: {p[1]}}}"),
        st.tuples(inner, inner, inner).map(
            lambda p: f"CASE WHEN {p[0]} THEN {p[1]} ELSE {p[2]} END"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"CASE {p[0]} WHEN {p[1]} THEN {p[2]} END"),
        st.tuples(inner, scoped, scoped).map(lambda p: f"[v IN {p[0]} WHERE {p[1]} | {p[2]}]"),
        st.tuples(quantifier, inner, scoped).map(lambda p: f"{p[0]}(v IN {p[1]} WHERE {p[2]})"),
        call,
    )


@st.composite
def graphs(draw: Callable[..., Any]) -> PlainGraph:
    """Up to five nodes with `x` (integers), `y` (texts) and up to seven relationships with `w`."""
    graph = PlainGraph()
    for number in range(draw(st.integers(0, 5))):
        properties = {
            "x": draw(st.sampled_from([None, 0, 1, 1, 2])),
            "y": draw(st.sampled_from([None, "a", "b", "ab"])),
            "z": draw(st.sampled_from([None, None, True, 1, "a", 0.5, [1], [1, 2]])),
        }
        labels = draw(st.sets(st.sampled_from(LABELS)))
        kept = {key: value for key, value in properties.items() if value is not None}
        graph.add_node(PlainNode(f"n{number}", labels, kept))
    if graph.nodes:
        ends = st.integers(0, len(graph.nodes) - 1)
        for _ in range(draw(st.integers(0, 7))):
            weight = draw(st.sampled_from([None, 1, 2]))
            kept = {} if weight is None else {"w": weight}
            kind = draw(st.sampled_from(TYPES))
            graph.add_edge(PlainEdge(kind, draw(ends), draw(ends), kept))
    return graph


def creation(graph: PlainGraph) -> tuple[str, dict[str, Any]]:
    """A query that makes the graph in an empty one, with the same numbers; its parameters."""
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for number, node in graph.nodes.items():
        labels = "".join(f":{label}" for label in sorted(node.labels))
        keys = [f"{key}: $n{number}.{key}" for key in node.properties]
        parts.append(f"(n{number}{labels} {{{', '.join([f'`~id`: {node.id!r}', *keys])}}})")
        parameters[f"n{number}"] = node.properties
    for number, edge in graph.edges.items():
        keys = [f"{key}: $e{number}.{key}" for key in edge.properties]
        properties = f" {{{', '.join(keys)}}}" if keys else ""
        parts.append(f"(n{edge.source})-[:{edge.type}{properties}]->(n{edge.target})")
        parameters[f"e{number}"] = edge.properties
    return f"CREATE {', '.join(parts)}", parameters


@dataclass
class _Scope:
    """Variables by what they hold; `fresh` counts names that were given."""

    nodes: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    fresh: int = 0

    def name(self, letter: str) -> str:
        self.fresh += 1
        return f"{letter}{self.fresh}"

    def all(self) -> list[str]:
        return [*self.nodes, *self.edges, *self.others]


class _Writer:
    """Draws one query, part by part."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw
        self.scope = _Scope()

    def pick(self, *choices: Any) -> Any:
        return self._draw(st.sampled_from(choices))

    def times(self, least: int, most: int) -> range:
        return range(self._draw(st.integers(least, most)))

    def node(self) -> str:
        scope = self.scope
        if scope.nodes and self.pick(True, False):
            return f"({self.pick(*scope.nodes)}{self.pick('', '', ':A')})"
        name = self.pick("", "new", "new")
        if name:
            name = scope.name("n")
            scope.nodes.append(name)
        return f"({name}{self.pick('', '', ':A', ':B', ':A:B')}{self.pick('', '', ' {x: 1}')})"

    def edge(self) -> str:
        name = self.pick("", "new")
        if name:
            name = self.scope.name("r")
            self.scope.edges.append(name)
        kind, length = self.pick("", ":R", ":R|S"), self.pick("", "", "", "*1..2", "*0..1", "*2")
        if length and name:
            # A list of relationships from now on.
            self.scope.edges.remove(name)
            self.scope.others.append(name)
        inside = f"{name}{kind}{length}{self.pick('', '', ' {w: 1}')}"
        left, right = self.pick(("-", "->"), ("<-", "-"), ("-", "-"))
        return f"{left}[{inside}]{right}"

    def path(self) -> str:
        text: str = self.node()
        for _ in self.times(0, 2):
            text += self.edge() + self.node()
        return text

    def value(self) -> str:
        """A value that never fails to be computed."""
        scope = self.scope
        choices = [self.pick("1", "'a'", "null", "[1, 2]")]
        if scope.nodes:
            node = self.pick(*scope.nodes)
            choices += [f"{node}.x", f"{node}.x", f"{node}.y", f"{node}.z", f"id({node})", node]
            choices += [f"labels({node})", f"size({node}.y)", f"{node}.x + 1", f"[{node}.x, 1]"]
        if scope.edges:
            edge = self.pick(*scope.edges)
            choices += [f"{edge}.w", f"type({edge})", edge, f"startNode({edge})"]
        choices += scope.others
        return str(self.pick(*choices))

    def condition(self) -> str:
        one, two = self.value(), self.value()
        simple = [f"{one} {self.pick('=', '<>', '<', '>=')} {two}", f"{one} IS NULL"]
        if self.scope.nodes:
            node = self.pick(*self.scope.nodes)
            simple += [f"{node}:A", f"{node}.x IN [1, null]", f"{node}.y STARTS WITH 'a'"]
            simple += [f"{node}.x = 1", f"{node} = {self.pick(*self.scope.nodes)}"]
            pattern = f"({node}){self.pick('-->', '<-[:R]-', '--')}({self.pick('', ':A')})"
            simple += [pattern, f"EXISTS {{ {pattern} }}"]
            simple += [f"COUNT {{ MATCH {pattern} }} > 1", f"size([{pattern} | 1]) = 1"]
        text = str(self.pick(*simple))
        how = self.pick("", "", "NOT", "AND", "OR")
        if how == "NOT":
            return f"NOT {text}"
        return f"({text} {how} {self.condition()})" if how else text

    def match(self) -> str:
        optional = self.pick("", "", "OPTIONAL ")
        paths = ", ".join([self.path() for _ in self.times(1, 2)])
        where = f" WHERE {self.condition()}" if self.pick(True, False) else ""
        return f"{optional}MATCH {paths}{where}"

    def unwind(self) -> str:
        listed = self.pick("[1, 2, 2]", "[null, 'a']", "[]", f"[{self.value()}, 1]")
        name = self.scope.name("u")
        self.scope.others.append(name)
        return f"UNWIND {listed} AS {name}"

    def called(self) -> str:
        """A subquery of one variable."""
        node, name = self.pick(*self.scope.nodes), self.scope.name("c")
        result = self.pick("m.x", "count(m)", "m.x + 1")
        self.scope.others.append(name)
        arrow = self.pick("-->", "--", "<-[:S]-")
        return f"CALL {{ WITH {node} MATCH ({node}){arrow}(m) RETURN {result} AS {name} }}"

    def projection(self, word: str) -> str:
        """WITH or RETURN; afterwards the scope has its columns only."""
        before = self.scope
        after = _Scope(fresh=before.fresh)
        distinct = self.pick("", "", "DISTINCT ")
        aggregates = self.pick(False, False, True)
        items: list[str] = []
        for _ in self.times(1, 3):
            if word == "WITH" and before.all() and self.pick(True, True, False):
                name = str(self.pick(*before.all()))
                if name not in after.all():
                    kept = after.nodes if name in before.nodes else after.others
                    kept = after.edges if name in before.edges else kept
                    kept.append(name)
                    items.append(name)
                continue
            name = after.name("c")
            before.fresh = after.fresh
            after.others.append(name)
            items.append(f"{self.value()} AS {name}")
        if aggregates or not items:
            name = after.name("c")
            after.others.append(name)
            items.append(f"{self._aggregate()} AS {name}")
        text = f"{word} {distinct}{', '.join(items)}"
        self.scope = after
        if self.pick(True, False):
            keys = [f"{name}{self.pick('', ' DESC')}" for name in after.all()]
            text += f" ORDER BY {', '.join(keys)}"
            text += self.pick("", " SKIP 1", " LIMIT 2", " SKIP 1 LIMIT 1")
        if word == "WITH" and self.pick(True, False, False):
            text += f" WHERE {self.condition()}"
        return text

    def _aggregate(self) -> str:
        if not self.scope.nodes or self.pick(True, False):
            return f"count({self.pick('*', self.value(), f'DISTINCT {self.value()}')})"
        name = self.pick("sum", "avg", "min", "max", "collect", "sum")
        return f"{name}({self.pick('', 'DISTINCT ')}{self.pick(*self.scope.nodes)}.x)"


@st.composite
def queries(draw: Callable[..., Any]) -> str:
    """Texts of reading queries."""
    writer = _Writer(draw)
    parts = [writer.match()]
    for _ in writer.times(0, 3):
        match writer.pick("match", "unwind", "with"):
            case "match":
                # A match after an optional one needs nothing in between.
                parts.append(writer.match())
            case "unwind":
                parts.append(writer.unwind())
            case _:
                parts.append(writer.projection("WITH"))
    if writer.scope.nodes and writer.pick(True, False, False):
        parts.append(writer.called())
    parts.append(writer.projection("RETURN"))
    text = " ".join(parts)
    if writer.pick(True, False, False, False):
        columns = ", ".join(f"1 AS {name}" for name in writer.scope.all())
        text += f" UNION {writer.pick('', 'ALL ')}UNWIND [1, 2] AS again RETURN {columns}"
    return text
