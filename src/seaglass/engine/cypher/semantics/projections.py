"""Binding of WITH and RETURN: columns, grouping, and what ORDER BY and WHERE may see.

Above: the binder of clauses. Below: the binder of expressions.

- Items without aggregates are the grouping keys of a projection that has any aggregate. Beside an
  aggregate, inside one
  item, only constants and keys that are a plain variable or property may stand (else the item is
  ambiguous).
- ORDER BY and WHERE see the columns first. Without grouping and DISTINCT they also see the
  variables from before; with
  them, only what some column holds: an expression that equals the one of a column means that
  column.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from seaglass.base.codes import Code
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan, text
from seaglass.engine.cypher.logical.walk import contains_volatile, rewrite, variables, walk
from seaglass.engine.cypher.semantics import bound
from seaglass.engine.cypher.semantics.functions import VOLATILE
from seaglass.engine.cypher.semantics.kinds import UNKNOWN, Kind
from seaglass.engine.cypher.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.cypher.semantics.expressions import ExpressionBinder, Scope
    from seaglass.engine.cypher.semantics.names import FreshNames

_COUNT_KINDS = UNKNOWN | {Kind.INT, Kind.NUMBER}
# A place where aggregates may stand; messages name the others.
_ALLOWED = None


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the items of one projection are.

    Args:
        items: name and expression over the variables from before, in order
        after: the scope of the columns
        of_text: text of an item's expression -> its column, where no column shadows a variable in
        it collapses: whether rows are grouped or made distinct, so that the variables from before
        are gone grouped: whether any item aggregates
    """

    items: tuple[tuple[str, ex.Expression], ...]
    before: Mapping[str, Kind]
    after: Scope
    of_text: Mapping[str, str]
    collapses: bool
    aggregated: set[str]


