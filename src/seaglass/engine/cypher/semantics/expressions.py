"""Binding of expressions: names become columns, calls become functions, chains become pairs.

Above: the binders of patterns, projections and clauses. Below: the table of functions, kinds.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.base.limits import QUERY_COPIES_MAX, QUERY_DEPTH_MAX
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import contains_volatile, walk
from seaglass.engine.cypher.semantics import functions
from seaglass.engine.cypher.semantics.kinds import (
    ARITHMETIC,
    ENTITIES,
    UNKNOWN,
    Kind,
    element_kind,
    kind_of,
)
from seaglass.engine.cypher.semantics.repeats import Kept, balanced, used_again, with_kept
from seaglass.engine.cypher.semantics.shortest import shortest_path
from seaglass.engine.cypher.semantics.usage import count_complaint, instead_of, near_name
from seaglass.engine.cypher.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from seaglass.engine.cypher.semantics.functions import Signature
    from seaglass.engine.cypher.semantics.names import FreshNames
    from seaglass.engine.cypher.semantics.subqueries import SubqueryBinder
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.cypher.syntax.source import Source

Scope = dict[str, Kind]
"""The variables that a place can see, each with what is known of it."""

# Where an aggregate cannot stand, as messages end.
_NESTED = "inside another aggregate; compute the inner one in a WITH before"
_BOOLEAN = UNKNOWN | {Kind.BOOL}
_KEYED = UNKNOWN | ENTITIES | {Kind.MAP}
_INDEXED = _KEYED | {Kind.LIST}
_PARTED = _KEYED | {Kind.TEMPORAL}
_LISTED = UNKNOWN | {Kind.LIST}
_LABELLED = UNKNOWN | ENTITIES
_CALCULATED = frozenset(Kind) - ENTITIES - {Kind.BOOL, Kind.STRING, Kind.LIST, Kind.MAP, Kind.PATH}


class ExpressionBinder:
    """Binds expressions of one query; gathers the parameters that they use."""

    # Given by the binder of queries, which needs this one to be made.
    subqueries: SubqueryBinder

    def __init__(self, source: Source, names: FreshNames) -> None:
        self.source = source
        self.parameters: dict[str, Position] = {}  # Where each stands first.
        # Variables that the clause at hand is about to make; named in the error of a use that comes
        # too early.
        self.pending: Mapping[str, Kind] = {}
        # Variables that a WITH did not pass on, and those outside of a CALL { }; for the same errors.
        self.gone: frozenset[str] = frozenset()
        self.outside: frozenset[str] = frozenset()
        # Whether an aggregate stood in the expression bound last.
        self.aggregated = False
        # The names that local variables have got; no column has one of them.
        self.local_names: set[str] = set()
        self._names = names
        self._scope: Mapping[str, Kind] = {}
        # The local variables that a place can see: as written -> the name that each has got.
        self._locals: Mapping[str, str] = {}
        # Where an aggregate may not stand, the words that say so.
        self._no_aggregates: str | None = None
        self._depth = 0
        self._copied = 0
        self._binders: dict[type, Callable[[Any], ex.Expression]] = {
            ast.Literal: self._literal,
            ast.Parameter: self._parameter,
            ast.Name: self._name,
            ast.Property: self._property,
            ast.HasLabels: self._has_labels,
            ast.LabelExpression: self._label_expression,
            ast.ListLiteral: self._list,
            ast.MapLiteral: self._map,
            ast.Index: self._index,
            ast.Slice: self._slice,
            ast.Unary: self._unary,
            ast.Binary: self._binary,
            ast.Junction: self._junction,
            ast.Comparison: self._comparison,
            ast.IsNull: self._is_null,
            ast.Case: self._case,
            ast.Call: self._call,
            ast.ShortestPath: lambda node: shortest_path(node, source, self._bind, self._require),
            ast.Comprehension: self._comprehension,
            ast.Quantifier: self._quantifier,
            ast.Reduce: self._reduce,
            ast.MapProjection: self._map_projection,
            ast.PatternPredicate: self._misplaced_pattern,
            ast.PatternComprehension: self._pattern_comprehension,
            ast.Subquery: self._subquery,
        }

    def bind(
        self, node: ast.Expression, scope: Mapping[str, Kind], no_aggregates: str | None
    ) -> ex.Expression:
        """`node` with its names resolved in `scope`.

        Args: no_aggregates: where the expression stands, if aggregates are not allowed there;
        completes a message
        """
        self._begin(scope, no_aggregates)
        return self._bind(node)

    def _begin(self, scope: Mapping[str, Kind], no_aggregates: str | None) -> None:
        self._scope = scope
        self._locals = {}
        self._no_aggregates = no_aggregates
        self.aggregated = False
        self._depth = 0

    @contextmanager
    def inside(self) -> Iterator[Scope]:
        """Lets a query be bound inside the expression at hand; gives the variables that it sees."""
        before = self._scope, self._locals, self._no_aggregates, self.aggregated, self._depth
        seen = {name: kind for name, kind in self._scope.items() if name not in self.local_names}
        # A local variable is seen as it is written, over what is outside.
        seen.update({name: self._scope[fresh] for name, fresh in self._locals.items()})
        yield seen
        self._scope, self._locals, self._no_aggregates, self.aggregated, self._depth = before

    def variable(self, name: str, at: int) -> ex.Expression:
        """What a name means at the place at hand."""
        return self._name(ast.Name(name, at))

    def kind(self, expression: ex.Expression, scope: Mapping[str, Kind]) -> Kind:
        """What is known of a bound expression."""
        return kind_of(expression, scope, functions.RESULTS)

    def predicate(self, node: ast.Expression, scope: Mapping[str, Kind]) -> ex.Expression:
        """The condition of a WHERE."""
        self._begin(scope, "in WHERE; compute it in a WITH before")
        return self._condition(node, "WHERE needs a boolean")

    def undefined(self, name: str, at: int, scope: Mapping[str, Kind]) -> Invalid:
        """The error of a name that is no variable here, with the nearest one that is."""
        if name in self.pending:
            fix = "it is made by this same clause; use it in the next one"
            return self.source.malformed(
                at, f"The variable `{name}` has no value yet: {fix}", Code.UNDEFINED_VARIABLE
            )
        if name in self.gone:
            hint = f"; WITH passes on only its items: write `{name}` there too"
        elif name in self.outside:
            hint = f"; begin the subquery with `WITH {name}` to see the one outside"
        else:
            near = near_name(name, [*(scope.keys() - self.local_names), *self._locals])
            hint = f"; did you mean `{near}`?" if near else ""
        return self.source.malformed(
            at, f"The variable `{name}` is not defined{hint}", Code.UNDEFINED_VARIABLE
        )

    def _bind(self, node: ast.Expression) -> ex.Expression:
        self._depth += 1
        if self._depth > QUERY_DEPTH_MAX:
            message = f"The expression is more than {QUERY_DEPTH_MAX} operators deep"
            raise Invalid("query_too_large", self.source.locate(node.at, message))
        bound = self._binders[type(node)](node)
        self._depth -= 1
        return bound

    def _condition(self, node: ast.Expression, complaint: str) -> ex.Expression:
        """An expression where a boolean stands: only there a pattern is a condition."""
        if isinstance(node, ast.PatternPredicate):
            return self.subqueries.predicate(node)
        bound = self._bind(node)
        self._require(bound, node.at, _BOOLEAN, complaint)
        return bound

    def _pattern_comprehension(self, node: ast.PatternComprehension) -> ex.Expression:
        return self.subqueries.comprehension(node)

    def _subquery(self, node: ast.Subquery) -> ex.Expression:
        return self.subqueries.subquery(node)

    def _misplaced_pattern(self, node: ast.PatternPredicate) -> ex.Expression:
        raise self.subqueries.misplaced(node)

    def _require(
        self,
        bound: ex.Expression,
        at: int,
        kinds: frozenset[Kind],
        complaint: str,
        code: Code = Code.ARGUMENT_TYPE,
    ) -> None:
        kind = kind_of(bound, self._scope, functions.RESULTS)
        if kind not in kinds:
            raise self.source.malformed(at, f"{complaint}, but this is {kind}", code)

    def _literal(self, node: ast.Literal) -> ex.Expression:
        return ex.Literal(node.value, self.source.position(node.at))

    def _parameter(self, node: ast.Parameter) -> ex.Expression:
        at = self.source.position(node.at)
        self.parameters.setdefault(node.name, at)
        return ex.Parameter(node.name, at)

    def _name(self, node: ast.Name) -> ex.Expression:
        local = self._locals.get(node.name)
        if local is not None:
            return ex.Variable(local, self.source.position(node.at))
        if node.name not in self._scope:
            raise self.undefined(node.name, node.at, self._scope)
        return ex.Variable(node.name, self.source.position(node.at))

    def _property(self, node: ast.Property) -> ex.Expression:
        subject = self._bind(node.subject)
        complaint = f"`.{node.key}` needs a node, a relationship, a map or a temporal value"
        # openCypher tells a path apart from other values: it knows a pattern's variables.
        is_path = kind_of(subject, self._scope, functions.RESULTS) is Kind.PATH
        code = Code.ARGUMENT_TYPE if is_path else Code.VALUE_TYPE
        self._require(subject, node.at, _PARTED, complaint, code)
        return ex.Property(subject, node.key, self.source.position(node.at))

    def _has_labels(self, node: ast.HasLabels) -> ex.Expression:
        subject = self._bind(node.subject)
        self._require(subject, node.at, _LABELLED, "A label is of a node or a relationship")
        return ex.HasLabels(subject, node.labels, self.source.position(node.at))

    def _label_expression(self, node: ast.LabelExpression) -> ex.Expression:
        subject = self._bind(node.subject)
        self._require(subject, node.at, _LABELLED, "A label is of a node or a relationship")
        return self.label_test(subject, node.test)

    def label_test(self, subject: ex.Expression, test: ast.LabelTest) -> ex.Expression:
        """The test as a condition on a bound subject."""
        at = self.source.position(test.at)
        if not test.operator:
            return ex.HasLabels(subject, (test.name,), at)
        self._copy(subject, len(test.parts) - 1, test.at)
        parts = [self.label_test(subject, part) for part in test.parts]
        if test.operator == "NOT":
            return ex.Unary(ex.UnaryOperator.NOT, parts[0], at)
        operator = ex.BinaryOperator.OR if test.operator == "OR" else ex.BinaryOperator.AND
        return balanced(operator, parts, at)

    def _list(self, node: ast.ListLiteral) -> ex.Expression:
        items = tuple([self._bind(item) for item in node.items])
        return ex.ListLiteral(items, self.source.position(node.at))

    def _map(self, node: ast.MapLiteral) -> ex.Expression:
        items = tuple([(key, self._bind(item)) for key, item in node.items])
        return ex.MapLiteral(items, self.source.position(node.at))

    def _index(self, node: ast.Index) -> ex.Expression:
        subject = self._bind(node.subject)
        complaint = "`[...]` needs a list, a map, or an entity"
        self._require(subject, node.at, _INDEXED, complaint, Code.VALUE_TYPE)
        index = self._bind(node.index)
        kind = kind_of(subject, self._scope, functions.RESULTS)
        if kind is Kind.LIST:
            integer = UNKNOWN | {Kind.INT, Kind.NUMBER}
            complaint = "The index of a list is an integer"
            self._require(index, node.index.at, integer, complaint, Code.VALUE_TYPE)
        elif kind not in UNKNOWN:
            key = UNKNOWN | {Kind.STRING}
            complaint = f"The key of {kind} is a string"
            self._require(index, node.index.at, key, complaint, Code.MAP_KEY)
        return ex.Index(subject, index, self.source.position(node.at))

    def _slice(self, node: ast.Slice) -> ex.Expression:
        subject = self._bind(node.subject)
        self._require(subject, node.at, _LISTED, "`[a..b]` needs a list")
        start = None if node.start is None else self._bind(node.start)
        stop = None if node.stop is None else self._bind(node.stop)
        return ex.Slice(subject, start, stop, self.source.position(node.at))

    def _unary(self, node: ast.Unary) -> ex.Expression:
        if node.operator == "NOT":
            operand = self._condition(node.operand, "NOT needs a boolean")
        else:
            operand = self._bind(node.operand)
        return ex.Unary(ex.UnaryOperator(node.operator), operand, self.source.position(node.at))

    def _binary(self, node: ast.Binary) -> ex.Expression:
        operator = ex.BinaryOperator(node.operator)
        left = self._bind(node.left)
        right = self._bind(node.right)
        if operator is ex.BinaryOperator.IN:
            self._require(right, node.right.at, _LISTED, "IN needs a list on its right")
        if operator in ARITHMETIC:
            for bound, operand in ((left, node.left), (right, node.right)):
                self._require(bound, operand.at, _CALCULATED, f"`{operator}` needs numbers")
        return ex.Binary(operator, left, right, self.source.position(node.at))

    def _junction(self, node: ast.Junction) -> ex.Expression:
        complaint = f"{node.operator} needs booleans"
        operands = [self._condition(operand, complaint) for operand in node.operands]
        operator = ex.BinaryOperator(node.operator)
        return balanced(operator, operands, self.source.position(node.at))

    def _comparison(self, node: ast.Comparison) -> ex.Expression:
        left = self._bind(node.first)
        pairs: list[ex.Expression] = []
        kept: Kept = []
        for text, operand, at in node.links:
            if pairs:
                self._copy(left, 1, at)
            right = self._bind(operand)
            if len(pairs) + 1 < len(node.links):
                right = used_again(right, kept, self._fresh)
            position = self.source.position(at)
            pairs.append(ex.Binary(ex.BinaryOperator(text), left, right, position))
            left = right
        whole = balanced(ex.BinaryOperator.AND, pairs, self.source.position(node.at))
        return with_kept(kept, whole)

    def _fresh(self) -> str:
        """The name of a local variable."""
        name = self._names.make("x")
        self.local_names.add(name)
        return name

    def _copy(self, bound: ex.Expression, times: int, at: int) -> None:
        """Counts `times` more uses of a bound expression."""
        if times == 0:
            return
        self._copied += times * sum(1 for _ in walk(bound))
        if self._copied > QUERY_COPIES_MAX:
            message = (
                "CASE with a subject and chains of comparisons repeat their operands more than"
                f" {QUERY_COPIES_MAX} times; compute the operand in a WITH before"
            )
            raise Invalid("query_too_large", self.source.locate(at, message))

    def _is_null(self, node: ast.IsNull) -> ex.Expression:
        return ex.IsNull(self._bind(node.operand), node.negated, self.source.position(node.at))

    def _case(self, node: ast.Case) -> ex.Expression:
        subject = None if node.subject is None else self._bind(node.subject)
        kept: Kept = []
        if subject is not None:
            self._copy(subject, len(node.branches) - 1, node.at)
            subject = used_again(subject, kept, self._fresh)
        branches: list[tuple[ex.Expression, ex.Expression]] = []
        for condition, value in node.branches:
            if subject is None:
                bound = self._condition(condition, "WHEN needs a boolean")
            else:
                position = self.source.position(condition.at)
                bound = ex.Binary(ex.BinaryOperator.EQ, subject, self._bind(condition), position)
            branches.append((bound, self._bind(value)))
        otherwise = None if node.otherwise is None else self._bind(node.otherwise)
        whole = ex.Case(tuple(branches), otherwise, self.source.position(node.at))
        return with_kept(kept, whole)

    @contextmanager
    def _with_locals(self, where: str, kinds: Mapping[str, Kind]) -> Iterator[list[str]]:
        """Lets these names be seen inside, over what is outside; gives the names that they get.

        Args: where: words for a message about an aggregate that stands there
        """
        before = self._scope, self._locals, self._no_aggregates
        fresh = [self._fresh() for _ in kinds]
        self._scope = {**self._scope, **dict(zip(fresh, kinds.values(), strict=True))}
        self._locals = {**self._locals, **dict(zip(kinds, fresh, strict=True))}
        self._no_aggregates = f"{where}; compute it in a WITH before"
        yield fresh
        self._scope, self._locals, self._no_aggregates = before

    def _source(self, node: ast.Expression, what: str) -> tuple[ex.Expression, Kind]:
        """The list that a local variable goes through, and what is known of its elements."""
        listed = self._bind(node)
        self._require(listed, node.at, _LISTED, f"{what} needs a list")
        return listed, element_kind(listed, self._scope, functions.RESULTS)

    def _comprehension(self, node: ast.Comprehension) -> ex.Expression:
        listed, kind = self._source(node.list, "A list comprehension")
        where = result = None
        with self._with_locals("inside a list comprehension", {node.name: kind}) as (local,):
            if node.where is not None:
                where = self._condition(node.where, "WHERE needs a boolean")
            if node.result is not None:
                result = self._bind(node.result)
        return ex.Comprehension(local, listed, where, result, self.source.position(node.at))

    def _quantifier(self, node: ast.Quantifier) -> ex.Expression:
        what = f"{node.quantifier}()"
        listed, kind = self._source(node.list, what)
        with self._with_locals(f"inside {what}", {node.name: kind}) as (local,):
            where = self._condition(node.where, "WHERE needs a boolean")
        quantifier = ex.QuantifierName(node.quantifier)
        return ex.Quantifier(quantifier, local, listed, where, self.source.position(node.at))

    def _reduce(self, node: ast.Reduce) -> ex.Expression:
        start = self._bind(node.start)
        listed, kind = self._source(node.list, "reduce()")
        kinds = {node.accumulator: Kind.ANY, node.name: kind}
        with self._with_locals("inside reduce()", kinds) as (accumulator, local):
            step = self._bind(node.step)
        at = self.source.position(node.at)
        return ex.Reduce(accumulator, start, local, listed, step, at)

    def _map_projection(self, node: ast.MapProjection) -> ex.Expression:
        subject = self._bind(node.subject)
        self._require(
            subject, node.at, _KEYED, "A map projection needs a node, a relationship or a map"
        )
        items = tuple([(key, self._bind(item)) for key, item in node.items])
        return ex.MapProjection(subject, node.whole, items, self.source.position(node.at))

    def _call(self, node: ast.Call) -> ex.Expression:
        aggregate = functions.find_aggregate(node.name)
        if aggregate is not None:
            return self._aggregate(node, aggregate)
        signature = functions.find(node.name)
        if signature is None:
            raise self._unknown_function(node)
        if node.star or node.distinct:
            mark = "*" if node.star else "DISTINCT"
            raise self.source.malformed(
                node.at,
                f"`{mark}` belongs to aggregates such as count(), not to {signature.name}()",
            )
        self._check_count(node, signature)
        if signature.name == "exists" and isinstance(node.arguments[0], ast.PatternPredicate):
            return self.subqueries.predicate(node.arguments[0])
        if signature.name == "size":
            argument = node.arguments[0]
            if isinstance(argument, ast.PatternComprehension | ast.PatternPredicate):
                return self.subqueries.size(argument)
        arguments = tuple([self._bind(argument) for argument in node.arguments])
        if arguments and signature.first:
            allowed = UNKNOWN | signature.first
            wanted = " or ".join(sorted(signature.first))
            complaint = f"{signature.name}() needs {wanted}"
            self._require(arguments[0], node.arguments[0].at, allowed, complaint)
        if signature.name == "exists" and not isinstance(arguments[0], ex.Property | ex.Index):
            raise self.source.malformed(
                node.arguments[0].at,
                "exists() needs a property, as in `exists(n.key)`",
                Code.ARGUMENT_TYPE,
            )
        return ex.FunctionCall(signature.name, arguments, self.source.position(node.at))

    def _aggregate(self, node: ast.Call, signature: Signature) -> ex.Expression:
        self.aggregated = True
        if self._no_aggregates is not None:
            raise self.source.malformed(
                node.at,
                f"The aggregate {signature.name}() cannot stand {self._no_aggregates}",
                Code.NESTED_AGGREGATION
                if self._no_aggregates is _NESTED
                else Code.INVALID_AGGREGATION,
            )
        if node.star:
            if signature.name != "count":
                raise self.source.malformed(
                    node.at, f"`*` belongs to count(), not to {node.name}()"
                )
            return ex.Aggregate("count", None, False, self.source.position(node.at))
        self._check_count(node, signature)
        self._no_aggregates = _NESTED
        arguments = tuple([self._bind(argument) for argument in node.arguments])
        self._no_aggregates = None
        position = self.source.position(node.at)
        # Two arguments travel as one, so that all aggregates are alike.
        argument = arguments[0] if len(arguments) == 1 else ex.ListLiteral(arguments, position)
        if contains_volatile(argument, functions.VOLATILE):
            raise self.source.malformed(
                node.arguments[0].at,
                f"{signature.name}() cannot take a random value; compute it in a WITH before",
                Code.NOT_CONSTANT,
            )
        return ex.Aggregate(signature.name, argument, node.distinct, position)

    def _check_count(self, node: ast.Call, signature: Signature) -> None:
        complaint = count_complaint(signature, len(node.arguments))
        if complaint:
            raise self.source.malformed(node.at, complaint, Code.ARGUMENT_COUNT)

    def _unknown_function(self, node: ast.Call) -> Exception:
        what = f"The function {node.name}() is"
        if functions.is_not_yet(node.name):
            return self.source.unsupported(node.at, what)
        fix, why = instead_of(node.name), functions.why_never(node.name)
        if why is not None:
            return self.source.unsupported(node.at, what, why, fix)
        hint = f"; {fix}" if fix else ""
        return self.source.malformed(
            node.at, f"There is no function {node.name}(){hint}", Code.UNKNOWN_FUNCTION
        )
