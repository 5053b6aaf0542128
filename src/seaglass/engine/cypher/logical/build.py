"""Bound clauses -> plan, in the order of the text; the rules make it fast afterwards.

Above: `compile`. Below: the bound tree, `plan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.inside import is_constant, number_rows
from seaglass.engine.cypher.logical.operators import chain, columns, outer_names
from seaglass.engine.cypher.logical.walk import conjunction, rewrite, variables
from seaglass.engine.cypher.semantics import bound
from seaglass.engine.cypher.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where a variable that the query does not name here is said to stand.
_START = Position(1, 1, 0)


def build(query: bound.Query) -> plan.Operator:
    """The plan of all clauses."""
    root = _body(plan.Unit(), query.body)
    return root if query.body.returns else plan.Discard(root)


def build_inner(body: bound.Body) -> plan.Operator:
    """The plan of a query that runs inside another."""
    return _body(plan.Argument(body.imports), body)


def _body(operator: plan.Operator, body: bound.Body) -> plan.Operator:
    for clause in body.clauses:
        operator = _clause(operator, clause)
    return operator


def clauses_of(body: bound.Body) -> list[bound.Clause]:
    """The clauses of a query and of all queries inside its clauses."""
    found: list[bound.Clause] = []
    bodies = [body]
    while bodies:
        for clause in bodies.pop().clauses:
            found.append(clause)
            if isinstance(clause, bound.Union):
                bodies.extend(clause.branches)
            elif isinstance(clause, bound.Call):
                bodies.append(clause.body)
    return found


def edge_count(clauses: list[bound.Clause]) -> int:
    """The edges in all patterns to match: each becomes an operator."""
    return sum(len(path.edges) for clause in clauses for path in _matched(clause))


def _matched(clause: bound.Clause) -> tuple[bound.Path, ...]:
    match clause:
        case bound.Match(paths=paths) | bound.OptionalMatch(match=bound.Match(paths=paths)):
            return paths
        case _:
            return ()


def _clause(operator: plan.Operator, clause: bound.Clause) -> plan.Operator:
    match clause:
        case bound.Match():
            return _match(operator, clause)
        case bound.OptionalMatch(match=match, row=row):
            # Twice, because a projection of paths names all columns, those of the leaf too.
            _, operators = chain(_match(plan.Unit(), match))
            leaf = plan.Argument((*outer_names(operators), row))
            return plan.Optional(operator, _match(leaf, match), row)
        case bound.Projection():
            return _projection(operator, clause)
        case bound.Union(branches=branches, columns=names, distinct=distinct):
            plans = tuple([build_inner(branch) for branch in branches])
            operator = plan.Union(operator, plans, names)
            return plan.Distinct(operator, names) if distinct and names else operator
        case bound.Call(body=body, row=row, optional=optional):
            if not optional or not body.returns:
                return _call(operator, body, row)
            leaf = plan.Argument((*body.imports, row))
            # Inside, the rows of each are numbered anew, by a name of its own.
            return plan.Optional(operator, _call(leaf, body, f"{row}o"), row)
        case bound.Unwind(list=listed, variable=variable):
            return plan.Unwind(operator, listed, variable)
        case bound.ProcedureCall(procedure=procedure, arguments=arguments, yields=yields):
            operator = plan.ProcedureCall(operator, procedure, arguments, yields)
            return operator if clause.where is None else plan.Filter(operator, clause.where)
        case bound.Create(templates=templates, named=named):
            return _with_columns(_create(operator, templates), named)
        case bound.Set(items=items):
            return plan.Set(operator, items)
        case bound.Delete(expressions=expressions, detach=detach):
            return plan.Delete(operator, expressions, detach)
        case bound.Merge():
            argument = plan.Argument(tuple(columns(*chain(operator))))
            match_plan = _pattern(argument, (clause.path,))
            return plan.Merge(
                operator,
                match_plan,
                clause.nodes,
                clause.edges,
                clause.on_create,
                clause.on_match,
                next(iter(_named((clause.path,))), None),
            )


def _call(operator: plan.Operator, body: bound.Body, row: str) -> plan.Operator:
    inner = build_inner(body)
    # What is the same for all rows runs once, and not on all rows at once.
    many = None if is_constant(inner) else number_rows(inner, row)
    if many is None:
        return plan.Apply(operator, inner, None, body.returns)
    return plan.Apply(operator, many, row, body.returns)


def _match(operator: plan.Operator, clause: bound.Match) -> plan.Operator:
    operator = _paths(operator, clause.paths)
    return operator if clause.where is None else plan.Filter(operator, clause.where)


def _paths(operator: plan.Operator, paths: tuple[bound.Path, ...]) -> plan.Operator:
    """The paths of one MATCH, and those that have a name as values."""
    return _with_columns(_pattern(operator, paths), _named(paths))


def _named(paths: tuple[bound.Path, ...]) -> tuple[tuple[str, ex.PathValue], ...]:
    named: list[tuple[str, ex.PathValue]] = []
    for path in paths:
        if path.name is not None and path.shortest is None:
            nodes = [node.variable for node in path.nodes]
            edges = [edge.variable for edge in path.edges]
            named.append((path.name, bound.path_value(nodes, edges, path.at)))
    return tuple(named)


def _with_columns(
    operator: plan.Operator, added: Sequence[tuple[str, ex.Expression]]
) -> plan.Operator:
    """All columns, and more."""
    if not added:
        return operator
    kept = [(name, ex.Variable(name, _START)) for name in columns(*chain(operator))]
    return plan.Project(operator, (*kept, *added))


def _pattern(operator: plan.Operator, paths: tuple[bound.Path, ...]) -> plan.Operator:
    """The paths of one MATCH, each from its first node to its last."""
    edges: list[bound.Edge] = []
    for path in paths:
        if path.shortest is not None:
            for node in path.nodes:
                operator = _end(operator, node)
            continue
        operator = _first_node(operator, path)
        for place, edge in enumerate(path.edges):
            source, target = path.nodes[place], path.nodes[place + 1]
            apart = tuple([other.variable for other in edges if _may_be_equal(other, edge)])
            operator = _step(operator, (source, edge, target), apart)
            edges.append(edge)
            operator = _labels(operator, target)
    # Last, because a property may use any variable of the clause; the rules bring them down.
    for path in paths:
        for node in path.nodes:
            operator = _properties(operator, node)
        for edge in path.edges:
            if edge.lengths is None:
                operator = _properties(operator, edge)
        for condition in path.where:
            operator = plan.Filter(operator, condition)
    named = dict(_named(paths))
    for path in paths:
        if path.shortest is not None:
            operator = _shortest(operator, path, path.shortest, named)
    return operator


def _end(operator: plan.Operator, node: bound.Node) -> plan.Operator:
    """A node that no edge leads to."""
    if node.known:
        return _labels(operator, node)
    return plan.NodeScan(operator, node.variable, node.labels)


def _shortest(
    operator: plan.Operator,
    path: bound.Path,
    shortest: bound.Shortest,
    named: Mapping[str, ex.Expression],
) -> plan.Operator:
    """The shortest paths between nodes that are there, and maybe the edges of each.

    Args: named: the other paths of the clause that have a name, which are no columns yet
    """
    (edge,) = path.edges
    assert edge.lengths is not None
    assert path.name is not None
    source, target = (ex.Variable(node.variable, path.at) for node in path.nodes)
    steps = ex.Steps(edge.types, edge.direction, *edge.lengths, edge.properties)
    test = None
    if shortest.conditions:
        own = ex.Variable(shortest.local, path.at)
        edges = ex.FunctionCall("relationships", (own,), path.at)
        values = {**named, path.name: own, edge.variable: edges}
        predicate = rewrite(
            conjunction(shortest.conditions),
            lambda part: values.get(part.name) if isinstance(part, ex.Variable) else None,
        )
        test = ex.Test(shortest.local, predicate)
    tests = ex.Tests(None, None, test)
    paths = ex.ShortestPaths(source, target, steps, shortest.every, tests, path.at)
    operator = plan.Unwind(operator, paths, path.name)
    if not shortest.listed:
        return operator
    listed = ex.FunctionCall("relationships", (ex.Variable(path.name, path.at),), path.at)
    return _with_columns(operator, ((edge.variable, listed),))


def _step(
    operator: plan.Operator,
    parts: tuple[bound.Node, bound.Edge, bound.Node],
    apart: tuple[str, ...],
) -> plan.Operator:
    """One edge of a pattern, or a path of variable length. Args: apart: edges that it may not use"""
    source, edge, target = parts
    if edge.lengths is None:
        return plan.Expand(
            operator,
            source.variable,
            edge.variable,
            target.variable,
            edge.types,
            edge.direction,
            target.known,
            edge.known,
            apart,
        )
    return plan.ExpandMany(
        operator,
        source.variable,
        edge.variable,
        target.variable,
        ex.Steps(edge.types, edge.direction, *edge.lengths, edge.properties),
        target.known,
        edge.known,
        backward=False,
        distinct_from=apart,
    )


def _first_node(operator: plan.Operator, path: bound.Path) -> plan.Operator:
    node = path.nodes[0]
    if not node.known:
        return plan.NodeScan(operator, node.variable, node.labels)
    if not path.edges:
        variable = ex.Variable(node.variable, node.at)
        operator = plan.Filter(operator, ex.IsNull(variable, True, node.at))
    return _labels(operator, node)


def _may_be_equal(one: bound.Edge, other: bound.Edge) -> bool:
    return not one.types or not other.types or not set(one.types).isdisjoint(other.types)


def _labels(operator: plan.Operator, node: bound.Node) -> plan.Operator:
    if not node.labels:
        return operator
    variable = ex.Variable(node.variable, node.at)
    return plan.Filter(operator, ex.HasLabels(variable, node.labels, node.at))


def _properties(operator: plan.Operator, part: bound.Node | bound.Edge) -> plan.Operator:
    for key, value in part.properties:
        own = ex.Property(ex.Variable(part.variable, part.at), key, part.at)
        equal = ex.Binary(ex.BinaryOperator.EQ, own, value, part.at)
        operator = plan.Filter(operator, equal)
    return operator


def _create(
    operator: plan.Operator, templates: tuple[plan.NodeTemplate | plan.EdgeTemplate, ...]
) -> plan.Operator:
    """One operator, or more where properties use what an earlier part of the clause makes."""
    nodes: list[plan.NodeTemplate] = []
    edges: list[plan.EdgeTemplate] = []
    made: set[str] = set()
    for template in templates:
        properties = template.properties
        if made and properties is not None and not made.isdisjoint(variables(properties)):
            operator = plan.Create(operator, tuple(nodes), tuple(edges))
            nodes, edges, made = [], [], set()
        if isinstance(template, plan.NodeTemplate):
            nodes.append(template)
        else:
            edges.append(template)
        made.add(template.variable)
    return plan.Create(operator, tuple(nodes), tuple(edges))


def _projection(operator: plan.Operator, node: bound.Projection) -> plan.Operator:
    passed = tuple([(name, ex.Variable(name, _START)) for name in node.passed])
    if node.grouping is not None:
        keys = node.grouping.keys + passed
        operator = plan.Aggregate(operator, keys, node.grouping.aggregates)
    carried = tuple([(name, ex.Variable(name, _START)) for name in node.carried])
    operator = plan.Project(operator, node.items + carried + passed)
    if node.distinct:
        names = tuple([name for name, _ in node.items + passed])
        operator = plan.Distinct(operator, names)
    if node.order:
        operator = plan.Sort(operator, node.order)
    if node.skip is not None:
        operator = plan.Skip(operator, node.skip)
    if node.limit is not None:
        operator = plan.Limit(operator, node.limit)
    if node.where is not None:
        operator = plan.Filter(operator, node.where)
    if carried:
        items = tuple([(name, ex.Variable(name, value.at)) for name, value in node.items])
        operator = plan.Project(operator, items + passed)
    return operator
