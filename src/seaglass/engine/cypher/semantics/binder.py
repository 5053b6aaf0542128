"""Binding of queries: clause after clause, each in the scope that the one before left.

Above: `compile`. Below: the binders of projections, patterns and expressions.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from seaglass.base.codes import Code
from seaglass.base.dialect import Dialect
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.build import build_inner
from seaglass.engine.cypher.semantics import bound
from seaglass.engine.cypher.semantics.expressions import ExpressionBinder
from seaglass.engine.cypher.semantics.kinds import ENTITIES, UNKNOWN, Kind
from seaglass.engine.cypher.semantics.patterns import PatternBinder
from seaglass.engine.cypher.semantics.procedures import CATALOGUE, ProcedureBinder
from seaglass.engine.cypher.semantics.projections import ProjectionBinder
from seaglass.engine.cypher.semantics.shortest import matched
from seaglass.engine.cypher.semantics.subqueries import SubqueryBinder
from seaglass.engine.cypher.syntax import ast
from seaglass.engine.cypher.syntax.survey import first_write, variables_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seaglass.engine.cypher.semantics.expressions import Scope
    from seaglass.engine.cypher.semantics.names import FreshNames
    from seaglass.engine.cypher.semantics.procedures import Catalogue
    from seaglass.engine.cypher.syntax.source import Source

_WRITES = ast.Create | ast.Merge | ast.Set | ast.Delete
_WORDS: dict[type, str] = {
    ast.Match: "MATCH",
    ast.Create: "CREATE",
    ast.Merge: "MERGE",
    ast.Set: "SET",
    ast.Delete: "DELETE",
    ast.Unwind: "UNWIND",
    ast.ProcedureCall: "CALL",
    ast.With: "WITH",
    ast.Return: "RETURN",
    ast.CallSubquery: "CALL { }",
}
_WRITABLE = UNKNOWN | ENTITIES
_DELETABLE = _WRITABLE | {Kind.PATH}
_ASSIGNABLE = UNKNOWN | ENTITIES | {Kind.MAP}
_LISTED = UNKNOWN | {Kind.LIST}
_IDENTITY = "~id"


class Binder:
    """Binds one query.

    Args: inner_plan: makes the plan of a query that stands in an expression
    """

    def __init__(
        self,
        source: Source,
        names: FreshNames,
        procedures: Catalogue = CATALOGUE,
        inner_plan: Callable[[bound.Body], plan.Operator] = build_inner,
        dialect: Dialect = Dialect.OPENCYPHER,
    ) -> None:
        self._source = source
        self._names = names
        self._expressions = ExpressionBinder(source, names)
        self._patterns = PatternBinder(self._expressions, names)
        self._projections = ProjectionBinder(self._expressions, names)
        self._procedures = ProcedureBinder(self._expressions, procedures)
        self._subqueries = SubqueryBinder(
            self._expressions, self._patterns, names, (self._seeing, inner_plan)
        )
        self._subqueries.sizes_patterns = dialect is Dialect.NEPTUNE
        self._expressions.subqueries = self._subqueries
        self._scope: Scope = {}
        # What a query inside an expression sees of the rows around it, past its projections too.
        self._around: Scope = {}
        # What of it is gone, past a projection that cannot pass it on.
        self._lost: set[str] = set()

    def query(self, query: ast.Statement) -> bound.Query:
        """The query with every name resolved.

        Raises: Invalid(malformed_query | query_too_large), Unsupported(unsupported_operation)
        """
        match query:
            case ast.Query(clauses=(ast.ProcedureCall() as call,)):
                body = self._standalone(call)
            case ast.Query(clauses=(*_, ast.ProcedureCall() as call)):
                body = self._body(self._procedures.returned(query, call), {})
            case _:
                body = self._body(query, {})
        return bound.Query(body, self._expressions.parameters, tuple(self._subqueries.plans))

    def _body(self, query: ast.Statement, scope: Scope, *, anywhere: bool = False) -> bound.Body:
        """A query that begins with the variables of `scope`; `anywhere`: it may end anywhere."""
        if isinstance(query, ast.Union):
            parts = [self._body(part, scope, anywhere=anywhere) for part in query.branches]
            return self._union(query, parts)
        self._check_order(query, anywhere=anywhere)
        before, self._scope = self._scope, scope
        gone, self._expressions.gone = self._expressions.gone, frozenset()
        clauses: list[bound.Clause] = []
        for clause in query.clauses:
            if self._lost and not self._lost.isdisjoint(variables_in(clause)):
                raise self._source.unsupported(
                    clause.at,
                    "A variable from outside a subquery, after a WITH in it that only aggregates, is",
                )
            clauses.append(self._clause(clause))
        last = clauses[-1]
        if isinstance(last, bound.Call) and last.body.returns and not anywhere:
            raise self._source.malformed(
                query.clauses[-1].at,
                "A query cannot end with CALL { } that returns rows; add a RETURN of what is wanted",
                Code.CLAUSE_ORDER,
            )
        returns = isinstance(query.clauses[-1], ast.Return)
        columns = self._scope if returns else {}
        self._scope = before
        self._expressions.gone = gone
        return bound.Body(tuple(scope), tuple(clauses), returns, columns)

    def _standalone(self, clause: ast.ProcedureCall) -> bound.Body:
        """A call that is the whole query; it gives what it yields."""
        call, columns = self._procedures.bind(clause, {}, standalone=True)
        return bound.Body((), (call,), bool(columns), columns)

    def _seeing(self, query: ast.Statement, scope: Scope) -> bound.Body:
        """A query in an expression: it sees all variables of `scope`, from its first clause to its
        last.
        """
        around, lost = self._around, self._lost
        self._around, self._lost = scope, set()
        body = self._body(query, scope, anywhere=True)
        self._around, self._lost = around, lost
        return body

    def _union(self, query: ast.Union, branches: list[bound.Body]) -> bound.Body:
        first, *others = branches
        for branch, part in zip(others, query.branches[1:], strict=True):
            if branch.columns.keys() != first.columns.keys():
                raise self._source.malformed(
                    part.clauses[-1].at,
                    "All queries of a UNION need the same columns;"
                    f" here they are {_names_of(branch.columns)},"
                    f" before {_names_of(first.columns)}",
                    Code.DIFFERENT_COLUMNS,
                )
        columns: Scope = {}
        for name in first.columns:
            kinds = {branch.columns[name] for branch in branches}
            columns[name] = kinds.pop() if len(kinds) == 1 else Kind.ANY
        imports = dict.fromkeys([name for branch in branches for name in branch.imports])
        union = bound.Union(tuple(branches), tuple(columns), query.distinct)
        return bound.Body(tuple(imports), (union,), first.returns, columns)

    def _check_order(self, query: ast.Query, *, anywhere: bool) -> None:
        """What clause may follow what."""
        for place, clause in enumerate(query.clauses):
            if place == 0:
                continue
            before = query.clauses[place - 1]
            if isinstance(before, ast.Return):
                raise self._source.malformed(
                    clause.at, "RETURN is the last clause of a query", Code.CLAUSE_ORDER
                )
            if isinstance(before, _WRITES) and isinstance(clause, ast.Match | ast.Unwind):
                raise self._source.malformed(
                    clause.at,
                    f"Between {_WORDS[type(before)]} and {_WORDS[type(clause)]} a WITH is needed",
                    Code.CLAUSE_ORDER,
                )
        last = query.clauses[-1]
        if (
            isinstance(last, ast.ProcedureCall)
            and last.yields
            and len(query.clauses) > 1
            and not anywhere
        ):
            raise self._source.malformed(
                last.yield_at,
                "A query cannot end with YIELD; add a RETURN of what is wanted",
                Code.CLAUSE_ORDER,
            )
        if not anywhere and isinstance(last, ast.Match | ast.Unwind | ast.With):
            raise self._source.malformed(
                last.at,
                f"A query cannot end with {_WORDS[type(last)]};"
                " it ends with a RETURN of what is wanted, or a write",
                Code.CLAUSE_ORDER,
            )

    def _clause(self, clause: ast.Clause) -> bound.Clause:
        match clause:
            case ast.Match():
                return self._match(clause)
            case ast.Return():
                projection, self._scope = self._projections.bind(
                    clause.projection, None, self._scope, "RETURN"
                )
                return projection
            case ast.With():
                return self._with(clause)
            case ast.Unwind():
                return self._unwind(clause)
            case ast.ProcedureCall():
                call, self._scope = self._procedures.bind(clause, self._scope, standalone=False)
                return call
            case ast.Create():
                create, self._scope = self._patterns.create(clause.paths, self._scope)
                return create
            case ast.Merge():
                return self._merge(clause)
            case ast.Set():
                return bound.Set(self._set_items(clause.items))
            case ast.Delete():
                expressions = tuple([self._deleted(node) for node in clause.expressions])
                return bound.Delete(expressions, clause.detach)
            case ast.CallSubquery():
                return self._call(clause)

    def _with(self, clause: ast.With) -> bound.Projection:
        projection, after = self._projections.bind(
            clause.projection, clause.where, self._scope, "WITH"
        )
        passed = {
            name: kind
            for name, kind in self._around.items()
            if name in self._scope and name not in after
        }
        if projection.grouping is not None and not projection.grouping.keys:
            # Such a projection gives a row even where there was none to pass anything on.
            self._lost |= passed.keys()
            passed = {}
        self._expressions.gone |= self._scope.keys() - after.keys()
        self._scope = {**passed, **after}
        return dataclasses.replace(projection, passed=tuple(passed))

    def _call(self, clause: ast.CallSubquery) -> bound.Call:
        before, around, lost = self._scope, self._around, self._lost
        names = self._expressions
        outside, names.outside = names.outside, frozenset(before)
        if clause.imports is None:
            self._around, self._lost = {}, set()
            body = self._imported(clause.query, before)
        else:
            # What the parentheses name is seen from the first clause to the last.
            self._around, self._lost = self._named_imports(clause.imports, before), set()
            body = self._body(clause.query, self._around)
        self._around, self._lost = around, lost
        names.outside = outside
        if clause.optional and first_write(clause.query) is not None:
            raise self._source.unsupported(clause.at, "OPTIONAL CALL of a query that writes is")
        for name in body.columns:
            if name in before:
                raise self._source.malformed(
                    clause.at,
                    f"CALL {{ }} returns `{name}`, which is already bound outside;"
                    " give it another alias",
                    Code.ALREADY_BOUND,
                )
        self._scope = {**before, **body.columns}
        return bound.Call(body, self._names.make("r"), clause.optional)

    def _named_imports(self, names: tuple[ast.Name, ...] | Literal["*"], outer: Scope) -> Scope:
        """The scope of `CALL (x, y) { }`."""
        if names == "*":
            return dict(outer)
        for name in names:
            if name.name not in outer:
                raise self._expressions.undefined(name.name, name.at, outer)
        return {name.name: outer[name.name] for name in names}

    def _imported(self, query: ast.Statement, outer: Scope) -> bound.Body:
        """The query of a CALL: it sees the variables that its first WITH names."""
        if isinstance(query, ast.Union):
            return self._union(query, [self._imported(part, outer) for part in query.branches])
        first = query.clauses[0]
        if not isinstance(first, ast.With) or not self._imports(first, outer):
            return self._body(query, {})
        if len(query.clauses) == 1:
            raise self._source.malformed(
                query.end,
                "CALL { } needs more clauses after the WITH that imports variables",
                Code.CLAUSE_ORDER,
            )
        names = [item.name for item in first.projection.items]
        for item in first.projection.items:
            if item.name not in outer:
                raise self._expressions.undefined(item.name, item.at, outer)
        scope = {name: outer[name] for name in (outer if first.projection.star else names)}
        return self._body(dataclasses.replace(query, clauses=query.clauses[1:]), scope)

    def _imports(self, clause: ast.With, outer: Scope) -> bool:
        """Whether the first WITH of a CALL uses a variable from outside; it then does only that."""
        projection = clause.projection
        simple = [item for item in projection.items if isinstance(item.expression, ast.Name)]
        if not projection.star and not any(
            isinstance(item.expression, ast.Name) and item.expression.name in outer
            for item in simple
        ):
            return False
        plain = len(simple) == len(projection.items) and all(
            isinstance(item.expression, ast.Name) and item.expression.name == item.name
            for item in simple
        )
        more = (projection.skip, projection.limit, clause.where) != (None, None, None)
        if not plain or projection.distinct or projection.order or more:
            raise self._source.malformed(
                clause.at,
                "The WITH that imports variables into CALL { } only names them, without alias,"
                " DISTINCT, ORDER BY, SKIP, LIMIT or WHERE; put those into a second WITH",
            )
        return True

    def _match(self, clause: ast.Match) -> bound.Match | bound.OptionalMatch:
        paths, self._scope = self._patterns.match(clause.paths, self._scope)
        where = None
        if clause.where is not None:
            where = self._expressions.predicate(clause.where, self._scope)
        match = matched(paths, where)
        return bound.OptionalMatch(match, self._names.make("r")) if clause.optional else match

    def _unwind(self, clause: ast.Unwind) -> bound.Unwind:
        listed = self._expressions.bind(clause.list, self._scope, "in UNWIND")
        kind = self._expressions.kind(listed, self._scope)
        if kind not in _LISTED:
            raise self._source.malformed(
                clause.list.at, f"UNWIND needs a list, but this is {kind}", Code.ARGUMENT_TYPE
            )
        if clause.name in self._scope:
            raise self._source.malformed(
                clause.name_at, f"`{clause.name}` is already bound", Code.ALREADY_BOUND
            )
        self._scope = {**self._scope, clause.name: Kind.ANY}
        return bound.Unwind(listed, clause.name)

    def _merge(self, clause: ast.Merge) -> bound.Merge:
        merge, self._scope = self._patterns.merge(clause.path, self._scope)
        on_create = self._set_items(clause.on_create)
        on_match = self._set_items(clause.on_match)
        return dataclasses.replace(merge, on_create=on_create, on_match=on_match)

    def _set_items(self, items: tuple[ast.SetItem, ...]) -> tuple[plan.SetItem, ...]:
        return tuple([self._set_item(item) for item in items])

    def _set_item(self, item: ast.SetItem) -> plan.SetItem:
        subject = self._bind(item.subject, "in SET")
        kind = self._expressions.kind(subject, self._scope)
        if kind not in _WRITABLE:
            raise self._source.malformed(
                item.subject.at,
                f"Only a node or a relationship can be changed, but this is {kind}",
                Code.ARGUMENT_TYPE,
            )
        match item:
            case ast.SetProperty(key=key, value=value):
                self._check_key(key, item.at)
                return plan.SetProperty(subject, key, self._bind(value, "in SET"))
            case ast.SetProperties(value=value, replace=replace):
                properties = self._bind(value, "in SET")
                given = self._expressions.kind(properties, self._scope)
                if given not in _ASSIGNABLE:
                    message = f"All properties are set from a map or an entity, but this is {given}"
                    raise self._source.malformed(value.at, message, Code.ARGUMENT_TYPE)
                return plan.SetProperties(subject, properties, replace)
            case ast.SetLabels(labels=labels):
                self._check_node(kind, item.at)
                return plan.SetLabels(subject, labels)
            case ast.RemoveProperty(key=key):
                self._check_key(key, item.at)
                return plan.RemoveProperty(subject, key)
            case ast.RemoveLabels(labels=labels):
                self._check_node(kind, item.at)
                return plan.RemoveLabels(subject, labels)

    def _check_key(self, key: str, at: int) -> None:
        if key == _IDENTITY:
            message = "`~id` is the identity of its node for life; it cannot be set or removed"
            raise Invalid("illegal_argument", self._source.locate(at, message))

    def _check_node(self, kind: Kind, at: int) -> None:
        if kind is Kind.EDGE:
            raise self._source.malformed(
                at,
                "Labels are of nodes; the type of a relationship cannot change",
                Code.ARGUMENT_TYPE,
            )

    def _deleted(self, node: ast.Expression) -> ex.Expression:
        if isinstance(node, ast.HasLabels):
            raise self._source.malformed(
                node.at,
                "DELETE takes a variable without labels; `REMOVE n:Label` takes a label off",
                Code.INVALID_DELETE,
            )
        expression = self._bind(node, "in DELETE")
        kind = self._expressions.kind(expression, self._scope)
        if kind not in _DELETABLE:
            raise self._source.malformed(
                node.at,
                f"Only nodes, relationships and paths can be deleted, but this is {kind}",
                Code.ARGUMENT_TYPE,
            )
        return expression

    def _bind(self, node: ast.Expression, where: str) -> ex.Expression:
        return self._expressions.bind(node, self._scope, where)


def _names_of(columns: Iterable[str]) -> str:
    return ", ".join([f"`{name}`" for name in columns]) or "none"