class ProjectionBinder:
    """Binds the projections of one query."""

    def __init__(self, expressions: ExpressionBinder, names: FreshNames) -> None:
        self._expressions = expressions
        self._source = expressions.source
        self._names = names

    def bind(
        self,
        node: ast.Projection,
        where: ast.Expression | None,
        before: Mapping[str, Kind],
        clause: str,
    ) -> tuple[bound.Projection, Scope]:
        """A projection, and the scope of its columns."""
        aggregated: set[str] = set()
        items = self._items(node, before, clause, aggregated)
        after = {name: self._expressions.kind(value, before) for name, value in items}
        grouped = bool(aggregated)
        columns = _Columns(
            items,
            before,
            after,
            _texts(items) if node.order or where is not None else {},
            grouped or node.distinct,
            aggregated,
        )
        carried: dict[str, None] = {}
        order = tuple([self._sort_key(key, columns, carried) for key in node.order])
        skip = self._count(node.skip, "SKIP")
        limit = self._count(node.limit, "LIMIT")
        condition = None
        if where is not None:
            condition = self._expressions.predicate(where, {**before, **after})
            condition = self._visible(condition, columns, carried)
        grouping, outputs = self._grouped(columns) if grouped else (None, items)
        if clause == "WITH":
            self._check_aliases(node)
        return (
            bound.Projection(
                grouping, outputs, tuple(carried), (), node.distinct, order, skip, limit, condition
            ),
            after,
        )

    def _items(
        self,
        node: ast.Projection,
        before: Mapping[str, Kind],
        clause: str,
        aggregated: set[str],
    ) -> tuple[tuple[str, ex.Expression], ...]:
        """Name and expression of every column; fills `aggregated`."""
        items: dict[str, ex.Expression] = {}
        if node.star:
            if not before and clause == "RETURN":
                raise self._source.malformed(
                    node.at,
                    "`RETURN *` needs at least one variable, and none is defined here",
                    Code.NO_VARIABLES,
                )
            at = self._source.position(node.at)
            items = {name: ex.Variable(name, at) for name in sorted(before)}
        # No item sees the alias of another.
        aliases = [one.name for one in node.items if not isinstance(one.expression, ast.Name)]
        self._expressions.pending = dict.fromkeys(aliases, Kind.ANY)
        for item in node.items:
            if item.name in items:
                raise self._source.malformed(
                    item.at,
                    f"Two columns have the name `{item.name}`; give one another alias",
                    Code.COLUMN_CONFLICT,
                )
            items[item.name] = self._expressions.bind(item.expression, before, _ALLOWED)
            if self._expressions.aggregated:
                aggregated.add(item.name)
        self._expressions.pending = {}
        return tuple(items.items())

    def _check_aliases(self, node: ast.Projection) -> None:
        """Last of all, because what an expression does wrong is said before that it has no name."""
        for item in node.items:
            if not item.aliased:
                raise self._source.malformed(
                    item.at,
                    f"An expression in WITH needs an alias: `{item.name} AS name`",
                    Code.NO_ALIAS,
                )

    def _count(self, node: ast.Expression | None, clause: str) -> ex.Expression | None:
        """The number of SKIP or LIMIT: an expression without variables."""
        if node is None:
            return None
        expression = self._expressions
        names = _first_name(node)
        if names is not None:
            raise self._source.malformed(
                names.at,
                f"{clause} needs a constant or a parameter, not the variable `{names.name}`",
                Code.NOT_CONSTANT,
            )
        count = expression.bind(node, {}, f"in {clause}")
        if isinstance(count, ex.Literal) and isinstance(count.value, int) and count.value < 0:
            raise self._source.malformed(
                node.at,
                f"{clause} needs an integer of at least 0, but this is {count.value}",
                Code.NEGATIVE_INTEGER,
            )
        kind = expression.kind(count, {})
        if kind not in _COUNT_KINDS or (isinstance(count, ex.Literal) and count.value is None):
            raise self._source.malformed(
                node.at,
                f"{clause} needs an integer of at least 0, but this is {kind}",
                Code.ARGUMENT_TYPE,
            )
        return count

    def _sort_key(
        self, key: ast.Order, columns: _Columns, carried: dict[str, None]
    ) -> plan.SortKey:
        no_aggregates = "in ORDER BY of a projection without aggregates"
        scope = {**columns.before, **columns.after}
        expression = self._expressions.bind(
            key.expression, scope, None if columns.aggregated else no_aggregates
        )
        return plan.SortKey(self._visible(expression, columns, carried), key.descending)

    def _visible(
        self, expression: ex.Expression, columns: _Columns, carried: dict[str, None]
    ) -> ex.Expression:
        """An expression of ORDER BY or WHERE, just bound, over the columns and, where rows do not
        collapse, what was before.

        Args: carried: receives the variables from before that the expression uses
        """
        whole = columns.of_text.get(text.expression(expression))
        if whole is not None:
            return ex.Variable(whole, expression.at)
        mixed = self._expressions.aggregated
        # Variables of columns that cannot stand beside an aggregate, as the docstring says.
        compound: set[str] = set()

        def change(part: ex.Expression) -> ex.Expression | None:
            column = columns.of_text.get(text.expression(part))
            if column is not None:
                if not mixed or _is_simple(part) or _is_aggregate(part):
                    return ex.Variable(column, part.at)
                compound.update(variables(part))
            if isinstance(part, ex.Aggregate):
                raise self._source.malformed(
                    part.at.offset,
                    f"ORDER BY can only use aggregates that are columns; `{text.expression(part)}`"
                    " is none",
                    Code.UNDEFINED_VARIABLE,
                )
            if self._is_column(part) and part.name not in columns.after:
                if columns.collapses:
                    raise self._hidden(part, columns, in_column=part.name in compound)
                carried[part.name] = None
            return None

        return rewrite(expression, change)

    def _is_column(self, part: ex.Expression) -> TypeGuard[ex.Variable]:
        """Whether this is a variable of the query, and not a local one of an expression."""
        return isinstance(part, ex.Variable) and part.name not in self._expressions.local_names

    def _hidden(self, variable: ex.Variable, columns: _Columns, *, in_column: bool) -> Exception:
        cause = "aggregation" if columns.aggregated else "DISTINCT"
        code = Code.AMBIGUOUS_AGGREGATION if in_column else Code.UNDEFINED_VARIABLE
        return self._source.malformed(
            variable.at.offset,
            f"The variable `{variable.name}` is not defined after {cause}:"
            " only the columns can be used here",
            code,
        )

    def _grouped(
        self, columns: _Columns
    ) -> tuple[bound.Grouping, tuple[tuple[str, ex.Expression], ...]]:
        """Splits items into keys, aggregates, and expressions over both."""
        keys = [item for item in columns.items if item[0] not in columns.aggregated]
        simple = {text.expression(value): name for name, value in keys if _is_simple(value)}
        aggregates: dict[str, tuple[str, ex.Aggregate]] = {}
        for name, value in columns.items:
            if isinstance(value, ex.Aggregate):
                aggregates.setdefault(text.expression(value), (name, value))

        def change(part: ex.Expression) -> ex.Expression | None:
            if isinstance(part, ex.Aggregate):
                name, _ = aggregates.setdefault(
                    text.expression(part), (self._names.make("a"), part)
                )
                return ex.Variable(name, part.at)
            if _is_simple(part):
                key = simple.get(text.expression(part))
                if key is not None:
                    return ex.Variable(key, part.at)
            if self._is_column(part):
                raise self._source.malformed(
                    part.at.offset,
                    f"`{part.name}` beside an aggregate is ambiguous: it is not a column by itself;"
                    " compute it in a WITH before",
                    Code.AMBIGUOUS_AGGREGATION,
                )
            return None

        items: list[tuple[str, ex.Expression]] = []
        for name, value in columns.items:
            if name in columns.aggregated:
                items.append((name, rewrite(value, change)))
            else:
                items.append((name, ex.Variable(name, value.at)))
        return bound.Grouping(tuple(keys), tuple(aggregates.values())), tuple(items)


