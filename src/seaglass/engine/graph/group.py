"""A group: up to `GROUP_ROWS` nodes or edges with consecutive numbers.

Above: `version`, `apply`, `read`, `fold`, snapshots. Below: `chunk`, `splice`.

A group is chunks (`base`) and what is different from them (`patch`), a persistent map from row to
`RowPatch`. Rows that the base does not have yet (new nodes or edges) are in the patch. A small
change makes a new patch, and shares all chunks. Readers of many rows see merged columns and bits:
derived data, made once for a group and kept beside it.

Nodes have the column `~id` (STRING) and labels; edges have `~source`, `~target` and `~type` (INT; a
type is its place in the version's `types`) and no labels.

Invariants:
- every column and bitmap of a base has `base.rows` rows, and at least one value or bit;
- `base.rows <= rows <= GROUP_ROWS`; every row from `base.rows` on has a patch that names its labels
  and all its values;
- a row that is not alive has no labels and no values but those of KEPT, which outlive an edge so
  that its type can still be asked for by the query that deletes it;
- bits of a label are set for alive rows only; ALL stands for: just as `alive`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from immutables import Map

from seaglass.base import limits
from seaglass.engine.graph.chunk import ALL
from seaglass.engine.graph.splice import extended, replaced
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.graph.chunk import Bits, ChunkRef
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

ID = "~id"
SOURCE = "~source"
TARGET = "~target"
TYPE = "~type"
KEPT = frozenset({SOURCE, TARGET, TYPE})


@dataclass(slots=True)
class RowPatch:
    """What is different in one row. `Final` for frozen, as in `column`.

    Args:
        alive: whether the row is alive
        labels: all labels of the row, sorted; None: as in the base
        values: key -> value; None removes the key; keys that are not named are as in the base
    """

    alive: Final[bool]
    labels: Final[tuple[str, ...] | None]
    values: Final[Mapping[str, Value]]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The chunks of a group."""

    rows: int
    columns: Mapping[str, ChunkRef[Column]]
    labels: Mapping[str, Bits]
    alive: Bits
    # Of columns that are in memory, what gives the value in a row; derived data.
    readers: dict[str, Callable[[int], Value]] = field(default_factory=dict, init=False, repr=False)
    # What manifests say of them, once they are stored; derived data.
    described: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def reader(self, key: str) -> Callable[[int], Value] | None:
        """What gives the values of one key; None where no row has it."""
        read = self.readers.get(key)
        if read is None and key in self.columns:
            read = self.readers[key] = self.columns[key].get().reader()
        return read


class _Derived:
    """What has been found out about a group. Attributes: others: by readers above, by a name of
    theirs; decided: by readers above, by the key whose values in the patch it is of
    """

    __slots__ = ("bits", "columns", "counts", "decided", "items", "others")

    def __init__(self) -> None:
        self.columns: dict[str, Column | None] = {}
        self.bits: dict[str | None, NDArray[np.bool_] | None] = {}
        self.items: list[tuple[int, RowPatch]] | None = None
        self.counts: tuple[tuple[str, int], ...] | None = None
        self.others: dict[str, object] = {}
        self.decided: dict[str, object] = {}


