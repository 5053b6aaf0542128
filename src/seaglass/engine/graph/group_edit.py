"""Groups made from groups: rows appended, values and labels set, rows deleted, patches folded.

Above: `apply`, `fold`. Below: `group`, `splice`.

All functions are pure. A change of fewer than PATCH_BULK_ROWS rows goes into the patch (a few
microseconds a row, no chunk is copied); a larger one folds the patch and makes the chunks that it
touches anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from immutables import Map

from seaglass.base import limits
from seaglass.engine.graph.chunk import ALL, Bitmap, ChunkRef
from seaglass.engine.graph.group import KEPT, Base, Group, RowPatch
from seaglass.engine.graph.splice import cleared, extended, narrowed, replaced
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import One

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seaglass.engine.graph.chunk import Bits
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

DEAD = RowPatch(alive=False, labels=(), values={})


def appended(
    group: Group, count: int, labels: tuple[str, ...], columns: Mapping[str, Column]
) -> Group:
    """The group with `count` more rows, all of which have `labels`.

    Args: columns: of `count` rows each
    """
    if count == 1:
        only = {
            key: column.only if type(column) is One else column.value(0)
            for key, column in columns.items()
        }
        if None in only.values():
            only = {key: value for key, value in only.items() if value is not None}
        patch = group.patch.set(group.rows, RowPatch(True, labels, only))
        return _with_patch(group, patch, group.rows + 1)
    if count < limits.PATCH_BULK_ROWS:
        patches: dict[int, RowPatch] = {}
        keys = list(columns)
        lists = [column.to_list() for column in columns.values()]
        for place in range(count):
            values = {
                key: value
                for key, column in zip(keys, lists, strict=True)
                if (value := column[place]) is not None
            }
            patches[group.rows + place] = RowPatch(True, labels, values)
        return _patched(group, patches, group.rows + count)
    folded = fold_group(group)
    base = folded.base
    merged: dict[str, ChunkRef[Column]] = {}
    for key in sorted(base.columns.keys() | columns.keys()):
        ref = base.columns.get(key)
        before = None if ref is None else ref.get()
        column = narrowed(extended(before, base.rows, columns.get(key), count))
        if column is not None:
            merged[key] = ChunkRef.of(column)
    rows = base.rows + count
    alive = None
    if base.alive is not ALL:
        alive = np.concatenate([base.alive.get().bits, np.ones(count, np.bool_)])
    bits: dict[str, Bits] = {}
    for label in sorted(base.labels.keys() | set(labels)):
        has = np.full(rows, label in labels)
        before_bits = folded.label_bits(label)
        has[: base.rows] = False if before_bits is None else before_bits
        packed = _packed(has, alive)
        if packed is not None:
            bits[label] = packed
    return _based(Base(rows, merged, bits, _packed_alive(alive)))


def with_value(group: Group, key: str, row: int, value: Value) -> Group:
    """The group with another value as `key` of one row that is alive; null removes it."""
    old = group.patch.get(row)
    labels, values = (None, {}) if old is None else (old.labels, old.values)
    new = RowPatch(True, labels, {**values, key: value})
    return _revalued(group, key, group.patch.set(row, new))


def with_values(group: Group, key: str, rows: NDArray[np.int64], values: Column) -> Group:
    """The group with `values[i]` as `key` of `rows[i]`; a null removes it.

    Args: rows: without duplicates, alive
    """
    if len(rows) < limits.PATCH_BULK_ROWS:
        patches: dict[int, RowPatch] = {}
        for row, value in zip(rows.tolist(), values.to_list(), strict=True):
            old = group.patch.get(row)
            if old is None:
                patches[row] = RowPatch(True, None, {key: value})
            else:
                patches[row] = RowPatch(True, old.labels, {**old.values, key: value})
        return _revalued(group, key, group.patch.update(patches))
    base = fold_group(group).base
    ref = base.columns.get(key)
    before = cols.nulls(base.rows) if ref is None else ref.get()
    columns = dict(base.columns)
    column = narrowed(replaced(before, rows, values))
    if column is None:
        columns.pop(key, None)
    else:
        columns[key] = ChunkRef.of(column)
    return _based(Base(base.rows, columns, base.labels, base.alive))


def with_labels(
    group: Group, rows: NDArray[np.int64], added: tuple[str, ...], removed: tuple[str, ...]
) -> Group:
    """The group with labels added to and removed from `rows`.

    Args: rows: without duplicates, alive
    """
    if len(rows) < limits.PATCH_BULK_ROWS:
        patches: dict[int, RowPatch] = {}
        for row in rows.tolist():
            labels = tuple(sorted({*group.labels_at(row), *added}.difference(removed)))
            old = group.patch.get(row)
            patches[row] = RowPatch(True, labels, {} if old is None else old.values)
        return _patched(group, patches, group.rows)
    folded = fold_group(group)
    base = folded.base
    alive = folded.alive_bits()
    labels_now = dict(base.labels)
    for label in (*added, *removed):
        before = folded.label_bits(label)
        bits = np.zeros(base.rows, np.bool_) if before is None else before.copy()
        bits[rows] = label in added
        _put(labels_now, label, _packed(bits, alive))
    return _based(Base(base.rows, base.columns, labels_now, base.alive))


def without_rows(group: Group, rows: NDArray[np.int64]) -> Group:
    """The group with `rows` dead.

    Args: rows: without duplicates, alive
    """
    if len(rows) < limits.PATCH_BULK_ROWS:
        patches: dict[int, RowPatch] = {}
        for row in rows.tolist():
            old = group.patch.get(row)
            kept = {} if old is None else {k: v for k, v in old.values.items() if k in KEPT}
            patches[row] = RowPatch(False, (), kept) if kept else DEAD
        return _patched(group, patches, group.rows)
    folded = fold_group(group)
    base = folded.base
    before = folded.alive_bits()
    alive = np.ones(base.rows, np.bool_) if before is None else before.copy()
    alive[rows] = False
    columns: dict[str, ChunkRef[Column]] = {}
    for key, ref in base.columns.items():
        column = ref.get()
        left = column if key in KEPT else cleared(column, rows)
        narrow = left if left is column else narrowed(left)
        if narrow is not None:
            columns[key] = ref if narrow is column else ChunkRef.of(narrow)
    labels: dict[str, Bits] = {}
    for label in base.labels:
        bits = folded.label_bits(label)
        assert bits is not None
        _put(labels, label, _packed(bits & alive, alive))
    return _based(Base(base.rows, columns, labels, _packed_alive(alive)))


def fold_group(group: Group) -> Group:
    """The same rows with an empty patch. Chunks that the patch does not touch stay what they are.

    Cost: a copy of each column that the patch touches; of all columns when there are rows past the
    base.
    """
    if not group.patch:
        return group
    base = group.base
    columns: dict[str, ChunkRef[Column]] = {}
    for key in sorted(group.keys()):
        ref = base.columns.get(key)
        if ref is not None and group.rows == base.rows and not group.overrides(key)[0]:
            columns[key] = ref
            continue
        column = group.column(key)
        narrow = None if column is None else narrowed(column)
        if narrow is not None:
            columns[key] = ChunkRef.of(narrow)
    alive = group.alive_bits()
    if group.rows == base.rows and all(patch.alive for _, patch in group.items()):
        alive_bits = base.alive
        relabelled = any(patch.labels is not None for _, patch in group.items())
    else:
        alive_bits = _packed_alive(alive)
        relabelled = True
    labels: dict[str, Bits] = dict(base.labels)
    if relabelled:
        for label in sorted(group.label_names()):
            bits = group.label_bits(label)
            _put(labels, label, None if bits is None else _packed(bits, alive))
    return _based(Base(group.rows, columns, labels, alive_bits))


def rebase_group(folded: Group, before: Group, now: Group) -> Group:
    """What `now` is when `before`, from which it has come by changes, is replaced by `folded`.

    Returns: `now` itself when its chunks have been made anew since `before`
    Cost: a pass over the patch.
    """
    if now.base is not before.base or folded is before:
        return now
    if now is before:
        return folded
    changed = {row: patch for row, patch in now.patch.items() if before.patch.get(row) is not patch}
    return Group(folded.base, now.rows, Map(changed))


def _patched(group: Group, patches: Mapping[int, RowPatch], rows: int) -> Group:
    return _with_patch(group, group.patch.update(patches), rows)


def _revalued(group: Group, key: str, patch: Map[int, RowPatch]) -> Group:
    """The group with a patch that is different in values of `key` alone."""
    changed = _with_patch(group, patch, group.rows)
    if changed.patch:
        changed.keep_decided(group, key)
    return changed


def _with_patch(group: Group, patch: Map[int, RowPatch], rows: int) -> Group:
    changed = Group(group.base, rows, patch)
    return fold_group(changed) if len(patch) >= limits.PATCH_ROWS_HARD else changed


def _based(base: Base) -> Group:
    return Group(base, base.rows, Map())


def _put(labels: dict[str, Bits], label: str, bits: Bits | None) -> None:
    if bits is None:
        labels.pop(label, None)
    else:
        labels[label] = bits


def _packed(bits: NDArray[np.bool_], alive: NDArray[np.bool_] | None) -> Bits | None:
    """The shortest form of a label's bits, None where no row has it."""
    if not bits.any():
        return None
    if bits.all() if alive is None else np.array_equal(bits, alive):
        return ALL
    return ChunkRef.of(Bitmap(bits))


def _packed_alive(alive: NDArray[np.bool_] | None) -> Bits:
    return ALL if alive is None or alive.all() else ChunkRef.of(Bitmap(alive))
