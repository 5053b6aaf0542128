"""The procedures `neptune.algo.vectors.*`: embeddings read, written, compared and searched.

Above: `procedures`. Below: `engine/vector`, `algorithms` (nodes of an argument), `context`.
Writes are part of the query's transaction, like all others. Numbers are kept in 32 bits, and given as
64-bit numbers of the same value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.semantics.vectors import FILTERS, VECTORS
from seaglass.engine.exec.algorithms import listed
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import RemoveVectors, SetVectors
from seaglass.engine.values import column as cols
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.lists import listed as lists_of_lengths
from seaglass.engine.values.options import settings_of
from seaglass.engine.values.parts import spans
from seaglass.engine.vector.filters import chosen, filter_of
from seaglass.engine.vector.metrics import Metric, distances, metric_of
from seaglass.engine.vector.search import Wanted, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.algo.run import Listed
    from seaglass.engine.exec.context import Context
    from seaglass.engine.graph.vectors import Vectors
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.options import Settings
    from seaglass.engine.values.types import Value

    Results = Iterator[tuple[NDArray[np.int64], Frame]]
    Body = Callable[[Frame, Context], Results]
    Floats = NDArray[np.float32]

_PREFIX = "neptune.algo.vectors."
_NUMBER_BYTES = 4
# Numbers that are written by one change: some 20 ms.
_UPSERTED_NUMBERS = 1 << 18
# Numbers that are copied at a time, to be compared or given: as Python's, they take 32 MB.
_NUMBERS = 1024 * 1024


def vectors_of(context: Context) -> Vectors:
    """The embeddings that the query sees. Raises: Invalid(illegal_argument) in a graph without them."""
    vectors = context.version.vectors
    if vectors is None:
        raise Invalid(
            "illegal_argument",
            "The graph has no vector index, so its nodes have no embeddings. An index comes with a "
            "graph: create one with a dimension (vectorSearchConfiguration, vector_dimension).",
        )
    return vectors


def vector_of(taker: str, given: Any, dimension: int) -> Floats:
    """float32[d]: the vector that a list says.

    Args: taker: the procedure, for messages
    Raises: Invalid(illegal_argument) for another length, and for what is no finite number of 32 bits
    """
    if len(given) != dimension:
        raise Invalid(
            "illegal_argument",
            f"{taker} takes embeddings of {dimension} numbers, the dimension of the graph's vector"
            f" index, not of {len(given)}.",
        )
    if not set(map(type, given)) <= {int, float}:
        wrong = next(one for one in given if type(one) not in (int, float))
        raise Invalid(
            "illegal_argument", f"{taker} takes embeddings of numbers, not with {type_name(wrong)}."
        )
    with np.errstate(over="ignore"):
        vector = np.array(given, np.float64).astype(np.float32)
    if not np.isfinite(vector).all():
        place = int(np.flatnonzero(~np.isfinite(vector))[0])
        raise Invalid(
            "illegal_argument",
            f"{taker} takes embeddings of finite numbers of 32 bits; embedding[{place}] is"
            f" {given[place]!r}.",
        )
    return vector


def _parts(count: int, numbers: int) -> Iterator[slice]:
    """Slices of `count` rows, each of which has so many numbers."""
    step = max(1, _NUMBERS // max(1, numbers))
    for start in range(0, count, step):
        yield slice(start, start + step)


def _pair_parts(ones: int, others: int, numbers: int) -> Iterator[tuple[slice, slice]]:
    """Slices of two lists of vectors, whose pairs have few numbers together; pairs come by the first
    list and then by the second."""
    at_once = max(1, _NUMBERS // max(1, numbers))
    # Many of the second list are paired with one of the first at a time.
    step = max(1, at_once // max(1, others))
    for first in range(0, ones, step):
        for second in range(0, others, at_once):
            yield slice(first, first + step), slice(second, second + at_once)


def _lists(numbers: Floats) -> Column:
    count, dimension = numbers.shape
    return lists_of_lengths(
        np.full(count, dimension), cols.floats(numbers.astype(np.float64).ravel())
    )


def _get(arguments: Frame, context: Context) -> Results:
    vectors = vectors_of(context)
    found = listed(f"{_PREFIX}get: nodes", arguments.columns["nodes"], context)
    for part in _parts(len(found.nodes), vectors.dimension):
        context.interrupt.check()
        rows, nodes = found.rows[part], found.nodes[part]
        has, numbers = vectors.gather(nodes)
        columns = {"node": cols.nodes(nodes[has]), "embedding": _lists(numbers)}
        yield rows[has], Frame(columns, len(numbers))


def _changed_rows(context: Context) -> int:
    """How many embeddings one change writes."""
    return max(1, _UPSERTED_NUMBERS // vectors_of(context).dimension)


def _upsert(arguments: Frame, context: Context) -> Results:
    # Python makes numbers of each list.
    for span in spans(arguments.rows, context.interrupt.check, _changed_rows(context)):
        some = arguments.slice(span.start, span.stop)
        for rows, frame in _upsert_some(some, context):
            yield rows + span.start, frame


def _upsert_some(arguments: Frame, context: Context) -> Results:
    taker = f"{_PREFIX}upsert"
    dimension = vectors_of(context).dimension
    column = arguments.columns["node"]
    found = listed(f"{taker}: node", column, context)
    # Rows ascend, and each may name very many nodes: NumPy's `unique` sorts them all.
    begins = np.diff(found.rows, prepend=-1) > 0
    rows, where = found.rows[begins], np.cumsum(begins) - 1
    missing = np.setdiff1d(np.flatnonzero(~column.is_null()), rows)
    for row in missing.tolist():
        if column.value(row) != []:
            raise Invalid("illegal_argument", f"{taker}: no node is {column.value(row)!r}.")
    lists = arguments.columns["embedding"].to_list()
    if not len(rows):
        return
    with context.holding() as held:
        copied = min(len(where), _changed_rows(context))
        held.add(_NUMBER_BYTES * dimension * (2 * len(rows) + copied))
        given = [vector_of(taker, lists[row], dimension) for row in rows.tolist()]
        known = np.stack(given)
        # One row may name very many nodes.
        for part in spans(len(where), context.interrupt.check, _changed_rows(context)):
            nodes, numbers = found.nodes[part], known[where[part]]
            context.change(SetVectors(nodes, numbers))
            columns = {
                "node": cols.nodes(nodes),
                "embedding": _lists(numbers),
                "success": cols.bools(np.ones(len(nodes), np.bool_)),
            }
            yield found.rows[part], Frame(columns, len(nodes))


def _remove(arguments: Frame, context: Context) -> Results:
    vectors_of(context)
    found = listed(f"{_PREFIX}remove: nodes", arguments.columns["nodes"], context)
    for part in spans(len(found.nodes), context.interrupt.check, _changed_rows(context)):
        nodes = found.nodes[part]
        context.change(RemoveVectors(nodes))
        columns = {"node": cols.nodes(nodes), "success": cols.bools(np.ones(len(nodes), np.bool_))}
        yield found.rows[part], Frame(columns, len(nodes))


def _by_node(name: str) -> Body:
    """Distances of each node of one argument to each of the other."""

    def body(arguments: Frame, context: Context) -> Results:
        vectors = vectors_of(context)
        call = _Call(name, arguments, context)
        sources, targets = call.nodes("sources"), call.nodes("targets")
        for row, config in enumerate(call.configs()):
            metric = _metric(config)
            ones, others = _of(sources, row), _of(targets, row)
            with context.holding() as held:
                held.add(_NUMBER_BYTES * vectors.dimension * (len(ones) + len(others)))
                left, right = call.needed(vectors, ones), call.needed(vectors, others)
                for some, their in _pair_parts(len(ones), len(others), vectors.dimension):
                    context.interrupt.check()
                    near, far = left[some], right[their]
                    count = len(near), len(far)
                    pairs = np.repeat(near, count[1], axis=0), np.tile(far, (count[0], 1))
                    columns = {
                        "source": cols.nodes(np.repeat(ones[some], count[1])),
                        "target": cols.nodes(np.tile(others[their], count[0])),
                        "distance": cols.floats(distances(metric, *pairs)),
                    }
                    yield np.full(len(pairs[0]), row, np.int64), Frame(columns, len(pairs[0]))

    return body


def _by_embedding(name: str) -> Body:
    """Distances of the nodes of an argument to an embedding, an argument itself or an option."""

    def body(arguments: Frame, context: Context) -> Results:
        vectors = vectors_of(context)
        call = _Call(name, arguments, context)
        targets = call.nodes("targets")
        for row, config in enumerate(call.configs()):
            vector = call.embedding(row, config, vectors.dimension)
            metric, all_nodes = _metric(config), _of(targets, row)
            for part in _parts(len(all_nodes), vectors.dimension):
                context.interrupt.check()
                nodes = all_nodes[part]
                others = call.needed(vectors, nodes)
                pairs = np.broadcast_to(vector, others.shape), others
                columns = {
                    "target": cols.nodes(nodes),
                    "distance": cols.floats(distances(metric, *pairs)),
                    **call.repeated(row, len(nodes)),
                }
                yield np.full(len(nodes), row, np.int64), Frame(columns, len(nodes))

    return body


def _near_nodes(name: str) -> Body:
    """The nodes nearest to each node of an argument, which is among them."""

    def body(arguments: Frame, context: Context) -> Results:
        vectors = vectors_of(context)
        call = _Call(name, arguments, context)
        sources = call.nodes("sources")
        for row, config in enumerate(call.configs()):
            wanted = _wanted(config, None)
            for source in _of(sources, row):
                (vector,) = call.needed(vectors, np.array([source]))
                found, scores = search(vectors, vector, wanted, context.interrupt)
                columns = {
                    "source": cols.nodes(np.full(len(found), source, np.int64)),
                    "node": cols.nodes(found),
                    "score": cols.floats(scores.astype(np.float64)),
                }
                yield np.full(len(found), row, np.int64), Frame(columns, len(found))

    return body


def _near_embedding(name: str, *, filtered: bool = True) -> Body:
    """The nodes nearest to an embedding, of those that a filter means."""

    def body(arguments: Frame, context: Context) -> Results:
        vectors = vectors_of(context)
        call = _Call(name, arguments, context)
        for row, config in enumerate(call.configs()):
            context.interrupt.check()
            vector = call.embedding(row, config, vectors.dimension)
            wanted = _wanted(config, call.among(row) if filtered else None)
            found, scores = search(vectors, vector, wanted, context.interrupt)
            columns = {
                "node": cols.nodes(found),
                "score": cols.floats(scores.astype(np.float64)),
                **call.repeated(row, len(found)),
            }
            yield np.full(len(found), row, np.int64), Frame(columns, len(found))

    return body


class _Call:
    """The arguments of some rows. What is the same for the row before is looked at once."""

    def __init__(self, name: str, arguments: Frame, context: Context) -> None:
        self._name = f"{_PREFIX}{name}"
        self._options = _OPTIONS[self._name]
        self._columns = arguments.columns
        self._context = context
        self._maps: list[Any] = arguments.columns["config"].to_list()
        self._embeddings: list[Any] | None = None
        if "embedding" in arguments.columns:
            self._embeddings = arguments.columns["embedding"].to_list()
        self._among: tuple[Value, NDArray[np.bool_] | None] = (None, None)

    def configs(self) -> Iterator[Settings]:
        """The options of each row."""
        seen: Value = None
        settings: Settings | None = None
        for given in self._maps:
            if settings is None or given is not seen:
                seen, settings = given, settings_of(self._name, self._options, given)
            yield settings

    def nodes(self, argument: str) -> Listed:
        return listed(f"{self._name}: {argument}", self._columns[argument], self._context)

    def embedding(self, row: int, config: Settings, dimension: int) -> Floats:
        """Raises: Invalid(illegal_argument), as vector_of."""
        if self._embeddings is None:
            return vector_of(self._name, config.get("embedding"), dimension)
        return vector_of(self._name, self._embeddings[row], dimension)

    def repeated(self, row: int, count: int) -> Mapping[str, Column]:
        """The embedding as a result, where it is an argument."""
        if self._embeddings is None:
            return {}
        return {"embedding": cols.mixed([self._embeddings[row]] * count)}

    def needed(self, vectors: Vectors, nodes: NDArray[np.int64]) -> Floats:
        """The vectors of nodes. Raises: Invalid(illegal_argument) when one has none."""
        has, numbers = vectors.gather(nodes)
        if not has.all():
            node = nodes[int(np.flatnonzero(~has)[0])]
            told = read.node_ids(self._context.version, np.array([node])).value(0)
            raise Invalid("illegal_argument", f"{self._name}: the node {told!r} has no embedding.")
        return numbers

    def among(self, row: int) -> NDArray[np.bool_] | None:
        """bool[nodes]: what the filter of a row means; None where it has none.

        Raises: Invalid(illegal_argument) for a filter that is none
        """
        given = next((one for key in FILTERS if (one := self._maps[row].get(key))), None)
        if given is None:
            return None
        before, found = self._among
        if found is None or given is not before:
            context = self._context
            found = chosen(context.version, filter_of(given), context.interrupt)
            self._among = given, found
        return found


def _metric(config: Settings) -> Metric:
    told = config.text("metric")
    assert told is not None
    metric = metric_of(told)
    if metric is None:
        raise config.wrong(f"takes as metric one of {', '.join(Metric)}, not {told!r}")
    return metric


def _wanted(config: Settings, among: NDArray[np.bool_] | None) -> Wanted:
    return Wanted(config.integer("topK"), config.integer("efSearch"), among)


def _of(found: Listed, row: int) -> NDArray[np.int64]:
    """The nodes of one row."""
    first, last = np.searchsorted(found.rows, (row, row + 1)).tolist()
    return found.nodes[first:last]


_OPTIONS = {one.name: one.options for one in VECTORS if one.options is not None}
_BODIES: dict[str, Body] = {
    "get": _get,
    "upsert": _upsert,
    "remove": _remove,
    "distance.byNode": _by_node("distance.byNode"),
    "distance.byEmbedding": _by_embedding("distance.byEmbedding"),
    "topK.byNode": _near_nodes("topK.byNode"),
    "topK.byEmbedding": _near_embedding("topK.byEmbedding"),
    "distance": _by_node("distance"),
    "distanceByEmbedding": _by_embedding("distanceByEmbedding"),
    "topKByNode": _near_nodes("topKByNode"),
    "topKByEmbedding": _near_embedding("topKByEmbedding", filtered=False),
    "topKByEmbeddingWithFiltering": _near_embedding("topKByEmbeddingWithFiltering"),
}


def vector_bodies() -> dict[str, Body]:
    """A body for each of the procedures of embeddings."""
    return {f"{_PREFIX}{name}": body for name, body in _BODIES.items()}
