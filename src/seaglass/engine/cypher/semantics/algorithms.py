"""The graph algorithms as procedures: what each takes and gives. One tuple, ALGORITHMS.

Above: the catalogue of procedures; `engine/exec/algorithms`, which has a body for each, and a test
compares the two. Below: `logical/procedures`, `values/options`.
An algorithm that gives one value for each node comes twice: reported for listed nodes, and as
`.mutate`, which writes the values of all nodes as a property.
Source: spec 05; docs/algorithms.md says what is decided here where the sources leave it open.
"""

from __future__ import annotations

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
        _algorithm(name, ("nodes",), (_given("node", Type.NODE), result), options),
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


def _given(name: str, kind: Type) -> Field:
    return Field(name, kind, nullable=False)


ALGORITHMS: tuple[Procedure, ...] = (
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
)
