"""The catalogue of procedures, and binding of `CALL name(...) YIELD ...`.

Above: `compile`, the binder of clauses. Below: the binder of expressions, kinds, signatures.
`Queries` has a body for each of `PROCEDURES`, and a test compares the two. A catalogue is
a value that `compile` is given, so a plan holds for the catalogue that it was made with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.procedures import Field, Procedure, Type
from seaglass.engine.cypher.semantics import bound
from seaglass.engine.cypher.semantics.algorithms import ALGORITHMS
from seaglass.engine.cypher.semantics.kinds import UNKNOWN, Kind
from seaglass.engine.cypher.semantics.usage import procedure_instead_of
from seaglass.engine.cypher.semantics.vectors import VECTORS
from seaglass.engine.cypher.syntax import ast

if TYPE_CHECKING:
    from seaglass.base.errors import SeaglassError
    from seaglass.engine.cypher.semantics.expressions import ExpressionBinder, Scope

PROCEDURES: tuple[Procedure, ...] = (
    Procedure(
        "neptune.graph.pg_info",
        (),
        (
            Field("metric", Type.STRING, nullable=False),
            Field("count", Type.INTEGER, nullable=False),
        ),
        reads=True,
        writes=False,
    ),
    Procedure(
        "neptune.graph.pg_schema",
        (),
        (Field("schema", Type.MAP, nullable=False),),
        reads=True,
        writes=False,
    ),
    Procedure(
        "seaglass.diff",
        (Field("snapshot", Type.STRING, nullable=False),),
        (
            Field("change", Type.STRING, nullable=False),
            Field("kind", Type.STRING, nullable=False),
            Field("id", Type.STRING, nullable=False),
            Field("before", Type.MAP, nullable=True),
            Field("after", Type.MAP, nullable=True),
        ),
        reads=True,
        writes=False,
    ),
    Procedure(
        "neptune.load",
        (Field("config", Type.MAP, nullable=False),),
        (
            Field("totalRecords", Type.INTEGER, nullable=False),
            Field("totalDuplicates", Type.INTEGER, nullable=False),
            Field("totalTimeSpentMillis", Type.INTEGER, nullable=False),
            Field("numThreads", Type.INTEGER, nullable=False),
            Field("insertErrors", Type.INTEGER, nullable=False),
            Field("throughputRecordsPerSec", Type.INTEGER, nullable=False),
            Field("loadId", Type.STRING, nullable=False),
        ),
        reads=False,
        writes=True,
        # Amazon asks for both rights, because a load may replace.
        deletes=True,
    ),
    Procedure(
        "neptune.read",
        (Field("config", Type.MAP, nullable=False),),
        (Field("row", Type.MAP, nullable=False),),
        reads=True,
        writes=False,
    ),
    *ALGORITHMS,
    *VECTORS,
)

Catalogue = Mapping[str, Procedure]
"""Procedures by name."""


def catalogue(procedures: Iterable[Procedure]) -> Catalogue:
    """The catalogue of some procedures."""
    return MappingProxyType({procedure.name: procedure for procedure in procedures})


CATALOGUE = catalogue(PROCEDURES)

_NUMBERS = frozenset({Kind.INT, Kind.FLOAT, Kind.NUMBER})
# Kinds of an argument that may fit its type; of a null and of what is not known, see `_check_kind`.
_FITTING: dict[Type, frozenset[Kind]] = {
    Type.ANY: frozenset(Kind),
    Type.BOOLEAN: frozenset({Kind.BOOL}),
    Type.INTEGER: frozenset({Kind.INT, Kind.NUMBER}),
    Type.FLOAT: _NUMBERS,
    Type.NUMBER: _NUMBERS,
    Type.STRING: frozenset({Kind.STRING}),
    Type.LIST: frozenset({Kind.LIST}),
    Type.MAP: frozenset({Kind.MAP}),
    Type.NODE: frozenset({Kind.NODE}),
    Type.RELATIONSHIP: frozenset({Kind.EDGE}),
    Type.PATH: frozenset({Kind.PATH}),
    Type.NODES: frozenset({Kind.NODE, Kind.STRING, Kind.LIST}),
}
_KIND_OF: dict[Type, Kind] = {
    Type.ANY: Kind.ANY,
    Type.BOOLEAN: Kind.BOOL,
    Type.INTEGER: Kind.INT,
    Type.FLOAT: Kind.FLOAT,
    Type.NUMBER: Kind.NUMBER,
    Type.STRING: Kind.STRING,
    Type.LIST: Kind.LIST,
    Type.MAP: Kind.MAP,
    Type.NODE: Kind.NODE,
    Type.RELATIONSHIP: Kind.EDGE,
    Type.PATH: Kind.PATH,
    Type.NODES: Kind.ANY,
}


class ProcedureBinder:
    """Binds the procedure calls of one query."""

    def __init__(self, expressions: ExpressionBinder, procedures: Catalogue) -> None:
        self._expressions = expressions
        self._source = expressions.source
        self._procedures = procedures

    def bind(
        self, node: ast.ProcedureCall, before: Scope, *, standalone: bool
    ) -> tuple[bound.ProcedureCall, Scope]:
        """A call, and the scope with what it yields.

        Args: standalone: whether the call is the whole query: then it yields all results if it names
        none, and takes arguments that it does not write from the parameters of the same names
        """
        procedure = self._procedures.get(node.name)
        if procedure is None:
            raise self._unknown(node)
        arguments = self._arguments(node, procedure, before, standalone=standalone)
        yields = self._yields(node, procedure, before, standalone=standalone)
        kinds = {field.name: _KIND_OF[field.type] for field in procedure.results}
        scope = {**before, **{variable: kinds[result] for result, variable in yields}}
        where = None
        if node.where is not None:
            where = self._expressions.predicate(node.where, scope)
        return bound.ProcedureCall(procedure, arguments, yields, where), scope

    def returned(self, query: ast.Query, last: ast.ProcedureCall) -> ast.Query:
        """The query, with a RETURN of all results where its last call gives them without YIELD."""
        procedure = self._procedures.get(last.name)
        if procedure is None or not procedure.gives_all or last.yields is not None:
            return query
        names = [field.name for field in procedure.results]
        items = tuple([ast.Item(ast.Name(name, last.at), name, True, last.at) for name in names])
        everything = ast.Projection(False, False, items, (), None, None, last.at)
        return replace(query, clauses=(*query.clauses, ast.Return(everything, last.at)))

    def _unknown(self, node: ast.ProcedureCall) -> SeaglassError:
        fix = procedure_instead_of(node.name, self._procedures)
        hint = f"; {fix}" if fix else ""
        return self._source.malformed(
            node.at, f"There is no procedure {node.name}{hint}", Code.UNKNOWN_PROCEDURE
        )

    def _arguments(
        self, node: ast.ProcedureCall, procedure: Procedure, before: Scope, *, standalone: bool
    ) -> tuple[ex.Expression, ...]:
        if node.arguments is None:
            if not standalone:
                raise self._source.malformed(
                    node.at,
                    f"Inside a query, {node.name} needs its arguments in parentheses:"
                    f" `CALL {node.name}(...)`",
                    Code.ARGUMENT_PASSING,
                )
            needed = _needed(procedure)
            at = self._source.position(node.at)
            for field in needed:
                self._expressions.parameters.setdefault(field.name, at)
            named = [ex.Parameter(field.name, at) for field in needed]
            return self._whole(procedure, named, node.at)
        wanted, given = len(procedure.arguments), len(node.arguments)
        if not len(_needed(procedure)) <= given <= wanted:
            plural = "" if wanted == 1 else "s"
            least = len(_needed(procedure))
            ranged = "" if least == wanted else f"{least} to "
            stand = "stands" if given == 1 else "stand"
            raise self._source.malformed(
                node.at,
                f"{node.name}() takes {ranged}{wanted} argument{plural}, but {given} {stand} here",
                Code.ARGUMENT_COUNT,
            )
        arguments: list[ex.Expression] = []
        for part, field in zip(node.arguments, procedure.arguments, strict=False):
            argument = self._expressions.bind(part, before, "in the arguments of CALL")
            self._check_kind(argument, field, before, part.at)
            arguments.append(argument)
        return self._whole(procedure, arguments, node.at)

    def _whole(
        self, procedure: Procedure, arguments: Sequence[ex.Expression], at: int
    ) -> tuple[ex.Expression, ...]:
        """The arguments, with a map without keys for options that are left out."""
        if len(arguments) == len(procedure.arguments):
            return tuple(arguments)
        return (*arguments, ex.MapLiteral((), self._source.position(at)))

    def _check_kind(self, argument: ex.Expression, field: Field, scope: Scope, at: int) -> None:
        kind = self._expressions.kind(argument, scope)
        fits = kind in UNKNOWN or kind in _FITTING[field.type]
        if not fits or (kind is Kind.NULL and not field.nullable):
            raise self._source.malformed(
                at,
                f"The argument {field.name} is of type {field.type}, but this is {kind}",
                Code.ARGUMENT_TYPE,
            )

    def _yields(
        self, node: ast.ProcedureCall, procedure: Procedure, before: Scope, *, standalone: bool
    ) -> tuple[tuple[str, str], ...]:
        """Results that are used, each with its variable."""
        names = [field.name for field in procedure.results]
        if node.star and not standalone:
            raise self._source.malformed(
                node.yield_at, f"Inside a query, YIELD names its results: {_listed(names)}"
            )
        if node.yields is None:
            if not standalone and names and not procedure.gives_all:
                raise self._source.malformed(
                    node.at,
                    f"The results of {node.name} are not named; add `YIELD {_listed(names)}`,"
                    " or those of them that are needed",
                    Code.UNDEFINED_VARIABLE,
                )
            self._check_free(node, names, before)
            return tuple([(name, name) for name in names])
        taken = set(before)
        yields: list[tuple[str, str]] = []
        for item in node.yields:
            if item.result not in names:
                gives = f"it gives {_listed(names)}" if names else "it gives nothing"
                raise self._source.malformed(
                    item.at,
                    f"{node.name} has no result `{item.result}`; {gives}",
                    Code.UNDEFINED_VARIABLE,
                )
            if item.name in taken:
                raise self._source.malformed(
                    item.at,
                    f"`{item.name}` is already bound; give the result another name with AS",
                    Code.ALREADY_BOUND,
                )
            taken.add(item.name)
            yields.append((item.result, item.name))
        return tuple(yields)

    def _check_free(self, node: ast.ProcedureCall, names: list[str], before: Scope) -> None:
        """Raises: Invalid(malformed_query) when results that nobody names are variables already."""
        for name in names:
            if name in before:
                raise self._source.malformed(
                    node.at,
                    f"`{name}` is already bound; give the result another name:"
                    f" `YIELD {name} AS ...`",
                    Code.ALREADY_BOUND,
                )


def _needed(procedure: Procedure) -> tuple[Field, ...]:
    """The arguments that cannot be left out."""
    if procedure.options is None or any(option.required for option in procedure.options):
        return procedure.arguments
    return procedure.arguments[:-1]


def _listed(names: list[str]) -> str:
    return ", ".join(names)