def _texts(items: tuple[tuple[str, ex.Expression], ...]) -> dict[str, str]:
    """Text of each expression -> its column, leaving out those that mean something else once the
    columns are there.
    """
    by_name = dict(items)
    texts: dict[str, str] = {}
    for name, value in items:
        # A constant is as good as its column; a random value is another one each time.
        if isinstance(value, ex.Literal | ex.Parameter) or contains_volatile(value, VOLATILE):
            continue
        shadowed = any(
            isinstance(part, ex.Variable)
            and part.name in by_name
            and not _is_variable(by_name[part.name], part.name)
            for part in walk(value)
        )
        if not shadowed:
            texts.setdefault(text.expression(value), name)
    return texts


def _is_variable(expression: ex.Expression, name: str) -> bool:
    return isinstance(expression, ex.Variable) and expression.name == name


def _is_aggregate(expression: ex.Expression) -> bool:
    return isinstance(expression, ex.Aggregate)


def _is_simple(expression: ex.Expression) -> bool:
    """Whether this is a variable, or a property of a variable."""
    while isinstance(expression, ex.Property):
        expression = expression.subject
    return isinstance(expression, ex.Variable)


def _first_name(node: ast.Expression) -> ast.Name | None:
    """Some variable in an unbound expression that it does not bind itself."""
    names: list[ast.Name] = []
    own: set[str] = set()
    stack: list[object] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Name):
            names.append(part)
        elif isinstance(part, tuple):
            stack.extend(part)
        elif dataclasses.is_dataclass(part):
            stack.extend(getattr(part, field.name) for field in dataclasses.fields(part))
        if isinstance(part, ast.Comprehension | ast.Quantifier | ast.Reduce):
            own.add(part.name)
        if isinstance(part, ast.Reduce):
            own.add(part.accumulator)
    return next((name for name in names if name.name not in own), None)