@dataclass(slots=True, eq=False)
class Group:
    """`base`, `rows` and `patch` as the module says; only derived data is ever added."""

    base: Base
    rows: int
    patch: Map[int, RowPatch]
    # A commit makes a group that is soon replaced by the next one's, and of which nobody asks more.
    _found: _Derived | None = field(default=None, repr=False)

    @classmethod
    def empty(cls) -> Group:
        return cls(Base(0, {}, {}, ALL), 0, Map())

    @property
    def derived(self) -> dict[str, object]:
        """What readers above compute of the group and keep with it, by a name of theirs."""
        return self._derived().others

    @property
    def decided(self) -> dict[str, object]:
        """What readers above compute of the values of one key in the patch, by the key."""
        return self._derived().decided

    def keep_decided(self, before: Group, key: str) -> None:
        """Takes `decided` from a group whose patch is different in values of `key` alone."""
        found = before._found
        # Copied at once: others read `before`.
        kept = dict(found.decided) if found is not None and found.decided else {}
        kept.pop(key, None)
        if kept:
            self._derived().decided = kept

    def _derived(self) -> _Derived:
        found = self._found
        if found is None:
            found = self._found = _Derived()
        return found

    def value(self, row: int, key: str) -> Value:
        """One value, None where there is none. Cost: a microsecond or two."""
        patch = self.patch.get(row) if self.patch else None
        if patch is not None:
            if not patch.alive and key not in KEPT:
                return None
            if key in patch.values:
                return patch.values[key]
        base = self.base
        if row >= base.rows:
            return None
        read = base.readers.get(key) or base.reader(key)
        return None if read is None else read(row)

    def named_values(self, row: int, keys: Sequence[tuple[str, str]]) -> dict[str, Value]:
        """`value` of some keys. Args: keys: a name for the value, and its key. Cost: as `value`"""
        base = self.base
        if self.patch or row >= base.rows:
            return {name: self.value(row, key) for name, key in keys}
        found: dict[str, Value] = {}
        readers = base.readers
        for name, key in keys:
            read = readers.get(key) or base.reader(key)
            found[name] = None if read is None else read(row)
        return found

    def values(self, row: int) -> dict[str, Value]:
        """All values of one row, by key, but those of the engine (`~...`)."""
        keys = sorted(key for key in self.keys_of(row) if not key.startswith("~"))
        pairs = ((key, self.value(row, key)) for key in keys)
        return {key: value for key, value in pairs if value is not None}

    def keys_of(self, row: int) -> set[str]:
        """The keys that one row may have."""
        keys = set(self.base.columns)
        patch = self.patch.get(row)
        if patch is not None:
            keys.update(patch.values)
        return keys

    def keys(self) -> set[str]:
        """The keys that some row may have. Cost: a pass over the patch."""
        keys = set(self.base.columns)
        for patch in self.patch.values():
            keys.update(patch.values)
        return keys

    def label_names(self) -> set[str]:
        """The labels that some row may have. Cost: a pass over the patch."""
        names = set(self.base.labels)
        for patch in self.patch.values():
            names.update(patch.labels or ())
        return names

    def alive_at(self, row: int) -> bool:
        """Whether one row is alive; False past the last."""
        patch = self.patch.get(row) if self.patch else None
        if patch is not None:
            return patch.alive
        if row >= self.base.rows:
            return False
        return self.base.alive is ALL or bool(self.base.alive.get().bits[row])

    def has_label_at(self, row: int, label: str) -> bool:
        """Whether one row has one label. Cost: a microsecond."""
        patch = self.patch.get(row) if self.patch else None
        if patch is not None and patch.labels is not None:
            return label in patch.labels
        bits = self.base.labels.get(label)
        if bits is None:
            return False
        return self.alive_at(row) if bits is ALL else bool(bits.get().bits[row])

    def has_labels_at(self, row: int, labels: tuple[str, ...]) -> bool:
        """Whether one row is alive and has all the labels."""
        if not self.patch and self.base.alive is ALL and row < self.base.rows:
            known = self.base.labels
            for label in labels:
                bits = known.get(label)
                if bits is not ALL and (bits is None or not bits.get().bits[row]):
                    return False
            return True
        if not self.alive_at(row):
            return False
        for label in labels:  # noqa: SIM110 - a generator takes longer than what it asks
            if not self.has_label_at(row, label):
                return False
        return True

    def labels_at(self, row: int) -> tuple[str, ...]:
        """The labels of one row, sorted."""
        patch = self.patch.get(row)
        if patch is not None and patch.labels is not None:
            return patch.labels
        return tuple(sorted(label for label in self.base.labels if self.has_label_at(row, label)))

    def items(self) -> list[tuple[int, RowPatch]]:
        """The patch in order of rows."""
        found = self._derived()
        if found.items is None:
            found.items = sorted(self.patch.items(), key=lambda item: item[0])
        return found.items

    def overrides(self, key: str) -> tuple[list[int], list[Value]]:
        """The rows, ascending, whose value the patch decides, and the values."""
        rows: list[int] = []
        values: list[Value] = []
        kept, base_rows = key in KEPT, self.base.rows
        for row, patch in self.items():
            if key in patch.values and (kept or patch.alive):
                rows.append(row)
                values.append(patch.values[key])
            elif row >= base_rows or not (kept or patch.alive):
                rows.append(row)
                values.append(None)
        return rows, values

    def column(self, key: str) -> Column | None:
        """The values of all rows, None where no chunk and no patch names the key.

        Returns: a column of `rows` rows
        Cost: one copy of the column when first asked for in a patched group, else nothing.
        """
        if not self.patch:
            ref = self.base.columns.get(key)
            return None if ref is None else ref.get()
        columns = self._derived().columns
        if key not in columns:
            columns[key] = self._merged_column(key)
        return columns[key]

    def _merged_column(self, key: str) -> Column | None:
        ref = self.base.columns.get(key)
        base = None if ref is None else ref.get()
        rows, values = self.overrides(key)
        if base is None and all(value is None for value in values):
            return None
        added = self.rows - self.base.rows
        if added:
            # Every row past the base is among the overrides, and they are the last.
            base = extended(base, self.base.rows, cols.from_values(values[-added:]), added)
            rows, values = rows[:-added], values[:-added]
        if base is None:
            base = cols.nulls(self.rows)
        return replaced(base, np.array(rows, np.int64), cols.from_values(values))

    def gather(self, key: str, rows: NDArray[np.int64]) -> Column:
        """The values of `rows`, which may repeat; each in 0 <= row < self.rows."""
        merged = self._found is not None and key in self._found.columns
        if self.patch and not merged and len(rows) < limits.PATCH_OVERLAY_ROWS:
            return self._gather_overlaid(key, rows)
        column = self.column(key)
        if column is None:
            return cols.nulls(len(rows))
        if is_range(rows):
            return column.slice(int(rows[0]), int(rows[-1]) + 1)
        return column.take(rows)

    def _gather_overlaid(self, key: str, rows: NDArray[np.int64]) -> Column:
        ref = self.base.columns.get(key)
        if ref is None:
            column = cols.nulls(len(rows))
        else:
            column = ref.get().take_or_null(np.where(rows < self.base.rows, rows, -1))
        places: list[int] = []
        values: list[Value] = []
        for place, row in enumerate(rows.tolist()):
            patch = self.patch.get(row)
            if patch is None:
                continue
            if not patch.alive and key not in KEPT:
                places.append(place)
                values.append(None)
            elif key in patch.values:
                places.append(place)
                values.append(patch.values[key])
        return replaced(column, np.array(places, np.int64), cols.from_values(values))

    def alive_bits(self) -> NDArray[np.bool_] | None:
        """bool[rows]: which rows are alive; None: all."""
        if not self.patch:
            return None if self.base.alive is ALL else self.base.alive.get().bits
        bits = self._derived().bits
        if None not in bits:
            bits[None] = self._merged_alive()
        return bits[None]

    def _merged_alive(self) -> NDArray[np.bool_] | None:
        dead = [row for row, patch in self.items() if not patch.alive]
        if not dead and self.base.alive is ALL:
            return None
        alive = np.ones(self.rows, np.bool_)
        if self.base.alive is not ALL:
            alive[: self.base.rows] = self.base.alive.get().bits
        alive[dead] = False
        return alive

    def all_have(self, labels: tuple[str, ...]) -> bool:
        """Whether it is plain that all rows are alive and have the labels; a patch may hide it."""
        base = self.base
        if self.patch or base.alive is not ALL:
            return False
        return all(base.labels.get(label) is ALL for label in labels)

    def label_bits(self, label: str) -> NDArray[np.bool_] | None:
        """bool[rows]: which rows have the label; None: none."""
        if not self.patch:
            return self._base_label_bits(label)
        bits = self._derived().bits
        if label not in bits:
            bits[label] = self._merged_label(label)
        return bits[label]

    def _base_label_bits(self, label: str) -> NDArray[np.bool_] | None:
        bits = self.base.labels.get(label)
        if bits is None:
            return None
        if bits is not ALL:
            return bits.get().bits
        alive = self.base.alive
        return np.ones(self.base.rows, np.bool_) if alive is ALL else alive.get().bits

    def _merged_label(self, label: str) -> NDArray[np.bool_] | None:
        merged = np.zeros(self.rows, np.bool_)
        base = self._base_label_bits(label)
        if base is not None:
            merged[: self.base.rows] = base
        for row, patch in self.items():
            if patch.labels is not None:
                merged[row] = label in patch.labels
        return merged if merged.any() else None

    def alive_count(self) -> int:
        """How many rows are alive."""
        alive = self.alive_bits()
        return self.rows if alive is None else int(np.count_nonzero(alive))

    def value_counts(self) -> Sequence[tuple[str, int]]:
        """(key, rows that have it) for each key that any row has, those of the engine included.

        Cost: nothing is loaded for a group without a patch; counted once for a group.
        """
        found = self._derived()
        if found.counts is None:
            found.counts = tuple(self._counted())
        return found.counts

    def _counted(self) -> Iterator[tuple[str, int]]:
        for key in sorted(self.keys()):
            if self.patch:
                column = self.column(key)
                count = 0 if column is None else self.rows - int(column.is_null().sum())
            else:
                stats = self.base.columns[key].stats
                count = stats.rows - stats.nulls
            if count:
                yield key, count


def is_range(rows: NDArray[np.int64]) -> bool:
    """Whether `rows` is first, first + 1, ..., last and long enough for a slice to pay."""
    if len(rows) < 64 or rows[-1] - rows[0] + 1 != len(rows):
        return False
    return bool((rows[1:] > rows[:-1]).all())
