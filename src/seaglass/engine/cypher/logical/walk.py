"""Walking and rewriting of bound expressions.

Above: the binder, the builder, the rules. Below: `expressions`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from seaglass.engine.cypher.logical import expressions as ex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def children(expression: ex.Expression) -> tuple[ex.Expression, ...]:
    """The expressions right below."""
    below = _CHILDREN.get(type(expression))
    return () if below is None else below(expression)


def walk(expression: ex.Expression) -> list[ex.Expression]:
    """The expression and everything below it, each before what is below it."""
    nodes: list[ex.Expression] = []
    stack = [expression]
    while stack:
        node = stack.pop()
        nodes.append(node)
        below = _CHILDREN.get(type(node))
        if below is not None:
            stack.extend(below(node)[::-1])
    return nodes


def variables(expression: ex.Expression) -> frozenset[str]:
    """The columns that the expression reads; what it binds itself is none."""
    names: set[str] = set()
    own: list[str] = []
    for node in walk(expression):
        if type(node) is ex.Variable:
            names.add(node.name)
        elif type(node) in _BINDING:
            own.extend(locals_of(node))
    # Nothing else has the name of a local variable, so that its place does not matter.
    names.difference_update(own)
    return frozenset(names)


_BINDING = frozenset({ex.Comprehension, ex.Quantifier, ex.Reduce, ex.ShortestPaths})


def locals_of(expression: ex.Expression) -> tuple[str, ...]:
    """The local variables that the expression itself binds for what is below it."""
    match expression:
        case ex.Comprehension(local=local) | ex.Quantifier(local=local):
            return (local,)
        case ex.Reduce(accumulator=accumulator, local=local):
            return (accumulator, local)
        case ex.ShortestPaths(tests=tests):
            return tuple([test.local for test in tests.all()])
        case _:
            return ()


def contains_volatile(expression: ex.Expression, volatile: frozenset[str]) -> bool:
    """Whether one of the functions named `volatile` is called."""
    for node in walk(expression):
        if type(node) is ex.FunctionCall and node.name in volatile:
            return True
        if type(node) is ex.Subquery and node.volatile:
            return True
    return False


def conjuncts(predicate: ex.Expression) -> list[ex.Expression]:
    """The operands of the ANDs at the top, in order."""
    parts: list[ex.Expression] = []
    stack = [predicate]
    while stack:
        node = stack.pop()
        if isinstance(node, ex.Binary) and node.operator is ex.BinaryOperator.AND:
            stack.append(node.right)
            stack.append(node.left)
        else:
            parts.append(node)
    return parts


def conjunction(predicates: Sequence[ex.Expression]) -> ex.Expression:
    """The predicates joined by AND, in a tree of logarithmic depth; there is at least one."""
    level = list(predicates)
    while len(level) > 1:
        joined: list[ex.Expression] = [
            ex.Binary(ex.BinaryOperator.AND, left, right, left.at)
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = joined + level[len(level) // 2 * 2 :]
    return level[0]


def rewrite(
    expression: ex.Expression, change: Callable[[ex.Expression], ex.Expression | None]
) -> ex.Expression:
    """The expression with parts replaced: where `change` gives an expression it stands instead of
    the part, and where it gives None the parts below are visited.
    """
    changed = change(expression)
    if changed is not None:
        return changed
    below = children(expression)
    if not below:
        return expression
    renewed = [rewrite(child, change) for child in below]
    if all(new is old for new, old in zip(renewed, below, strict=True)):
        return expression
    return _with_children(expression, iter(renewed))


def _with_children(expression: ex.Expression, new: Iterator[ex.Expression]) -> ex.Expression:
    at = expression.at
    match expression:
        case ex.Literal() | ex.Parameter() | ex.Variable():
            return expression
        case ex.Binary(operator=operator):
            return ex.Binary(operator, next(new), next(new), at)
        case ex.Property(key=key):
            return ex.Property(next(new), key, at)
        case ex.HasLabels(labels=labels):
            return ex.HasLabels(next(new), labels, at)
        case ex.FunctionCall(name=name):
            return ex.FunctionCall(name, tuple(new), at)
        case ex.Unary(operator=operator):
            return ex.Unary(operator, next(new), at)
        case ex.IsNull(negated=negated):
            return ex.IsNull(next(new), negated, at)
        case ex.ListLiteral():
            return ex.ListLiteral(tuple(new), at)
        case ex.MapLiteral(items=pairs):
            return ex.MapLiteral(tuple([(key, next(new)) for key, _ in pairs]), at)
        case ex.PathValue():
            return ex.PathValue(tuple(new), at)
        case ex.ShortestPaths(steps=steps, every=every, tests=tests):
            source, target = next(new), next(new)
            pairs = tuple([(key, next(new)) for key, _ in steps.properties])
            steps = dataclasses.replace(steps, properties=pairs)
            own = [
                None if test is None else ex.Test(test.local, next(new))
                for test in (tests.edge, tests.node, tests.path)
            ]
            return ex.ShortestPaths(source, target, steps, every, ex.Tests(*own), at)
        case ex.Index():
            return ex.Index(next(new), next(new), at)
        case ex.Slice(start=start, stop=stop):
            subject = next(new)
            first = None if start is None else next(new)
            return ex.Slice(subject, first, None if stop is None else next(new), at)
        case ex.Comprehension(local=local, predicate=predicate, result=result):
            listed = next(new)
            kept = None if predicate is None else next(new)
            given = None if result is None else next(new)
            return ex.Comprehension(local, listed, kept, given, at)
        case ex.Quantifier(quantifier=quantifier, local=local):
            return ex.Quantifier(quantifier, local, next(new), next(new), at)
        case ex.Reduce(accumulator=accumulator, local=local):
            return ex.Reduce(accumulator, next(new), local, next(new), next(new), at)
        case ex.MapProjection(whole=whole, items=pairs):
            subject = next(new)
            items = tuple([(key, next(new)) for key, _ in pairs])
            return ex.MapProjection(subject, whole, items, at)
        case ex.Aggregate(name=name, distinct=distinct):
            return ex.Aggregate(name, next(new), distinct, at)
        case ex.Subquery(arguments=arguments):
            outer = tuple([(name, next(new)) for name, _ in arguments])
            return dataclasses.replace(expression, arguments=outer)
        case ex.Case(branches=branches, otherwise=otherwise):
            renewed = tuple([(next(new), next(new)) for _ in branches])
            return ex.Case(renewed, None if otherwise is None else next(new), at)


def _of_case(node: ex.Case) -> tuple[ex.Expression, ...]:
    parts = [part for branch in node.branches for part in branch]
    return tuple(parts) if node.otherwise is None else (*parts, node.otherwise)


# Of the types with anything below; a table, because rules and binder walk every expression often.
_CHILDREN: dict[type, Callable[[Any], tuple[ex.Expression, ...]]] = {
    ex.Binary: lambda node: (node.left, node.right),
    ex.Property: lambda node: (node.subject,),
    ex.HasLabels: lambda node: (node.subject,),
    ex.FunctionCall: lambda node: node.arguments,
    ex.Unary: lambda node: (node.operand,),
    ex.IsNull: lambda node: (node.operand,),
    ex.ListLiteral: lambda node: node.items,
    ex.MapLiteral: lambda node: tuple([value for _, value in node.items]),
    ex.PathValue: lambda node: node.parts,
    ex.ShortestPaths: lambda node: (
        node.source,
        node.target,
        *[value for _, value in node.steps.properties],
        *[test.predicate for test in node.tests.all()],
    ),
    ex.Index: lambda node: (node.subject, node.index),
    ex.Slice: lambda node: tuple(
        [part for part in (node.subject, node.start, node.stop) if part is not None]
    ),
    ex.Comprehension: lambda node: tuple(
        [part for part in (node.list, node.predicate, node.result) if part is not None]
    ),
    ex.Quantifier: lambda node: (node.list, node.predicate),
    ex.Reduce: lambda node: (node.start, node.list, node.step),
    ex.MapProjection: lambda node: (node.subject, *[value for _, value in node.items]),
    ex.Aggregate: lambda node: () if node.argument is None else (node.argument,),
    ex.Case: _of_case,
    ex.Subquery: lambda node: tuple([value for _, value in node.arguments]),
}
