"""The graph algorithms as procedures: what each takes and gives. One tuple, ALGORITHMS.

Above: the catalogue of procedures; `engine/exec/algorithms`, which has a body for each, and a test
compares the two. Below: `logical/procedures`, `values/options`.
An algorithm that gives one value for each node comes twice: reported for listed nodes, and as
`.mutate`, which writes the values of all nodes as a property.
Source: spec 05; docs/algorithms.md says what is decided here where the sources leave it open.
"""

from __future__ import annotations

from dataclasses import replace

from seaglass.engine.cypher.logical.procedures import Field, Procedure, Type
from seaglass.engine.values.options import Option, Takes

OUTBOUND, INBOUND, BOTH = "outbound", "inbound", "both"
DIRECTIONS = (OUTBOUND, INBOUND, BOTH)
WEIGHT_TYPES = ("int", "long", "float", "double")

EDGE_LABELS = Option("edgeLabels", Takes.STRING, list=True)
VERTEX_LABEL = Option("vertexLabel", Takes.STRING)
VERTEX_LABELS = Option("vertexLabels", Takes.STRING, list=True)
CONCURRENCY = Option("concurrency", Takes.INTEGER, low=0, default=0)
WRITE_PROPERTY = Option("writeProperty", Takes.STRING, required=True)
WEIGHT = (
    Option("edgeWeightProperty", Takes.STRING),
    Option("edgeWeightType", Takes.STRING, choices=WEIGHT_TYPES),
)


def direction(default: str = OUTBOUND, among: tuple[str, ...] = DIRECTIONS) -> Option:
    """The option `traversalDirection`."""
    return Option("traversalDirection", Takes.STRING, default=default, choices=among)


def _algorithm(
    name: str, nodes: tuple[str, ...], results: tuple[Field, ...], options: tuple[Option, ...]
) -> Procedure:
    """A procedure that reads. Args: nodes: the names of the arguments that are nodes"""
    listed = tuple([Field(name, Type.NODES, nullable=True) for name in nodes])
    return Procedure(
        f"neptune.algo.{name}",
        (*listed, Field("config", Type.MAP, nullable=False)),
        results,
        reads=True,
        writes=False,
        options=options,
        gives_all=True,
    )


def _scored(name: str, result: Field, options: tuple[Option, ...]) -> tuple[Procedure, Procedure]:
    """An algorithm with a value for each node, and its `.mutate`."""
    return (
        _algorithm(name, ("nodes",), (Field("node", Type.NODE, nullable=False), result), options),
        Procedure(
            f"neptune.algo.{name}.mutate",
            (Field("config", Type.MAP, nullable=False),),
            (_given("success", Type.BOOLEAN),),
            reads=True,
            writes=True,
            options=(WRITE_PROPERTY, *options),
            gives_all=True,
        ),
    )


def _needed(options: tuple[Option, ...]) -> tuple[Option, ...]:
    return tuple([replace(option, required=True) for option in options])


def _cost(default: str) -> Option:
    return Option("costFunction", Takes.STRING, default=default, choices=("min", "max"))


def _given(name: str, kind: Type) -> Field:
    return Field(name, kind, nullable=False)


SOURCE, NODE, EGO = (_given(name, Type.NODE) for name in ("source", "node", "egoNode"))
_BREADTH = (
    EDGE_LABELS,
    VERTEX_LABEL,
    Option("maxDepth", Takes.INTEGER, low=-1, default=-1),
    direction(),
    CONCURRENCY,
)
_DISTANCE = (
    *_needed(WEIGHT),
    EDGE_LABELS,
    VERTEX_LABEL,
    direction(among=(OUTBOUND, INBOUND)),
    CONCURRENCY,
)
_DELTA = Option("delta", Takes.NUMBER, low=0, default=2.0)
_EGONET = (
    Option("hopCount", Takes.INTEGER, required=True, low=1, high=3),
    Option("perHopMaxNeighbor", Takes.INTEGER, list=True, required=True, low=-1, items=(1, 3)),
    Option("perHopEdgeWeightProperty", Takes.STRING, list=True, required=True, items=(1, 3)),
    Option("edgeWeightType", Takes.STRING, required=True, choices=WEIGHT_TYPES),
    EDGE_LABELS,
    Option("perHopVertexLabel", Takes.STRING, list=True, items=(0, 3)),
    Option("perHopTraversalDirection", Takes.STRING, list=True, choices=DIRECTIONS, items=(0, 3)),
    _cost("max"),
    CONCURRENCY,
)
_ITERATED = (
    Option("numOfIterations", Takes.INTEGER, low=1, default=20),
    Option("tolerance", Takes.NUMBER, low=0, high=1, default=1e-6),
    Option("sourceNodes", Takes.NODE, list=True, items=(1, 8192)),
    Option("sourceWeights", Takes.NUMBER, list=True, low=0, items=(1, 8192)),
    EDGE_LABELS,
    VERTEX_LABELS,
    *WEIGHT,
    CONCURRENCY,
)
_MODULARITY = (
    VERTEX_LABELS,
    EDGE_LABELS,
    *WEIGHT,
    Option("maxLevels", Takes.INTEGER, low=1, default=10),
    Option("maxIterations", Takes.INTEGER, low=1, default=10),
    Option("levelTolerance", Takes.NUMBER, low=0, default=0.01),
    Option("iterationTolerance", Takes.NUMBER, low=0, default=0.0001),
    CONCURRENCY,
)


