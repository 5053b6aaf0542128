"""Parsing of what brings local variables: comprehensions, quantifiers, reduce(), and map projections.

    [x IN list WHERE p | e] · all(x IN list WHERE p) · reduce(a = 0, x IN list | e) · n {.key, .*}

Above: the parser of expressions, which comes here once it has seen how such a form begins. Below:
the cursor. filter() and extract(), which openCypher had before list comprehensions, become these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import ast
from seaglass.engine.cypher.syntax.tokens import END, NAME_KINDS, VARIABLE_KINDS

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.expressions import ExpressionParser
    from seaglass.engine.cypher.syntax.tokens import Token

QUANTIFIERS = frozenset({"all", "any", "none", "single"})
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


def is_comprehension(parser: ExpressionParser) -> bool:
    """Whether a list comprehension, and not a list, begins behind the `[` that was just taken.

    `[x IN a, b]` is a list of two, so that the whole of it must be looked at.
    """
    if parser.token.kind not in VARIABLE_KINDS or parser.peek(1).kind != "IN":
        return False
    depth = 0
    for place in range(parser.index + 2, len(parser.tokens)):
        kind = parser.tokens[place].kind
        if kind in _OPENING:
            depth += 1
        elif kind in _CLOSING:
            if depth == 0:
                return True
            depth -= 1
        elif depth == 0 and kind in (",", "|", "WHERE", END):
            return kind != ","
    return True


def comprehension(parser: ExpressionParser, opened: Token) -> ast.Comprehension:
    """The rest of a list comprehension, `]` included."""
    name, listed = _source(parser)
    where = parser.expression() if parser.accept("WHERE") else None
    result = parser.expression() if parser.accept("|") else None
    parser.close(opened, also="`|` or ")
    return ast.Comprehension(name, listed, where, result, opened.start)


def form(parser: ExpressionParser, name: str, at: Token) -> ast.Expression | None:
    """The form that begins with `name(`, of which the name is taken; None where it is none."""
    lower = name.lower()
    if lower == "reduce":
        return _reduce(parser, at)
    if lower not in QUANTIFIERS and lower not in ("filter", "extract"):
        return None
    opened = parser.take()
    variable, listed = _source(parser)
    if lower == "extract":
        parser.expect("|", "in `extract(x IN list | expression)`")
        result = parser.expression()
        parser.close(opened)
        return ast.Comprehension(variable, listed, None, result, at.start)
    parser.expect("WHERE", f"and a condition, as in `{lower}(x IN list WHERE x > 0)`")
    where = parser.expression()
    parser.close(opened)
    if lower == "filter":
        return ast.Comprehension(variable, listed, where, None, at.start)
    return ast.Quantifier(lower, variable, listed, where, at.start)


def map_projection(parser: ExpressionParser, subject: ast.Name) -> ast.MapProjection:
    """`{.key, .*, key: value, variable}` behind a variable."""
    opened = parser.take()
    whole = False
    items: list[tuple[str, ast.Expression]] = []
    first = True
    while first or parser.accept(","):
        if first and parser.token.kind == "}":
            break
        first = False
        token = parser.token
        if parser.accept("."):
            if parser.accept("*"):
                whole = True
                continue
            key = parser.name("the name of a property, or `*`")
            items.append((key, ast.Property(subject, key, token.start)))
        elif token.kind in NAME_KINDS and parser.peek(1).kind == ":":
            key = parser.take().text
            parser.take()
            items.append((key, parser.expression()))
        else:
            variable = parser.variable()
            items.append((variable.text, ast.Name(variable.text, variable.start)))
    parser.close(opened, also="" if first else "`,` or ")
    return ast.MapProjection(subject, whole, tuple(items), opened.start)


def _source(parser: ExpressionParser) -> tuple[str, ast.Expression]:
    """`x IN list`."""
    name = parser.variable().text
    parser.expect("IN", "and a list, as in `x IN list`")
    return name, parser.expression()


def _reduce(parser: ExpressionParser, at: Token) -> ast.Reduce:
    opened = parser.take()
    accumulator = parser.variable()
    parser.expect("=", "and a first value, as in `reduce(sum = 0, x IN list | sum + x)`")
    start = parser.expression()
    parser.expect(",", "and `x IN list` behind the first value")
    place = parser.token.start
    name, listed = _source(parser)
    if name == accumulator.text:
        raise parser.source.malformed(place, f"reduce() needs two variables; both are `{name}`")
    parser.expect("|", "and an expression, as in `reduce(sum = 0, x IN list | sum + x)`")
    step = parser.expression()
    parser.close(opened)
    return ast.Reduce(accumulator.text, start, name, listed, step, at.start)
