"""Rows of the same node become one: their labels joined, their values replaced or added.

Above: `assembly`, `merge`. Below: `graph/tables`, `engine/values`. A later value of a key that is single
replaces an earlier one; of another key it is added: values that differ become a list, in the order
of their rows. Nodes that come once, which are almost all, are never looked at by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.graph.tables import Tags, tags_of
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

_LABEL = "~label"
_NO_TAGS = Tags((), np.zeros(0, np.int64), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of nodes. Args: numbers: int64[n] of the nodes; values: key -> column[n]; singles: keys"""

    numbers: NDArray[np.int64]
    values: Mapping[str, Column]
    singles: frozenset[str]


def labels_of(labels: pa.Array | None) -> Tags:
    """The labels of rows: text, several separated by `;`, or lists of text."""
    if labels is None:
        return _NO_TAGS
    if pa.types.is_list(labels.type) or pa.types.is_large_list(labels.type):
        tags = tags_of(_LABEL, labels)
        # Names are in order, so an empty one, which is none, comes first.
        return _without_first(tags) if tags.names[:1] == ("",) else tags
    if not pa.types.is_dictionary(labels.type):
        labels = labels.dictionary_encode()
    texts = labels.dictionary.cast(STRING)
    if pc.any(pc.match_substring(texts, ";")).as_py() or pc.any(pc.equal(texts, "")).as_py():
        lists = [[name for name in text.split(";") if name] for text in texts.to_pylist()]
        labels = pa.array(lists, pa.list_(STRING)).take(labels.indices)
    return tags_of(_LABEL, labels)


def _without_first(tags: Tags) -> Tags:
    kept = tags.codes > 0
    return Tags(tags.names[1:], tags.rows[kept], tags.codes[kept] - np.int32(1))


def merged(parts: Sequence[Part], count: int) -> dict[str, Column]:
    """key -> column[count]: the values of all nodes."""
    keys = dict.fromkeys(key for part in parts for key in part.values)
    lengths = [len(part.numbers) for part in parts]
    if sum(lengths) == count:
        # No node came twice, so that the rows are in the order of the nodes.
        return {key: _stacked(key, parts) for key in keys}
    return {key: _merged_key(key, parts, count) for key in keys}


def _stacked(key: str, parts: Sequence[Part]) -> Column:
    """The values of all rows, one part after the other; parts without the key are few pieces."""
    pieces: list[Column] = []
    missing = 0
    for part in parts:
        column = part.values.get(key)
        if column is None:
            missing += len(part.numbers)
            continue
        pieces += [cols.nulls(missing), column] if missing else [column]
        missing = 0
    return cols.concat([*pieces, cols.nulls(missing)] if missing else pieces)


def _merged_key(key: str, parts: Sequence[Part], count: int) -> Column:
    having = [part for part in parts if key in part.values]
    column = cols.concat([part.values[key] for part in having])
    numbers = np.concatenate([part.numbers for part in having])
    present = np.flatnonzero(~column.is_null())
    numbers = numbers[present]
    # The last row of each node stands for all; where rows must be joined, those nodes come again.
    places = np.full(count, -1, np.int64)
    places[numbers] = present
    result = column.take_or_null(places)
    often = np.flatnonzero(np.bincount(numbers, minlength=count) > 1)
    if len(often) == 0 or any(key in part.singles for part in having):
        return result
    again = np.isin(numbers, often)
    rows = present[again]
    order = np.argsort(numbers[again], kind="stable")
    values: dict[int, list[Value]] = {}
    pairs = zip(numbers[again][order].tolist(), column.take(rows[order]).to_list(), strict=True)
    for number, value in pairs:
        values.setdefault(number, []).append(value)
    joined = [union(values[number]) for number in often.tolist()]
    both = cols.concat([result, cols.from_values(joined)])
    chosen = np.arange(count)
    chosen[often] = count + np.arange(len(often))
    return both.take(chosen)


def union(values: Sequence[Value]) -> Value:
    """Values of one key of one node as one value: a list where they differ."""
    first = values[0]
    if all(same(value, first) for value in values[1:]):
        return first
    items: dict[object, Value] = {}
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            items.setdefault(_mark(item), item)
    found = list(items.values())
    return found[0] if len(found) == 1 else found


def _mark(item: Value) -> object:
    """What is equal for values that are the same, and only for them."""
    return type(item), item if item == item else None


def same(left: Value, right: Value) -> bool:
    """Whether two values are the same and of one type."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    # NaN is the same as NaN here.
    if left != left and right != right:
        return True
    return type(left) is type(right) and left == right
