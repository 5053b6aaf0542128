"""The part of a version that an algorithm runs on, as one flat CSR.

Above: the families. Below: `graph/flat`, `graph/read`, `run`.
A selection says which part: edges of some labels, between nodes that have one of some labels, seen
in a direction, with weights or without. An edge without the weight property, or with a value there
that is no number, is left out. Weights are cast: to `int` and `long` by cutting off what is behind
the point (and to the range of the type), to `float` by rounding to 32 bits.

A projection is kept with its version, since the same selection is asked for again and again; a
version keeps PROJECTION_BYTES of them at most, those asked for last. A run is charged for what it
uses, kept or not.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph import read
from seaglass.engine.graph.flat import flat_links, node_degrees
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.algo.run import Run
    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.options import Settings

WeightType: TypeAlias = Literal["int", "long", "float", "double"]

_DIRECTIONS: dict[str | None, Direction] = {"outbound": "out", "inbound": "in", "both": "both"}
_INT32 = np.iinfo(np.int32)
# What is held an entry while a projection is made: the three arrays, a mask, the sums of the mask,
# and the copies without what is left out.
_ENTRY_BYTES = 40
# Of so many edges at least one is asked for where reading the weights of all is less work.
_WHOLE_SHARE = 8
_KEPT = "projections"


@dataclass(frozen=True, slots=True)
class Weight:
    """The property that edges are weighed by, and what its values are cast to."""

    key: str
    type: WeightType

    @property
    def dtype(self) -> Any:
        """What weights of the type are held as."""
        return np.int64 if self.type in ("int", "long") else np.float64


@dataclass(frozen=True, slots=True)
class Selection:
    """What a projection has.

    Args:
        edge_labels / vertex_labels: () for all; a node needs one of them
        weight: None where edges have no weight
        inside: whether edges from nodes without the labels are left out, too
    """

    edge_labels: tuple[str, ...]
    vertex_labels: tuple[str, ...]
    direction: Direction
    weight: Weight | None
    inside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A flat CSR: row v is `indptr[v]` to `indptr[v + 1]`.

    Args:
        indptr: int64[n + 1], n the number that the version's next node gets
        neighbours: int32|int64[m]; in direction "both" an edge stands at both ends, a self-loop
            twice. Nodes that are not kept are nobody's neighbours, but have rows of their own,
            empty ones where only the inside was selected
        edges: int32|int64[m], the edges' numbers
        weights: int64[m] for int and long, float64[m] for float and double; None without
        kept: bool[n], nodes that are alive and have one of the labels; None where all numbers are
    """

    indptr: NDArray[np.int64]
    neighbours: NDArray[Any]
    edges: NDArray[Any]
    weights: NDArray[Any] | None
    kept: NDArray[np.bool_] | None

    @property
    def nodes(self) -> int:
        """n."""
        return len(self.indptr) - 1

    @property
    def size_bytes(self) -> int:
        arrays = (self.indptr, self.neighbours, self.edges, self.weights, self.kept)
        return sum(array.nbytes for array in arrays if array is not None)

    def has(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[k]: which of the nodes are kept."""
        return np.ones(len(nodes), np.bool_) if self.kept is None else self.kept[nodes]


def selection_of(settings: Settings) -> Selection:
    """The selection that the options of an algorithm say, of those that it has.

    Raises: Invalid(illegal_argument) when the property of a weight is given without its type
    """
    keys = {key for key, _ in settings.values}
    direction: Direction = "out"
    if "traversalDirection" in keys:
        direction = _DIRECTIONS[settings.text("traversalDirection")]
    return Selection(
        settings.texts("edgeLabels"),
        vertex_labels_of(settings),
        direction,
        _weight_of(settings) if "edgeWeightProperty" in keys else None,
    )


def vertex_labels_of(settings: Settings) -> tuple[str, ...]:
    """`vertexLabels`, or else `vertexLabel`; () for all."""
    keys = {key for key, _ in settings.values}
    several = settings.texts("vertexLabels") if "vertexLabels" in keys else ()
    if several or "vertexLabel" not in keys:
        return several
    one = settings.text("vertexLabel")
    return () if one is None else (one,)


def _weight_of(settings: Settings) -> Weight | None:
    """The weight; a type without a property says nothing."""
    key, kind = settings.text("edgeWeightProperty"), settings.text("edgeWeightType")
    if key is None:
        return None
    if kind is None:
        raise settings.wrong("needs edgeWeightType where edgeWeightProperty is given")
    return Weight(key, cast("WeightType", kind))


def project(run: Run, selection: Selection) -> Projection:
    """The selection of the run's version; the same one again for the same version.

    Raises: Exhausted(memory)
    Cost: some 10 ns an edge and direction; with weights, some 20 ns more.
    """
    kept = _kept_of(run.version)
    found = kept.get(selection)
    if found is not None:
        run.charge(found.size_bytes)
        return found
    entries = int(node_degrees(run.version, selection.edge_labels, selection.direction).sum())
    scratch_bytes = entries * _ENTRY_BYTES
    run.charge(scratch_bytes)
    made = _made(run, selection)
    run.charge(made.size_bytes - scratch_bytes)
    kept.put(selection, made)
    return made


def already_made(run: Run, selection: Selection) -> bool:
    """Whether the version has the projection already."""
    return _kept_of(run.version).has(selection)


def _made(run: Run, selection: Selection) -> Projection:
    version, check = run.version, run.interrupt.check
    indptr, neighbours, edges = flat_links(
        version, selection.edge_labels, selection.direction, check
    )
    check()
    kept = nodes_kept(version, selection.vertex_labels)
    weights, fits = None, None
    if selection.vertex_labels and kept is not None:
        fits = kept[neighbours]
        if selection.inside:
            fits &= np.repeat(kept, np.diff(indptr))
    if selection.weight is not None:
        weights, weighed = _all_weights(run, edges, selection.weight)
        if weighed is not None:
            fits = weighed if fits is None else fits & weighed
    check()
    if fits is not None and not fits.all():
        before = np.zeros(len(fits) + 1, np.int64)
        np.cumsum(fits, out=before[1:])
        indptr = before[indptr]
        neighbours, edges = neighbours[fits], edges[fits]
        weights = None if weights is None else weights[fits]
    return Projection(indptr, neighbours, edges, weights, kept)


def nodes_kept(version: GraphVersion, labels: tuple[str, ...]) -> NDArray[np.bool_] | None:
    """Which numbers are those of nodes that have one of the labels.

    Args: labels: () for all nodes
    Returns: bool[n], n the number that the next node gets; None where all are
    """
    if not labels and version.node_count == version.next_node:
        return None
    kept = np.zeros(version.next_node, np.bool_)
    for label in labels or (None,):
        for part in read.scan_nodes(version, () if label is None else (label,)):
            kept[part] = True
    return None if kept.all() else kept


def _all_weights(
    run: Run, edges: NDArray[Any], weight: Weight
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """As `edge_weights`; where the edges are many, those of all edges are read in their order."""
    version = run.version
    if len(edges) * _WHOLE_SHARE < version.next_edge:
        return edge_weights(version, edges, weight)
    scratch_bytes = 9 * version.next_edge
    run.charge(scratch_bytes)
    numbers = np.zeros(version.next_edge, weight.dtype)
    has = np.zeros(version.next_edge, np.bool_)
    for place, group in enumerate(version.edges):
        run.interrupt.check()
        column = group.column(weight.key)
        if column is not None:
            first = place * limits.GROUP_ROWS
            data, valid = cast_numbers(column, weight.type)
            numbers[first : first + len(data)] = data
            has[first : first + len(data)] = True if valid is None else valid
    found = numbers[edges], has[edges]
    run.charge(-scratch_bytes)
    return found


def edge_weights(
    version: GraphVersion, edges: NDArray[Any], weight: Weight
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """The weights of edges, and which of them have one; None where all have."""
    column = read.edge_property(version, edges.astype(np.int64, copy=False), weight.key)
    return cast_numbers(column, weight.type)


def cast_numbers(column: Column, kind: WeightType) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """The numbers of a column as weights of a type, and where it has any; None where everywhere."""
    valid: NDArray[np.bool_] | None
    if column.kind is Kind.MIXED:
        values = column.to_list()
        valid = np.array([type(value) in (int, float) for value in values], np.bool_)
        if kind in ("int", "long"):
            numbers = [_whole(value) if ok else 0 for value, ok in zip(values, valid, strict=True)]
            data: NDArray[Any] = np.array(numbers, np.int64)
        else:
            data = np.array(
                [value if ok else 0.0 for value, ok in zip(values, valid, strict=True)], np.float64
            )
    elif column.kind in (Kind.INT, Kind.FLOAT):
        data, valid = column.data, column.valid
    else:
        dtype = np.int64 if kind in ("int", "long") else np.float64
        return np.zeros(len(column), dtype), np.zeros(len(column), np.bool_)
    return _cast(data, kind), None if valid is None or valid.all() else valid


def _cast(data: NDArray[Any], kind: WeightType) -> NDArray[Any]:
    if kind == "double":
        return data.astype(np.float64, copy=False)
    if kind == "float":
        # Past the range of 32 bits a number becomes infinite, as a cast does.
        with np.errstate(over="ignore"):
            return data.astype(np.float32).astype(np.float64)
    if data.dtype == np.float64:
        bounded = np.nan_to_num(data, nan=0.0, posinf=INT_MAX, neginf=INT_MIN)
        # 2**63 - 1 is no float; the next smaller one is.
        data = np.clip(bounded, INT_MIN, np.nextafter(2.0**63, 0)).astype(np.int64)
    return data if kind == "long" else np.clip(data, _INT32.min, _INT32.max)


def _whole(value: Any) -> int:
    if isinstance(value, float):
        return int(_cast(np.array([value]), "long")[0])
    return int(value)


class _Kept:
    """The projections of one version, the one asked for last at the end."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._made: dict[Selection, Projection] = {}

    def has(self, selection: Selection) -> bool:
        return selection in self._made

    def get(self, selection: Selection) -> Projection | None:
        with self._guard:
            found = self._made.pop(selection, None)
            if found is not None:
                self._made[selection] = found
            return found

    def put(self, selection: Selection, made: Projection) -> None:
        with self._guard:
            self._made[selection] = made
            held_bytes = sum(projection.size_bytes for projection in self._made.values())
            while held_bytes > limits.PROJECTION_BYTES:
                first = next(iter(self._made))
                held_bytes -= self._made.pop(first).size_bytes


def _kept_of(version: GraphVersion) -> _Kept:
    return cast("_Kept", version.derived.setdefault(_KEPT, _Kept()))
