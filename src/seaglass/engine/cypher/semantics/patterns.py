"""Binding of patterns: which names are new, which are known, and what MATCH, CREATE and MERGE
demand of each.

Above: the binder of clauses. Below: the binder of expressions.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import walk
from seaglass.engine.cypher.semantics import bound
from seaglass.engine.cypher.semantics.kinds import UNKNOWN, Kind
from seaglass.engine.cypher.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.cypher.semantics.expressions import ExpressionBinder, Scope
    from seaglass.engine.cypher.semantics.names import FreshNames

_NO_PARAMETER = (
    "A parameter cannot stand for all properties in {}; write `{{key: ${}.key}}` for each"
)


@dataclass(frozen=True, slots=True)
class _Making:
    """What is common to the parts of a CREATE or MERGE.

    Args:
        clause: its keyword
        visible: what properties may use; a CREATE makes its parts in order, a MERGE at once
        scope: all variables so far; grows
    """

    clause: str
    visible: Mapping[str, Kind]
    scope: Scope


class PatternBinder:
    """Binds the patterns of one query."""

    def __init__(self, expressions: ExpressionBinder, names: FreshNames) -> None:
        self._expressions = expressions
        self._source = expressions.source
        self._names = names

    def match(
        self, paths: tuple[ast.PathPattern, ...], before: Mapping[str, Kind]
    ) -> tuple[tuple[bound.Path, ...], Scope]:
        """The paths of a MATCH, and the scope with their variables; properties may use any of
        these.
        """
        scope = dict(before)
        shapes = []
        named: dict[str, Kind] = {}
        for path in paths:
            shapes.append(self._shape(path, before, scope))
            self._name_path(path, scope)
            if path.name is not None:
                named[path.name] = Kind.PATH
            if path.shortest is not None and path.edges[0].name is not None:
                # Like the path, there once its ends are.
                named[path.edges[0].name] = Kind.LIST
        visible = {name: kind for name, kind in scope.items() if name not in named}
        # The properties of a path of variable length are needed while it is walked: they may use
        # what stands before it.
        bound_so_far = set(before)
        self._expressions.pending = named
        matched = tuple([self._matched(shape, visible, bound_so_far) for shape in shapes])
        self._expressions.pending = {}
        return matched, scope

    def create(
        self, paths: tuple[ast.PathPattern, ...], before: Mapping[str, Kind]
    ) -> tuple[bound.Create, Scope]:
        """What a CREATE makes, in the order of the text, and the scope with its variables."""
        scope = dict(before)
        made = _Making("CREATE", scope, scope)
        templates: list[plan.NodeTemplate | plan.EdgeTemplate] = []
        named: list[tuple[str, ex.PathValue]] = []
        for path in paths:
            names: list[str] = []
            edges: list[str] = []
            for node in path.nodes:
                template, name = self._made_node(node, made, bare_ends=bool(path.edges))
                names.append(name)
                if template is not None:
                    templates.append(template)
            for place, edge in enumerate(path.edges):
                if edge.direction == "both":
                    raise self._source.malformed(
                        edge.at,
                        "A relationship to CREATE needs one direction: `-[:TYPE]->`",
                        Code.RELATIONSHIP_DIRECTION,
                    )
                made_edge = self._made_edge(edge, made, names[place], names[place + 1])
                templates.append(made_edge)
                edges.append(made_edge.variable)
            if path.name is not None:
                at = self._source.position(path.at)
                named.append((path.name, bound.path_value(names, edges, at)))
        for path in paths:
            self._name_path(path, scope)
        return bound.Create(tuple(templates), tuple(named)), scope

    def merge(self, path: ast.PathPattern, before: Mapping[str, Kind]) -> tuple[bound.Merge, Scope]:
        """The path of a MERGE as what to look for and as what to make, without ON CREATE and ON
        MATCH, and the scope with its variables.
        """
        for properties in [node.properties for node in path.nodes] + [
            edge.properties for edge in path.edges
        ]:
            if isinstance(properties, ast.Parameter):
                message = _NO_PARAMETER.format("MERGE", properties.name)
                raise self._source.malformed(properties.at, message, Code.PARAMETER_USE)
        made = _Making("MERGE", before, dict(before))
        nodes: list[bound.Node] = []
        new_nodes: list[plan.NodeTemplate] = []
        for node in path.nodes:
            template, name = self._made_node(node, made, bare_ends=bool(path.edges))
            at = self._source.position(node.at)
            if template is None:
                nodes.append(bound.Node(name, True, (), (), at))
            else:
                new_nodes.append(template)
                pairs = _pairs(template.properties)
                nodes.append(bound.Node(name, False, template.labels, pairs, at))
        edges: list[bound.Edge] = []
        new_edges: list[plan.EdgeTemplate] = []
        for place, edge in enumerate(path.edges):
            ends = nodes[place].variable, nodes[place + 1].variable
            new = self._made_edge(edge, made, *ends)
            new_edges.append(new)
            direction = plan.Direction(edge.direction)
            pairs = _pairs(new.properties)
            at = self._source.position(edge.at)
            edges.append(bound.Edge(new.variable, False, (new.type,), None, direction, pairs, at))
        self._name_path(path, made.scope)
        at = self._source.position(path.at)
        looked_for = bound.Path(None, path.name, tuple(nodes), tuple(edges), (), at)
        merge = bound.Merge(looked_for, tuple(new_nodes), tuple(new_edges), (), ())
        return merge, made.scope

    def _name_path(self, path: ast.PathPattern, scope: Scope) -> None:
        """Adds the name of the path, if it has one."""
        if path.name is None:
            return
        if path.name in scope:
            raise self._source.malformed(
                path.at,
                f"`{path.name}` is already bound to {scope[path.name]}; a path needs a new name",
                Code.ALREADY_BOUND,
            )
        scope[path.name] = Kind.PATH

    def _shape(
        self, path: ast.PathPattern, before: Mapping[str, Kind], scope: Scope
    ) -> tuple[ast.PathPattern, list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Names of nodes and edges, each with whether it was known; adds them to `scope`."""
        nodes: list[tuple[str, bool]] = []
        edges: list[tuple[str, bool]] = []
        for place, node in enumerate(path.nodes):
            if place:
                edge = path.edges[place - 1]
                listed = edge.lengths is not None or path.shortest is not None
                edges.append(self._matched_edge_name(edge, before, scope, listed=listed))
            nodes.append(self._matched_node_name(node, scope))
        return path, nodes, edges

    def _matched_node_name(self, node: ast.NodePattern, scope: Scope) -> tuple[str, bool]:
        if node.name is None:
            return self._names.make("n"), False
        known = scope.get(node.name)
        if known is not None and known is not Kind.NODE and known not in UNKNOWN:
            raise self._conflict(node.name, known, Kind.NODE, node.at)
        if known is None:
            scope[node.name] = Kind.NODE
        return node.name, known is not None

    def _matched_edge_name(
        self, edge: ast.EdgePattern, before: Mapping[str, Kind], scope: Scope, *, listed: bool
    ) -> tuple[str, bool]:
        """Args: listed: whether the name is for a list of edges"""
        if edge.name is None:
            return self._names.make("e"), False
        known = scope.get(edge.name)
        kind = Kind.LIST if listed else Kind.EDGE
        if known is not None and known is not kind and known not in UNKNOWN:
            raise self._conflict(edge.name, known, kind, edge.at)
        if known is not None and edge.name not in before:
            raise self._source.malformed(
                edge.at,
                f"The relationship `{edge.name}` stands twice in one MATCH,"
                " where every relationship is another one",
                Code.RELATIONSHIP_TWICE,
            )
        scope[edge.name] = kind
        return edge.name, known is not None

    def _conflict(self, name: str, known: Kind, wanted: Kind, at: int) -> Exception:
        return self._source.malformed(
            at,
            f"`{name}` is already bound to {known} and cannot be {wanted} here",
            Code.TYPE_CONFLICT,
        )

    def _matched(
        self,
        shape: tuple[ast.PathPattern, list[tuple[str, bool]], list[tuple[str, bool]]],
        scope: Scope,
        so_far: set[str],
    ) -> bound.Path:
        """Args: so_far: the variables that stand before the path; those of the path are added."""
        path, node_names, edge_names = shape
        nodes = [
            bound.Node(
                name,
                known,
                node.labels,
                self._matched_properties(node.properties, scope),
                self._source.position(node.at),
            )
            for node, (name, known) in zip(path.nodes, node_names, strict=True)
        ]
        edges: list[bound.Edge] = []
        so_far.add(node_names[0][0])
        for place, edge in enumerate(path.edges):
            name, known = edge_names[place]
            properties = self._matched_properties(edge.properties, scope)
            if edge.lengths is not None:
                self._check_early(properties, so_far)
            direction = plan.Direction(edge.direction)
            at = self._source.position(edge.at)
            edges.append(
                bound.Edge(name, known, edge.types, edge.lengths, direction, properties, at)
            )
            so_far.update((name, node_names[place + 1][0]))
        at = self._source.position(path.at)
        where = [
            self._expressions.label_test(
                ex.Variable(node_names[place][0], self._source.position(test.at)), test
            )
            for place, test in path.tests
        ]
        where += [self._expressions.predicate(condition, scope) for condition in path.where]
        of_each = [
            self._of_each(edge, edge.each, name, scope)
            for edge, (name, _) in zip(path.edges, edge_names, strict=True)
            if edge.each is not None
        ]
        if path.shortest is None:
            where += of_each
            return bound.Path(None, path.name, tuple(nodes), tuple(edges), tuple(where), at)
        shortest = bound.Shortest(
            path.shortest == "all",
            path.edges[0].name is not None,
            self._names.make("p"),
            tuple(of_each),
        )
        name = self._names.make("p") if path.name is None else path.name
        if edges[0].known:
            what = "A shortest path along relationships that are known"
            raise self._source.unsupported(path.edges[0].at, f"{what} is")
        if edges[0].lengths is None:
            edges[0] = dataclasses.replace(edges[0], lengths=(1, 1))
        return bound.Path(shortest, name, tuple(nodes), tuple(edges), tuple(where), at)

    def _of_each(
        self, edge: ast.EdgePattern, condition: ast.Expression, listed: str, scope: Scope
    ) -> ex.Expression:
        """`-[r* WHERE condition]->`: what holds of each edge, under the name of the list."""
        local = self._names.make("e") if edge.name is None else edge.name
        every = ast.Quantifier("all", local, ast.Name(listed, edge.at), condition, condition.at)
        return self._expressions.predicate(every, {**scope, listed: Kind.LIST})

    def _check_early(
        self, properties: tuple[tuple[str, ex.Expression], ...], so_far: set[str]
    ) -> None:
        for _, value in properties:
            for part in walk(value):
                if isinstance(part, ex.Variable) and part.name not in so_far:
                    what = "A property of variable length that uses what stands behind it"
                    raise self._source.unsupported(part.at.offset, f"{what} is")

    def _matched_properties(
        self, properties: ast.MapLiteral | ast.Parameter | None, scope: Scope
    ) -> tuple[tuple[str, ex.Expression], ...]:
        if properties is None:
            return ()
        if isinstance(properties, ast.Parameter):
            message = _NO_PARAMETER.format("MATCH", properties.name)
            raise self._source.malformed(properties.at, message, Code.PARAMETER_USE)
        where = "in the properties of a pattern"
        return tuple(
            [(key, self._expressions.bind(value, scope, where)) for key, value in properties.items]
        )

    def _made_node(
        self, node: ast.NodePattern, made: _Making, *, bare_ends: bool
    ) -> tuple[plan.NodeTemplate | None, str]:
        """The template of a new node, or None for a known one, and its name."""
        known = None if node.name is None else made.scope.get(node.name)
        if node.name is None or known is None:
            properties = self._made_properties(node.properties, made)
            name = self._names.make("n") if node.name is None else node.name
            if node.name is not None:
                made.scope[name] = Kind.NODE
            return plan.NodeTemplate(name, node.labels, properties), name
        if known is not Kind.NODE and known not in UNKNOWN:
            raise self._conflict(node.name, known, Kind.NODE, node.at)
        if not bare_ends or node.labels or node.properties is not None:
            raise self._source.malformed(
                node.at,
                f"`{node.name}` is already bound;"
                f" {made.clause} can only use it bare, as the end of a relationship",
                Code.ALREADY_BOUND,
            )
        return None, node.name

    def _made_edge(
        self, edge: ast.EdgePattern, made: _Making, left: str, right: str
    ) -> plan.EdgeTemplate:
        if edge.name is not None and edge.name in made.scope:
            raise self._source.malformed(
                edge.at,
                f"`{edge.name}` is already bound; {made.clause} makes a new relationship",
                Code.ALREADY_BOUND,
            )
        if len(edge.types) != 1:
            raise self._source.malformed(
                edge.at,
                f"A relationship to {made.clause} needs exactly one type, as in `-[:TYPE]->`;"
                f" this one has {len(edge.types)}",
                Code.RELATIONSHIP_TYPE,
            )
        properties = self._made_properties(edge.properties, made)
        name = self._names.make("e") if edge.name is None else edge.name
        if edge.name is not None:
            made.scope[name] = Kind.EDGE
        source, target = (right, left) if edge.direction == "in" else (left, right)
        at = self._source.position(edge.at)
        return plan.EdgeTemplate(name, edge.types[0], source, target, properties, at)

    def _made_properties(
        self, properties: ast.MapLiteral | ast.Parameter | None, made: _Making
    ) -> ex.Expression | None:
        if properties is None:
            return None
        self._expressions.pending = made.scope
        where = "in the properties of a pattern"
        result = self._expressions.bind(properties, made.visible, where)
        self._expressions.pending = {}
        return result


def _pairs(properties: ex.Expression | None) -> tuple[tuple[str, ex.Expression], ...]:
    assert properties is None or isinstance(properties, ex.MapLiteral)
    return () if properties is None else properties.items