def _distances(name: str, options: tuple[Option, ...]) -> tuple[Procedure, ...]:
    """A search for shortest distances, and its variants."""
    distance = _given("distance", Type.NUMBER)
    return (
        _algorithm(name, ("nodes",), (SOURCE, NODE, distance), options),
        _algorithm(
            f"{name}.parents",
            ("nodes",),
            (SOURCE, NODE, _given("parent", Type.NODE), distance),
            options,
        ),
        _algorithm(
            f"{name}.path",
            ("sources", "targets"),
            (
                SOURCE,
                _given("target", Type.NODE),
                distance,
                _given("vertexPath", Type.LIST),
                _given("allDistances", Type.LIST),
                _given("path", Type.PATH),
            ),
            options,
        ),
    )


def _similarity(name: str, result: Field) -> Procedure:
    """A comparison of the nodes of two lists."""
    options = (EDGE_LABELS, VERTEX_LABEL, direction())
    return _algorithm(name, ("firstNodes", "secondNodes"), (result,), options)


ALGORITHMS: tuple[Procedure, ...] = (
    _algorithm("bfs", ("nodes",), (SOURCE, NODE), _BREADTH),
    _algorithm("bfs.parents", ("nodes",), (SOURCE, NODE, _given("parent", Type.NODE)), _BREADTH),
    _algorithm("bfs.levels", ("nodes",), (SOURCE, NODE, _given("level", Type.INTEGER)), _BREADTH),
    *_distances("sssp.bellmanFord", _DISTANCE),
    *_distances("sssp.deltaStepping", (*_DISTANCE, _DELTA)),
    _algorithm(
        "topksssp",
        ("nodes",),
        (SOURCE, NODE, _given("distance", Type.NUMBER)),
        (
            Option("hopCount", Takes.INTEGER, required=True, low=1),
            Option(
                "perHopLimits", Takes.INTEGER, list=True, required=True, low=-1, items=(1, None)
            ),
            EDGE_LABELS,
            *WEIGHT,
            VERTEX_LABEL,
            direction(),
            _cost("min"),
            CONCURRENCY,
        ),
    ),
    _algorithm(
        "egonet",
        ("nodes",),
        (EGO, _given("nodeList", Type.LIST), _given("edgeList", Type.LIST)),
        _EGONET,
    ),
    _algorithm(
        "egonet.edgeList",
        ("nodes",),
        (EGO, SOURCE, _given("target", Type.NODE), _given("weight", Type.NUMBER)),
        _EGONET,
    ),
    *_scored(
        "degree",
        _given("degree", Type.INTEGER),
        (EDGE_LABELS, VERTEX_LABELS, VERTEX_LABEL, direction(BOTH), CONCURRENCY),
    ),
    _algorithm(
        "degreeDistribution",
        (),
        (_given("output", Type.MAP),),
        (
            VERTEX_LABELS,
            EDGE_LABELS,
            Option("binWidth", Takes.INTEGER, low=1, default=1),
            direction(BOTH),
            CONCURRENCY,
        ),
    ),
    *_scored(
        "pageRank",
        _given("rank", Type.FLOAT),
        (
            Option("dampingFactor", Takes.NUMBER, low=0, high=1, default=0.85),
            VERTEX_LABEL,
            *_ITERATED,
            direction(among=(OUTBOUND, INBOUND)),
        ),
    ),
    *_scored(
        "closenessCentrality",
        _given("score", Type.FLOAT),
        (
            Option("numSources", Takes.INTEGER, required=True, low=1),
            Option("normalize", Takes.BOOLEAN, default=True),
            EDGE_LABELS,
            VERTEX_LABEL,
            direction(),
            CONCURRENCY,
        ),
    ),
    *_scored("eigenvectorCentrality", _given("score", Type.FLOAT), (*_ITERATED, direction())),
    _similarity("neighbors.common", _given("common", Type.INTEGER)),
    _similarity("neighbors.total", _given("total", Type.INTEGER)),
    _similarity("jaccardSimilarity", _given("score", Type.FLOAT)),
    _similarity("overlapSimilarity", _given("score", Type.FLOAT)),
    *_scored("wcc", _given("component", Type.INTEGER), (EDGE_LABELS, VERTEX_LABEL, CONCURRENCY)),
    *_scored("scc", _given("component", Type.INTEGER), (EDGE_LABELS, VERTEX_LABEL, CONCURRENCY)),
    *_scored(
        "labelPropagation",
        _given("community", Type.INTEGER),
        (
            EDGE_LABELS,
            VERTEX_LABEL,
            Option("vertexWeightProperty", Takes.STRING),
            Option("vertexWeightType", Takes.STRING, choices=WEIGHT_TYPES),
            *WEIGHT,
            Option("maxIterations", Takes.INTEGER, low=1, default=10),
            direction(),
            CONCURRENCY,
        ),
    ),
    *_scored("louvain", _given("community", Type.INTEGER), _MODULARITY),
    *_scored(
        "leiden",
        _given("community", Type.INTEGER),
        (*_MODULARITY, Option("theta", Takes.NUMBER, low=0, high=1, default=0.05)),
    ),
)
