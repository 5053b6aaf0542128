"""Parsing of labels: `:A:B`, and what later Cypher writes with `|`, `&`, `!` and parentheses.

Above: the parsers of expressions and patterns. Below: the cursor.
From loose to tight: `|`, then `&` and `:`, then `!`. Behind an expression, `|` belongs to what is
around it (`[n IN list WHERE n:A | n.x]`), unless it stands in parentheses: `n:(A|B)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import ast

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.expressions import ExpressionParser


def label_test(parser: ExpressionParser, *, alternatives: bool) -> ast.LabelTest:
    """What stands from the `:` on. Args: alternatives: whether a `|` belongs to it"""
    parser.take()
    return _any(parser) if alternatives else _all(parser)


def plain(test: ast.LabelTest) -> tuple[str, ...] | None:
    """The labels of `:A:B`, with duplicates left out; None for any other test."""
    parts = test.parts if test.operator == ":" else (test,)
    if any(part.operator for part in parts):
        return None
    return tuple(dict.fromkeys([part.name for part in parts]))


def _any(parser: ExpressionParser) -> ast.LabelTest:
    parts = [_all(parser)]
    while parser.token.kind == "|":
        parser.take()
        parser.accept(":")
        parts.append(_all(parser))
    return parts[0] if len(parts) == 1 else ast.LabelTest("OR", "", tuple(parts), parts[0].at)


def _all(parser: ExpressionParser) -> ast.LabelTest:
    parts = [_one(parser)]
    joined = ":"
    while parser.token.kind in (":", "&"):
        if parser.take().kind == "&":
            joined = "AND"
        parts.append(_one(parser))
    return parts[0] if len(parts) == 1 else ast.LabelTest(joined, "", tuple(parts), parts[0].at)


def _one(parser: ExpressionParser) -> ast.LabelTest:
    token = parser.token
    parser.enter()
    if parser.accept("!"):
        test = ast.LabelTest("NOT", "", (_one(parser),), token.start)
    elif parser.accept("("):
        test = _any(parser)
        parser.close(token, also="`|`, `&` or ")
    else:
        test = ast.LabelTest("", parser.name("a label"), (), token.start)
    parser.depth -= 1
    return test
