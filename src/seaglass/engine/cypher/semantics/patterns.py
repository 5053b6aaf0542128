"""Binding of patterns: which names are new, which are known, and what MATCH, CREATE and MERGE
demand of each.

Above: the binder of clauses. Below: the binder of expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
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
        shapes = [self._shape(path, before, scope) for path in paths]
        return tuple([self._matched(shape, scope) for shape in shapes]), scope

    def create(
        self, paths: tuple[ast.PathPattern, ...], before: Mapping[str, Kind]
    ) -> tuple[tuple[plan.NodeTemplate, ...], tuple[plan.EdgeTemplate, ...], Scope]:
        """What a CREATE makes, and the scope with its variables."""
        scope = dict(before)
        nodes: list[plan.NodeTemplate] = []
        edges: list[plan.EdgeTemplate] = []
        for path in paths:
            names = [
                self._created_node(node, bool(path.edges), before, scope, nodes)
                for node in path.nodes
            ]
            for place, edge in enumerate(path.edges):
                if edge.direction == "both":
                    raise self._source.malformed(
                        edge.at, "A relationship to CREATE needs one direction: `-[:TYPE]->`"
                    )
                ends = (names[place], names[place + 1])
                edges.append(self._created_edge(edge, ends, "CREATE", before, scope))
        return tuple(nodes), tuple(edges), scope

    def merge(
        self, path: ast.PathPattern, before: Mapping[str, Kind]
    ) -> tuple[bound.Path, tuple[plan.NodeTemplate, ...], tuple[plan.EdgeTemplate, ...], Scope]:
        """The path of a MERGE as what to look for and as what to make, and the scope with its
        variables.
        """
        scope = dict(before)
        if not path.edges and path.nodes[0].name in before:
            raise self._source.malformed(
                path.at, f"`{path.nodes[0].name}` is already bound; MERGE makes a new node"
            )
        for given in [part.properties for part in path.nodes] + [
            part.properties for part in path.edges
        ]:
            if isinstance(given, ast.Parameter):
                message = _NO_PARAMETER.format("MERGE", given.name)
                raise self._source.malformed(given.at, message)
        made: list[plan.NodeTemplate] = []
        names = [self._created_node(node, True, before, scope, made) for node in path.nodes]
        edges = tuple(
            [
                self._created_edge(edge, (names[place], names[place + 1]), "MERGE", before, scope)
                for place, edge in enumerate(path.edges)
            ]
        )
        new = {node.variable: node for node in made}
        nodes = []
        for node, name in zip(path.nodes, names, strict=True):
            template = new.pop(name, None)
            properties = () if template is None else _pairs(template.properties)
            labels = () if template is None else template.labels
            at = self._source.position(node.at)
            nodes.append(bound.Node(name, template is None, labels, properties, at))
        looked_for = tuple(
            [
                bound.Edge(
                    edge.variable,
                    False,
                    (edge.type,),
                    plan.Direction(pattern.direction),
                    _pairs(edge.properties),
                    self._source.position(pattern.at),
                )
                for edge, pattern in zip(edges, path.edges, strict=True)
            ]
        )
        return bound.Path(tuple(nodes), looked_for), tuple(made), edges, scope

    def _shape(
        self, path: ast.PathPattern, before: Mapping[str, Kind], scope: Scope
    ) -> tuple[ast.PathPattern, list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Names of nodes and edges, each with whether it was known; adds them to `scope`."""
        nodes: list[tuple[str, bool]] = []
        edges: list[tuple[str, bool]] = []
        for place, node in enumerate(path.nodes):
            if place:
                edges.append(self._matched_edge_name(path.edges[place - 1], before, scope))
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
        self, edge: ast.EdgePattern, before: Mapping[str, Kind], scope: Scope
    ) -> tuple[str, bool]:
        if edge.name is None:
            return self._names.make("e"), False
        known = scope.get(edge.name)
        if known is not None and known is not Kind.EDGE and known not in UNKNOWN:
            raise self._conflict(edge.name, known, Kind.EDGE, edge.at)
        if known is not None and edge.name not in before:
            raise self._source.malformed(
                edge.at,
                f"The relationship `{edge.name}` stands twice in one MATCH,"
                " where every relationship is another one",
            )
        scope[edge.name] = Kind.EDGE
        return edge.name, known is not None

    def _conflict(self, name: str, known: Kind, wanted: Kind, at: int) -> Exception:
        return self._source.malformed(
            at, f"`{name}` is already bound to {known} and cannot be {wanted} here"
        )

    def _matched(
        self,
        shape: tuple[ast.PathPattern, list[tuple[str, bool]], list[tuple[str, bool]]],
        scope: Scope,
    ) -> bound.Path:
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
        edges = [
            bound.Edge(
                name,
                known,
                edge.types,
                plan.Direction(edge.direction),
                self._matched_properties(edge.properties, scope),
                self._source.position(edge.at),
            )
            for edge, (name, known) in zip(path.edges, edge_names, strict=True)
        ]
        return bound.Path(tuple(nodes), tuple(edges))

    def _matched_properties(
        self, properties: ast.MapLiteral | ast.Parameter | None, scope: Scope
    ) -> tuple[tuple[str, ex.Expression], ...]:
        if properties is None:
            return ()
        if isinstance(properties, ast.Parameter):
            message = _NO_PARAMETER.format("MATCH", properties.name)
            raise self._source.malformed(properties.at, message)
        where = "in the properties of a pattern"
        return tuple(
            [(key, self._expressions.bind(value, scope, where)) for key, value in properties.items]
        )

    def _created_node(
        self,
        node: ast.NodePattern,
        has_edges: bool,
        before: Mapping[str, Kind],
        scope: Scope,
        made: list[plan.NodeTemplate],
    ) -> str:
        """The name of a node to make, or of a known one; appends the template of a new one to
        `made`.
        """
        known = None if node.name is None else scope.get(node.name)
        if node.name is None or known is None:
            name = self._names.make("n") if node.name is None else node.name
            properties = self._created_properties(node.properties, before, scope)
            if node.name is not None:
                scope[name] = Kind.NODE
            made.append(plan.NodeTemplate(name, node.labels, properties))
            return name
        if known is not Kind.NODE and known not in UNKNOWN:
            raise self._conflict(node.name, known, Kind.NODE, node.at)
        if not has_edges or node.labels or node.properties is not None:
            raise self._source.malformed(
                node.at,
                f"`{node.name}` is already bound; here it can only end a relationship, bare",
            )
        return node.name

    def _created_edge(
        self,
        edge: ast.EdgePattern,
        ends: tuple[str, str],
        clause: str,
        before: Mapping[str, Kind],
        scope: Scope,
    ) -> plan.EdgeTemplate:
        if edge.name is not None and edge.name in scope:
            raise self._source.malformed(
                edge.at, f"`{edge.name}` is already bound; {clause} makes a new relationship"
            )
        if len(edge.types) != 1:
            raise self._source.malformed(
                edge.at,
                f"A relationship to {clause} needs exactly one type, as in `-[:TYPE]->`;"
                f" this one has {len(edge.types)}",
            )
        properties = self._created_properties(edge.properties, before, scope)
        name = self._names.make("e") if edge.name is None else edge.name
        if edge.name is not None:
            scope[name] = Kind.EDGE
        source, target = reversed(ends) if edge.direction == "in" else ends
        return plan.EdgeTemplate(name, edge.types[0], source, target, properties)

    def _created_properties(
        self,
        properties: ast.MapLiteral | ast.Parameter | None,
        before: Mapping[str, Kind],
        scope: Scope,
    ) -> ex.Expression | None:
        """Properties are computed before anything is made, so they see only what was bound before
        the clause.
        """
        if properties is None:
            return None
        self._expressions.pending = scope
        bound_properties = self._expressions.bind(
            properties, before, "in the properties of a pattern"
        )
        self._expressions.pending = {}
        return bound_properties


def _pairs(properties: ex.Expression | None) -> tuple[tuple[str, ex.Expression], ...]:
    assert properties is None or isinstance(properties, ex.MapLiteral)
    return () if properties is None else properties.items
