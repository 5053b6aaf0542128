"""The procedures of embeddings: what each takes and gives. One tuple, VECTORS.

Above: the catalogue of procedures; `engine/exec/vectors` has a body for each. Below:
`logical/procedures`, `values/options`.
`topKByEmbeddingWithFiltering` is in no documentation, and clients call it. The four before it are
deprecated, and still documented.
Source: spec 06; docs/vectors.md says what is decided here where the sources leave it open.
"""

from __future__ import annotations

from seaglass.base.limits import VECTOR_NEAREST_MAX
from seaglass.engine.cypher.logical.procedures import Field, Procedure, Type
from seaglass.engine.values.options import Option, Takes

EMBEDDING = Option("embedding", Takes.NUMBER, list=True, required=True)
METRIC = Option("metric", Takes.STRING, default="L2Squared")
TOP_K = Option("topK", Takes.INTEGER, low=1, high=VECTOR_NEAREST_MAX, default=10)
# As many as the index considers unless a query says otherwise.
EF_SEARCH = Option("efSearch", Takes.INTEGER, low=1, high=VECTOR_NEAREST_MAX, default=500)
CONCURRENCY = Option("concurrency", Takes.INTEGER, low=0, default=0)
SEARCH = (TOP_K, EF_SEARCH, CONCURRENCY)
# The options of a search that are filters, a map or a text: `settings_of` does not know them.
FILTERS = ("vertexFilter", "nodeFilter")


def _given(name: str, kind: Type) -> Field:
    return Field(name, kind, nullable=False)


def _nodes(name: str) -> Field:
    return Field(name, Type.NODES, nullable=True)


_CONFIG = _given("config", Type.MAP)
_NODE = _given("node", Type.NODE)
_SOURCE = _given("source", Type.NODE)
_TARGET = _given("target", Type.NODE)
_VECTOR = _given("embedding", Type.LIST)
_DISTANCE = _given("distance", Type.FLOAT)
_SCORE = _given("score", Type.FLOAT)
_SUCCESS = _given("success", Type.BOOLEAN)


def _asks(
    name: str,
    arguments: tuple[Field, ...],
    results: tuple[Field, ...],
    options: tuple[Option, ...] | None,
) -> Procedure:
    """A procedure that reads. Args: options: those of a map, the last argument; None: it has none"""
    return Procedure(
        f"neptune.algo.vectors.{name}",
        arguments if options is None else (*arguments, _CONFIG),
        results,
        reads=True,
        writes=False,
        options=options,
        gives_all=True,
    )


VECTORS: tuple[Procedure, ...] = (
    _asks("get", (_nodes("nodes"),), (_NODE, _VECTOR), None),
    Procedure(
        "neptune.algo.vectors.upsert",
        (_nodes("node"), _VECTOR),
        (_NODE, _VECTOR, _SUCCESS),
        reads=False,
        writes=True,
        gives_all=True,
    ),
    Procedure(
        "neptune.algo.vectors.remove",
        (_nodes("nodes"),),
        (_NODE, _SUCCESS),
        reads=False,
        writes=False,
        deletes=True,
        gives_all=True,
    ),
    _asks(
        "distance.byNode",
        (_nodes("sources"), _nodes("targets")),
        (_SOURCE, _TARGET, _DISTANCE),
        (METRIC,),
    ),
    _asks("distance.byEmbedding", (_nodes("targets"),), (_TARGET, _DISTANCE), (EMBEDDING, METRIC)),
    _asks("topK.byNode", (_nodes("sources"),), (_SOURCE, _NODE, _SCORE), SEARCH),
    _asks("topK.byEmbedding", (), (_NODE, _SCORE), (EMBEDDING, *SEARCH)),
    _asks(
        "distance",
        (_nodes("sources"), _nodes("targets")),
        (_SOURCE, _TARGET, _DISTANCE),
        (METRIC,),
    ),
    _asks(
        "distanceByEmbedding",
        (_VECTOR, _nodes("targets")),
        (_VECTOR, _TARGET, _DISTANCE),
        (METRIC,),
    ),
    _asks("topKByNode", (_nodes("sources"),), (_SOURCE, _NODE, _SCORE), SEARCH),
    _asks("topKByEmbedding", (_VECTOR,), (_VECTOR, _NODE, _SCORE), SEARCH),
    _asks("topKByEmbeddingWithFiltering", (), (_NODE, _SCORE), (EMBEDDING, *SEARCH)),
)
