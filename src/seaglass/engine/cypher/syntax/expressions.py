"""Parsing of expressions, by precedence climbing.

Above: patterns and clauses. Below: the cursor.
From loose to tight:

    OR · XOR · AND · NOT · comparisons (chained) · IN, STARTS WITH, ENDS WITH, CONTAINS, IS [NOT]
    NULL + - · * / % · ^ (to the left) · unary + - · .key [index] [a..b] :Label

What openCypher has and seaglass has not yet is recognised by its first tokens and refused by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from seaglass.engine.cypher.syntax import ast, comprehensions, labels, literals
from seaglass.engine.cypher.syntax.advice import UNEQUAL
from seaglass.engine.cypher.syntax.cursor import Cursor
from seaglass.engine.cypher.syntax.tokens import (
    FLOAT,
    INTEGER,
    IRI,
    NAME_KINDS,
    PARAMETER,
    RESERVED,
    STRING,
    VARIABLE_KINDS,
    Token,
)

_NOT_LEVEL = 4
_COMPARISON_LEVEL = 5
_PREDICATE_LEVEL = 6
_LEVELS = {
    "OR": 1,
    "XOR": 2,
    "AND": 3,
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">=", "==", "!=", "=~"), _COMPARISON_LEVEL),
    **dict.fromkeys(("IN", "STARTS", "ENDS", "CONTAINS", "IS"), _PREDICATE_LEVEL),
    **dict.fromkeys(("+", "-"), 7),
    **dict.fromkeys(("*", "/", "%"), 8),
    "^": 9,
}

# What stands between the names of labels.
_OF_LABELS = frozenset((":", "|", "&", "!", "%", "(", ")"))
# The words that a query begins with.
_BEGINNINGS = frozenset(
    ("CALL", "CREATE", "MATCH", "MERGE", "OPTIONAL", "RETURN", "UNWIND", "WITH")
)
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}

# Functions whose argument is a pattern.
_SHORTEST = ("shortestpath", "allshortestpaths")


class ExpressionParser(Cursor, ABC):
    """The part of the parser that reads expressions."""

    def expression(self, level: int = 1) -> ast.Expression:
        """An expression whose operators bind at least as tight as `level`."""
        self.enter()
        token = self.token
        if token.kind == "NOT" and level <= _NOT_LEVEL:
            self.take()
            left: ast.Expression = ast.Unary("NOT", self.expression(_NOT_LEVEL), token.start)
        else:
            left = self.operand()
        links = 0
        while (found := _LEVELS.get(self.token.kind, 0)) >= level:
            links += 1
            self.check_depth(links)
            if found < _NOT_LEVEL:
                left = self._junction(left, found)
            elif found == _COMPARISON_LEVEL:
                left = self._comparison(left)
            elif found == _PREDICATE_LEVEL:
                left = self._predicate(left)
            else:
                operator = self.take()
                right = self.expression(found + 1)
                left = ast.Binary(operator.kind, left, right, operator.start)
        self.depth -= 1
        return left

    def operand(self) -> ast.Expression:
        """Signs, then an atom with what is attached to it."""
        token = self.token
        if token.kind != "-" and token.kind != "+":
            return self.postfix()
        self.take()
        if token.kind == "-" and self.token.kind == INTEGER:
            # Together, because the smallest integer has no positive partner.
            number = self.take()
            value = literals.integer(self.source, number, negative=True)
            return ast.Literal(value, token.start)
        self.enter()
        operand = self.operand()
        self.depth -= 1
        return ast.Unary(token.kind, operand, token.start)

    def postfix(self) -> ast.Expression:
        """An atom with properties, indexes, slices and labels."""
        subject = self.atom()
        links = 0
        while True:
            links += 1
            self.check_depth(links)
            token = self.token
            if token.kind == ".":
                self.take()
                subject = ast.Property(subject, self.key("the name of a property"), token.start)
            elif token.kind == "[":
                subject = self._index(subject)
            elif token.kind == ":":
                return self._labelled(subject)
            elif token.kind == "{" and isinstance(subject, ast.Name):
                subject = comprehensions.map_projection(self, subject)
            else:
                return subject

    def _labelled(self, subject: ast.Expression) -> ast.Expression:
        at = self.token.start
        test = labels.label_test(self, alternatives=False)
        names = labels.plain(test)
        if names is None:
            return ast.LabelExpression(subject, test, at)
        return ast.HasLabels(subject, names, at)

    def atom(self) -> ast.Expression:
        """A literal, parameter, variable, call, CASE, list, map, or what parentheses hold."""
        token = self.token
        kind = token.kind
        if kind in VARIABLE_KINDS:
            return self._named()
        if kind == STRING:
            self.take()
            return ast.Literal(literals.string(self.source, token), token.start)
        if kind == INTEGER:
            self.take()
            value = literals.integer(self.source, token, negative=False)
            return ast.Literal(value, token.start)
        if kind == PARAMETER:
            self.take()
            return ast.Parameter(token.text, token.start)
        if kind == IRI:
            self.take()
            return ast.Literal(token.text, token.start)
        if kind == "(":
            return self._parenthesised()
        if kind == "[":
            return self._list()
        if kind == "{":
            return self.map()
        if kind == FLOAT:
            self.take()
            return ast.Literal(literals.floating(self.source, token), token.start)
        return self._reserved_atom(token)

    def map(self) -> ast.MapLiteral:
        """`{key: value, ...}`."""
        opened = self.take()
        items: list[tuple[str, ast.Expression]] = []
        while not items or self.accept(","):
            if self.token.kind == "}" and not items:
                break
            if self.token.kind == STRING:
                fix = "keys are written without quotes, as in `{name: 'x'}`"
                raise self.unexpected("a key of the map", instead=fix)
            key = self.key("a key of the map")
            fix = f"write `{{{key}: ...}}`" if self.token.kind == "=" else ""
            if self.token.kind == "}":
                fix = f"a parameter is written `${key}`"
            elif _LEVELS.get(self.token.kind) == _COMPARISON_LEVEL and not fix:
                fix = UNEQUAL
            self.expect(":", f"after the key `{key}`", instead=fix)
            items.append((key, self.expression()))
        self.close(opened, also="`,` or " if items else "")
        return ast.MapLiteral(tuple(items), opened.start)

    def _junction(self, first: ast.Expression, level: int) -> ast.Junction:
        operator = self.token
        operands = [first]
        while self.token.kind == operator.kind:
            self.take()
            operands.append(self.expression(level + 1))
        return ast.Junction(operator.kind, tuple(operands), operator.start)

    def _comparison(self, first: ast.Expression) -> ast.Comparison:
        at = self.token.start
        links: list[tuple[str, ast.Expression, int]] = []
        while _LEVELS.get(self.token.kind) == _COMPARISON_LEVEL:
            operator = self.token
            if operator.kind == "==":
                raise self.source.malformed(operator.start, "`==` is not an operator; write `=`")
            if operator.kind == "!=":
                raise self.source.malformed(operator.start, "`!=` is not an operator; write `<>`")
            self.take()
            links.append((operator.kind, self.expression(_PREDICATE_LEVEL), operator.start))
        return ast.Comparison(first, tuple(links), at)

    def _predicate(self, left: ast.Expression) -> ast.Expression:
        operator = self.take()
        if operator.kind == "IS":
            negated = self.accept("NOT")
            self.expect("NULL", "after `IS NOT`" if negated else "or `NOT NULL` after `IS`")
            return ast.IsNull(left, negated, operator.start)
        name = operator.kind
        if name in ("STARTS", "ENDS"):
            self.expect("WITH", f"after `{name}`")
            name = f"{name} WITH"
        return ast.Binary(name, left, self.expression(_PREDICATE_LEVEL + 1), operator.start)

    def _index(self, subject: ast.Expression) -> ast.Expression:
        opened = self.take()
        start = None if self.token.kind == ".." else self.expression()
        if self.accept(".."):
            stop = None if self.token.kind == "]" else self.expression()
            self.close(opened)
            return ast.Slice(subject, start, stop, opened.start)
        assert start is not None
        self.close(opened, also="`..` or ")
        return ast.Index(subject, start, opened.start)

    def _named(self) -> ast.Expression:
        token = self.token
        following = self.peek(1).kind
        if following == "(" and token.text.lower() in _SHORTEST:
            return ast.ShortestPath(self.path("MATCH"), token.start)
        if following == "(":
            self.take()
            return self._call(token.text, token)
        if following == ".":
            dotted = self._dotted_call()
            if dotted is not None:
                return dotted
        if following == "{" and token.kind == "COUNT":
            self.take()
            return ast.Subquery("count", self.braced(patterns=True), token.start)
        if following == "{" and token.text.upper() == "COLLECT" and self._is_query(2):
            self.take()
            return ast.Subquery("collect", self.braced(patterns=False), token.start)
        self.take()
        return ast.Name(token.text, token.start)

    def _is_query(self, ahead: int) -> bool:
        """Whether a query begins there, and no item of a map projection."""
        return self.peek(ahead).kind in _BEGINNINGS and self.peek(ahead + 1).kind not in (
            ":",
            ",",
            "}",
        )

    def _dotted_call(self) -> ast.Expression | None:
        """A call such as `date.truncate(...)`, or None where the dots are property access."""
        names = 1
        while self.peek(2 * names - 1).kind == "." and self.peek(2 * names).kind in NAME_KINDS:
            names += 1
        if self.peek(2 * names - 1).kind != "(":
            return None
        first = self.take()
        text = first.text
        for _ in range(names - 1):
            self.take()
            text = f"{text}.{self.take().text}"
        return self._call(text, first)

    def _call(self, name: str, at: Token) -> ast.Expression:
        form = comprehensions.form(self, name, at)
        if form is not None:
            return form
        opened = self.take()
        if self.token.kind == "*":
            self.take()
            self.close(opened)
            return ast.Call(name, (), False, True, at.start)
        distinct = self.accept("DISTINCT")
        arguments: list[ast.Expression] = []
        if self.token.kind != ")":
            arguments.append(self.expression())
            while self.accept(","):
                arguments.append(self.expression())
        self.close(opened, also="`,` or " if arguments else "")
        return ast.Call(name, tuple(arguments), distinct, False, at.start)

    def _parenthesised(self) -> ast.Expression:
        if self._is_pattern():
            at = self.token.start
            return ast.PatternPredicate(self.path("MATCH"), at)
        opened = self.take()
        inner = self.expression()
        if self.token.kind == ",":
            fix = "a list is written in square brackets: `[1, 2]`"
            raise self.unexpected("an operator or `)`", instead=fix)
        self.close(opened)
        return inner

    def _list(self) -> ast.Expression:
        opened = self.take()
        token = self.token
        if comprehensions.is_comprehension(self):
            return comprehensions.comprehension(self, opened)
        is_path = token.kind in VARIABLE_KINDS and self.peek(1).kind == "="
        if (is_path and self.peek(2).kind == "(") or (token.kind == "(" and self._is_pattern()):
            return self._pattern_comprehension(opened)
        items: list[ast.Expression] = []
        if token.kind != "]":
            items.append(self.expression())
            while self.accept(","):
                items.append(self.expression())
        self.close(opened, also="`,` or " if items else "")
        return ast.ListLiteral(tuple(items), opened.start)

    def _pattern_comprehension(self, opened: Token) -> ast.Expression:
        path = self.path("MATCH")
        where = self.expression() if self.accept("WHERE") else None
        self.expect("|", "and a result, as in `[(a)-->(b) | b]`")
        result = self.expression()
        self.close(opened)
        return ast.PatternComprehension(path, where, result, opened.start)

    @abstractmethod
    def path(self, clause: str) -> ast.PathPattern:
        """A path pattern; the parser of patterns reads it."""

    @abstractmethod
    def braced(self, *, patterns: bool) -> ast.Statement:
        """`{ ... }` with a query inside, or with a pattern if `patterns`; the parser of queries
        reads it.
        """

    def _reserved_atom(self, token: Token) -> ast.Expression:
        kind = token.kind
        if kind in _CONSTANTS:
            self.take()
            return ast.Literal(_CONSTANTS[kind], token.start)
        if kind == "CASE":
            return self._case()
        following = self.peek(1).kind
        if kind == "EXISTS" and following == "{":
            self.take()
            return ast.Subquery("exists", self.braced(patterns=True), token.start)
        if kind in NAME_KINDS and following == "(" and kind not in ("NOT", "AND", "OR", "XOR"):
            self.take()
            return self._call(token.text, token)
        if kind == "NOT":
            raise self.source.malformed(
                token.start, "`NOT` after another operator needs parentheses: `(NOT ...)`"
            )
        if kind in RESERVED and following in (",", ")", "]", ".", "=", "AS"):
            raise self.reserved(token)
        fix = "write `n.x IS NOT NULL`, or `EXISTS { (n)-->() }`" if kind == "EXISTS" else ""
        raise self.unexpected("an expression", instead=fix)

    def _case(self) -> ast.Case:
        opened = self.take()
        subject = None if self.token.kind == "WHEN" else self.expression()
        branches: list[tuple[ast.Expression, ast.Expression]] = []
        while not branches or self.token.kind == "WHEN":
            self.expect("WHEN", "in `CASE`")
            condition = self.expression()
            fix = "each value has a `WHEN` of its own" if self.token.kind == "," else ""
            self.expect("THEN", "after the condition of `WHEN`", instead=fix)
            branches.append((condition, self.expression()))
        otherwise = self.expression() if self.accept("ELSE") else None
        self.expect("END", "to close `CASE`")
        return ast.Case(subject, tuple(branches), otherwise, opened.start)

    def _is_pattern(self) -> bool:
        """Whether a path pattern with at least one relationship begins at the next token, `(`.

        `(a)-[b]` and `(a)--(b)` could also be arithmetic; openCypher reads them as patterns.
        """
        ahead = self._node_pattern_length()
        if ahead == 0:
            return False
        if self.peek(ahead).kind == "<":
            ahead += 1
        dash = self.peek(ahead)
        if dash.kind != "-":
            return False
        following = self.peek(ahead + 1)
        if following.kind == "-":
            return following.start == dash.end and self.peek(ahead + 2).kind in (">", "(")
        if following.kind != "[":
            return False
        if self.peek(ahead + 2).kind in VARIABLE_KINDS:
            ahead += 1
        return self.peek(ahead + 2).kind in ("]", ":", "*", "{", "WHERE", PARAMETER)

    def _node_pattern_length(self) -> int:
        """The number of tokens of the node pattern that begins at the next token, or 0."""
        ahead = 1
        if self.peek(ahead).kind in VARIABLE_KINDS:
            ahead += 1
        if self.peek(ahead).kind == ":":
            ahead += self._labels_length(ahead)
        if self.peek(ahead).kind == PARAMETER:
            ahead += 1
        elif self.peek(ahead).kind == "{":
            ahead += self._length_between("{", "}", ahead)
        if self.peek(ahead).kind == "WHERE":
            return self._length_between("(", ")", 0)
        return ahead + 1 if self.peek(ahead).kind == ")" else 0

    def _labels_length(self, ahead: int) -> int:
        """The number of tokens of labels and what joins them, up to a bracket that they do not open."""
        depth = 0
        for place in range(self.index + ahead, len(self.tokens)):
            kind = self.tokens[place].kind
            depth += (kind == "(") - (kind == ")")
            inside = kind in _OF_LABELS or (kind in NAME_KINDS and kind != "WHERE")
            if depth < 0 or not inside:
                return place - self.index - ahead
        return 0

    def _length_between(self, opener: str, closer: str, ahead: int) -> int:
        """The number of tokens from a bracket to the one that closes it, or 0."""
        depth = 0
        for place in range(self.index + ahead, len(self.tokens)):
            kind = self.tokens[place].kind
            depth += (kind == opener) - (kind == closer)
            if depth == 0:
                return place - self.index - ahead + 1
        return 0
