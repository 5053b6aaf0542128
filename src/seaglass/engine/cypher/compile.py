"""Text of a query -> plan: the contents page of the Cypher room.

    text -> tokens (syntax/lexer) -> syntax tree (syntax/parser) -> bound tree (semantics/binder)
         -> plan (logical/build) -> better plan (rules)

Above: `engine/exec`, `engine/database`. Below: `base`. Pure: the same text gives the same plan, for graphs of
the same statistics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.dialect import Dialect
from seaglass.base.errors import Invalid
from seaglass.base.limits import QUERY_OPERATORS_MAX
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.build import build, build_inner, clauses_of, edge_count
from seaglass.engine.cypher.logical.operators import all_operators
from seaglass.engine.cypher.rules import RULES, Rule, apply, name_of
from seaglass.engine.cypher.rules.careful import carefully
from seaglass.engine.cypher.rules.choose_start import by_statistics, choose_start
from seaglass.engine.cypher.semantics.binder import Binder
from seaglass.engine.cypher.semantics.bound import Body, Create
from seaglass.engine.cypher.semantics.names import FreshNames
from seaglass.engine.cypher.semantics.neptune import refuse
from seaglass.engine.cypher.semantics.procedures import CATALOGUE, Catalogue
from seaglass.engine.cypher.syntax.hints import read_hints
from seaglass.engine.cypher.syntax.parser import Parser
from seaglass.engine.cypher.syntax.source import Source

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.statistics import Statistics


def compile(  # noqa: A001 - the name that the engine's callers read best
    text: str,
    dialect: Dialect = Dialect.OPENCYPHER,
    procedures: Catalogue = CATALOGUE,
    fired: set[str] | None = None,
    *,
    careful: bool = False,
    statistics: Statistics | None = None,
) -> plan.Query:
    """The plan of a query.

    Args:
        procedures: those that it may call
        fired: takes the names of the rules that changed the plan, where it is given
        careful: whether conditions that can fail stay where they are (`rules/careful`)
        statistics: of the graph that it is for; without them the order of the text decides more
    Raises:
        Invalid(malformed_query): the text is no query, with line, column and a caret
        Invalid(query_too_large): a limit of length or depth is passed
        Invalid(illegal_argument): `~id` is to be set or removed, or it is no text
        Unsupported(unsupported_operation): the query is right but asks for what is not served yet,
            or not in this dialect
    """
    if not isinstance(text, str):
        raise Invalid(
            "illegal_argument", f"A query is a text, not a value of type {type(text).__name__}."
        )
    source = Source(text)
    parser = Parser(source)
    hints = read_hints(parser, [] if dialect is Dialect.NEPTUNE else RULE_NAMES)
    tree = parser.query()
    if dialect is Dialect.NEPTUNE:
        refuse(tree, source)
    rules = tuple([rule for rule in RULES if name_of(rule) not in hints.rules_off])
    if statistics is not None:
        chosen = by_statistics(statistics)
        rules = tuple([chosen if rule is choose_start else rule for rule in rules])
    if careful:
        rules = carefully(rules)
    names = FreshNames(token.text for token in parser.tokens if token.text.startswith(" "))
    bound = Binder(
        source, names, procedures, lambda body: _inner_plan(body, rules, fired), dialect
    ).query(tree)
    # Checked three times, because building and rewriting cost more than the plan is long: first by
    # the clauses and edges, then without what the rules join, and at last as it runs.
    _check_clauses(bound.body)
    root = _ruled(build(bound), rules, fired)
    operators = all_operators(root)
    for inner in bound.inner:
        operators += all_operators(inner)
    _check_size(len(operators))
    kinds = {type(operator) for operator in operators}
    called = [part.procedure for part in operators if isinstance(part, plan.ProcedureCall)]
    items = [item for part in operators if isinstance(part, plan.Set) for item in part.items]
    return plan.Query(
        root,
        tuple(bound.body.columns),
        bound.parameters,
        reads=not kinds.isdisjoint(_READS)
        or bool(bound.body.columns)
        or any(procedure.reads for procedure in called),
        writes=not kinds.isdisjoint(_WRITES)
        or not all(isinstance(item, _REMOVALS) for item in items)
        or any(procedure.writes for procedure in called),
        deletes=plan.Delete in kinds
        or any(isinstance(item, _REMOVALS) for item in items)
        or any(procedure.deletes for procedure in called),
        hints=hints,
    )


def _inner_plan(body: Body, rules: tuple[Rule, ...], fired: set[str] | None) -> plan.Operator:
    """The plan of a query inside an expression."""
    _check_clauses(body)
    return _ruled(build_inner(body), rules, fired)


def _check_clauses(body: Body) -> None:
    clauses = clauses_of(body)
    _check_size(sum(not isinstance(clause, Create) for clause in clauses))
    _check_size(edge_count(clauses))


def _ruled(root: plan.Operator, rules: tuple[Rule, ...], fired: set[str] | None) -> plan.Operator:
    _check_size(sum(not isinstance(operator, _JOINED) for operator in all_operators(root)))
    return apply(rules, root, fired)


def _check_size(operators: int) -> None:
    if operators > QUERY_OPERATORS_MAX:
        raise Invalid(
            "query_too_large",
            f"The query needs {operators} steps; the limit is {QUERY_OPERATORS_MAX}."
            " Split it, or pass its data as a parameter and UNWIND it.",
        )


RULE_NAMES = tuple(map(name_of, RULES))
_JOINED = plan.Create | plan.Filter
_READS = frozenset(
    {
        plan.NodeScan,
        plan.NodeSeek,
        plan.Expand,
        plan.Intersect,
        plan.ExpandMany,
        plan.Merge,
        plan.CountPaths,
        plan.CountTypes,
    }
)
_WRITES = frozenset({plan.Create, plan.Merge})
_REMOVALS = plan.RemoveProperty | plan.RemoveLabels
