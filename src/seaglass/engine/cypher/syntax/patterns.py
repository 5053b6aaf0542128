"""Parsing of patterns: `(a:Label {key: 1})-[r:TYPE]->(b)`.

Above: clauses. Below: expressions.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from seaglass.base.codes import Code
from seaglass.engine.cypher.syntax import ast, labels, literals
from seaglass.engine.cypher.syntax.expressions import ExpressionParser
from seaglass.engine.cypher.syntax.tokens import (
    INTEGER,
    NAME,
    NAME_KINDS,
    PARAMETER,
    RESERVED,
    VARIABLE_KINDS,
)

if TYPE_CHECKING:
    from seaglass.base.errors import Invalid

_SHORTEST: dict[str, Literal["one", "all"]] = {"SHORTESTPATH": "one", "ALLSHORTESTPATHS": "all"}


class PatternParser(ExpressionParser):
    """The part of the parser that reads patterns; `clause` is the keyword of the clause they stand
    in.
    """

    def paths(self, clause: str) -> tuple[ast.PathPattern, ...]:
        """One or more path patterns with commas between them."""
        paths = [self.path(clause)]
        while self.accept(","):
            paths.append(self.path(clause))
        return tuple(paths)

    def path(self, clause: str) -> ast.PathPattern:
        """A chain of node and relationship patterns, with a name or without."""
        start = self.token
        name: str | None = None
        if start.kind in VARIABLE_KINDS and self.peek(1).kind == "=":
            name = self.take().text
            self.take()
        shortest = _SHORTEST.get(self.token.text.upper())
        if shortest is not None and self.peek(1).kind == "(":
            return dataclasses.replace(self._shortest(shortest, clause), name=name, at=start.start)
        if self.token.kind != "(":
            fix = ""
            if "SHORTEST" in (self.token.text.upper(), self.peek(1).text.upper()):
                fix = "write `shortestPath((a)-[:TYPE*]->(b))`, or `allShortestPaths(...)`"
            elif self.token.kind == "[":
                fix = "a node stands in parentheses: `(n)`"
            elif self.token.kind == NAME and self.token.text.upper() not in ("TABLE", "FROM"):
                fix = f"a node stands in parentheses: `({self.token.text})`"
            what = f"a pattern such as `(n:Label)` after `{clause}`"
            raise self.unexpected(what, instead=fix)
        where: list[ast.Expression] = []
        tests: list[tuple[int, ast.LabelTest]] = []
        nodes = [self._node(0, tests, where)]
        edges: list[ast.EdgePattern] = []
        while self.token.kind in ("-", "<"):
            edges.append(self._edge(clause, where))
            if self.token.kind != "(":
                raise self._no_node()
            nodes.append(self._node(len(nodes), tests, where))
        if clause in ("CREATE", "MERGE") and (where or tests):
            raise self.source.malformed(
                where[0].at if where else tests[0][1].at,
                f"{clause} makes what it says: it takes no conditions, and labels as in `:A:B`",
            )
        return ast.PathPattern(
            name, tuple(nodes), tuple(edges), tuple(tests), tuple(where), None, start.start
        )

    def _no_node(self) -> Invalid:
        """The error of what stands where a relationship must lead to a node."""
        kind, fix = self.token.kind, ""
        if kind in ("+", "*", "{"):
            fix = "how often it is repeated stands inside: `-[:TYPE*1..3]->`"
        elif kind == "-" or (kind == NAME and self.peek(1).kind == "-"):
            fix = "one relationship is written `-->` or `-[:TYPE]->`"
        elif kind == NAME:
            fix = f"a node stands in parentheses: `({self.token.text})`"
        what = "a node pattern such as `(n)` at the end of the relationship"
        return self.unexpected(what, instead=fix)

    def _shortest(self, shortest: Literal["one", "all"], clause: str) -> ast.PathPattern:
        """`shortestPath((a)-[*]->(b))`."""
        function = self.take()
        if clause in ("CREATE", "MERGE"):
            raise self.source.malformed(
                function.start, f"{function.text}() finds a path; {clause} cannot make one"
            )
        opened = self.take()
        path = self.path(clause)
        self.close(opened)
        if path.name is not None or path.shortest is not None or len(path.edges) != 1:
            raise self.source.malformed(
                path.at,
                f"{function.text}() takes one relationship pattern, as in `(a)-[:TYPE*]->(b)`",
            )
        lengths = path.edges[0].lengths
        if lengths is not None and lengths[0] > 1:
            raise self.source.malformed(
                path.edges[0].at, f"The least length in {function.text}() is 0 or 1"
            )
        return dataclasses.replace(path, shortest=shortest)

    def _node(
        self,
        place: int,
        tests: list[tuple[int, ast.LabelTest]],
        where: list[ast.Expression],
    ) -> ast.NodePattern:
        """A node, the `place`-th of its path; tests of labels and conditions go to the lists."""
        opened = self.take()
        name = self._pattern_variable()
        names: tuple[str, ...] | None = ()
        if self.token.kind == ":":
            test = labels.label_test(self, alternatives=True)
            names = labels.plain(test)
            if names is None:
                tests.append((place, test))
        properties = self._properties()
        if self.accept("WHERE"):
            where.append(self.expression())
        self.close(opened)
        return ast.NodePattern(name, names or (), properties, opened.start)

    def _pattern_variable(self) -> str | None:
        if self.token.kind in VARIABLE_KINDS:
            return self.take().text
        if self.token.kind in RESERVED and self.peek(1).kind in (":", ")", "]", "{", PARAMETER):
            raise self.reserved(self.token)
        return None

    def _properties(self) -> ast.MapLiteral | ast.Parameter | None:
        token = self.token
        if token.kind == "{":
            return self.map()
        if token.kind == PARAMETER:
            self.take()
            return ast.Parameter(token.text, token.start)
        return None

    def _edge(self, clause: str, where: list[ast.Expression]) -> ast.EdgePattern:
        start = self.token
        leftward = self.accept("<")
        self.expect("-", "in the relationship pattern")
        if self.token.kind == ">":
            raise self.unexpected("`-` or `[` in the relationship pattern", instead="write `-->`")
        if self.token.kind in NAME_KINDS or self.token.kind == ":":
            named = self.peek(1) if self.token.kind == ":" else self.token
            fix = f"its type stands in square brackets: `-[:{named.text}]->`"
            raise self.unexpected("`-` or `[` in the relationship pattern", instead=fix)
        name: str | None = None
        types: tuple[str, ...] = ()
        lengths: tuple[int, int | None] | None = None
        properties: ast.MapLiteral | ast.Parameter | None = None
        each: ast.Expression | None = None
        if self.token.kind == "[":
            opened = self.take()
            name = self._pattern_variable()
            types = self._types()
            if self.token.kind == "*":
                lengths = self._lengths(clause)
            properties = self._properties()
            if self.accept("WHERE"):
                if lengths is None:
                    where.append(self.expression())
                else:
                    each = self.expression()
            self.close(opened)
        fix = "write `->`" if self.token.kind == ">" else ""
        self.expect("-", "in the relationship pattern", instead=fix)
        rightward = self.accept(">")
        direction: Literal["out", "in", "both"] = "both"
        if leftward != rightward:
            direction = "in" if leftward else "out"
        return ast.EdgePattern(name, types, lengths, direction, properties, each, start.start)

    def _types(self) -> tuple[str, ...]:
        """`:A|B` or `:A|:B`, with duplicates left out."""
        names: dict[str, None] = {}
        if self.token.kind != ":":
            return ()
        self.take()
        names[self.name("a relationship type")] = None
        while self.accept("|"):
            self.accept(":")
            names[self.name("a relationship type")] = None
        if self.token.kind == ":":
            raise self.source.malformed(
                self.token.start,
                "A relationship has one type; write `|` between alternatives",
                Code.RELATIONSHIP_PATTERN,
            )
        if self.token.kind == "..":
            raise self.source.malformed(
                self.token.start, "A range of lengths begins with `*`", Code.RELATIONSHIP_PATTERN
            )
        return tuple(names)

    def _lengths(self, clause: str) -> tuple[int, int | None]:
        """`*`, `*2`, `*2..`, `*..3`, `*2..3`."""
        star = self.take()
        if clause in ("CREATE", "MERGE"):
            raise self.source.malformed(
                star.start,
                f"{clause} cannot make a path of variable length",
                Code.CREATING_VAR_LENGTH,
            )
        if self.token.kind == "-" and self.peek(1).kind == INTEGER:
            raise self.source.malformed(
                self.token.start, "A length is not negative", Code.RELATIONSHIP_PATTERN
            )
        least = self._length()
        if not self.accept(".."):
            return (1, None) if least is None else (least, least)
        return 1 if least is None else least, self._length()

    def _length(self) -> int | None:
        if self.token.kind != INTEGER:
            return None
        return literals.integer(self.source, self.take(), negative=False)
