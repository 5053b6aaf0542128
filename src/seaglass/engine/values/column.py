"""One immutable column of values: the currency between frames, changes and chunks.

Above: `frame`, `engine/graph`, `engine/exec`. Below: `types`, NumPy, Arrow.

    kind      data
    NULL      NDArray[bool], all False; nothing is valid
    BOOL      NDArray[bool]
    INT       NDArray[int64]
    FLOAT     NDArray[float64]
    STRING    pyarrow LargeStringArray without nulls ('' where not valid)
    NODE      NDArray[int64]: node numbers (0 where not valid)
    EDGE      NDArray[int64]: edge numbers (0 where not valid)
    MIXED     NDArray[object]: values of `types.Value` (None where not valid)

Invariants: `valid` is None where every row is valid, else NDArray[bool] with at least one False;
arrays are never written to once a column holds them; all functions here cost time linear in the
rows they give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.errors import Invalid
from seaglass.engine.values.types import INT_MAX, INT_MIN, Edge, Kind, Node, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

STRING = pa.large_string()
# Below this many rows Arrow's per-call cost (some 30 us for take) is more than a Python loop.
SMALL_ROWS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """`kind`, `data` and `valid` as the module says."""

    kind: Kind
    data: Any
    valid: NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.data)

    def value(self, row: int) -> Value:
        """The value in `row` as a Python object."""
        if self.valid is not None and not self.valid[row]:
            return None
        match self.kind:
            case Kind.NULL:
                return None
            case Kind.STRING:
                text: str = self.data[row].as_py()
                return text
            case Kind.NODE:
                return Node(int(self.data[row]))
            case Kind.EDGE:
                return Edge(int(self.data[row]))
            case Kind.MIXED:
                mixed: Value = self.data[row]
                return mixed
            case Kind.BOOL | Kind.INT | Kind.FLOAT:
                number: bool | int | float = self.data[row].item()
                return number

    def to_list(self) -> list[Value]:
        """All values as Python objects."""
        match self.kind:
            case Kind.NULL:
                return [None] * len(self)
            case Kind.STRING:
                values: list[Value] = self.data.to_pylist()
            case Kind.NODE:
                values = [Node(number) for number in self.data.tolist()]
            case Kind.EDGE:
                values = [Edge(number) for number in self.data.tolist()]
            case Kind.MIXED | Kind.BOOL | Kind.INT | Kind.FLOAT:
                values = self.data.tolist()
        if self.valid is not None and self.kind is not Kind.MIXED:
            for row in np.flatnonzero(~self.valid).tolist():
                values[row] = None
        return values

    def take(self, rows: NDArray[np.int64]) -> Column:
        """The rows in the order named; a row may repeat.

        Args: rows: int64[m], each in 0 <= row < len(self)
        """
        valid = None if self.valid is None else _tidy(self.valid[rows])
        if self.kind is not Kind.STRING:
            return Column(self.kind, self.data[rows], valid)
        if len(rows) < SMALL_ROWS:
            texts = pa.array([self.data[row].as_py() for row in rows.tolist()], STRING)
            return Column(Kind.STRING, texts, valid)
        return Column(Kind.STRING, self.data.take(pa.array(rows)), valid)

    def take_or_null(self, rows: NDArray[np.int64]) -> Column:
        """Like take, but row -1 gives null."""
        missing = rows < 0
        if not missing.any():
            return self.take(rows)
        if len(self) == 0 or missing.all():
            return nulls(len(rows))
        taken = self.take(np.where(missing, 0, rows))
        valid = ~missing if taken.valid is None else taken.valid & ~missing
        return masked(taken, valid)

    def slice(self, start: int, stop: int) -> Column:
        """Rows start <= row < stop, sharing memory."""
        valid = None if self.valid is None else _tidy(self.valid[start:stop])
        data = (
            self.data.slice(start, stop - start)
            if self.kind is Kind.STRING
            else self.data[start:stop]
        )
        return Column(self.kind, data, valid)

    def is_null(self) -> NDArray[np.bool_]:
        """bool[n]: where the value is null."""
        return np.zeros(len(self), np.bool_) if self.valid is None else ~self.valid


def nulls(rows: int) -> Column:
    """A column of `rows` nulls."""
    empty = np.zeros(rows, np.bool_)
    return Column(Kind.NULL, empty, empty if rows else None)


def masked(column: Column, valid: NDArray[np.bool_]) -> Column:
    """`column` with exactly the rows of `valid` valid; what is masked out is cleared."""
    if valid.all():
        return Column(column.kind, column.data, None)
    if not valid.any():
        return nulls(len(column))
    match column.kind:
        case Kind.MIXED:
            data = column.data.copy()
            data[~valid] = None
        case Kind.STRING:
            data = pc.if_else(pa.array(valid), column.data, pa.scalar("", STRING))
        case _:
            data = np.where(valid, column.data, np.zeros(1, column.data.dtype))
    return Column(column.kind, data, valid)


def ints(data: NDArray[np.int64], valid: NDArray[np.bool_] | None = None) -> Column:
    return Column(Kind.INT, data, None if valid is None else _tidy(valid))


def floats(data: NDArray[np.float64], valid: NDArray[np.bool_] | None = None) -> Column:
    return Column(Kind.FLOAT, data, None if valid is None else _tidy(valid))


def bools(data: NDArray[np.bool_], valid: NDArray[np.bool_] | None = None) -> Column:
    return Column(Kind.BOOL, data, None if valid is None else _tidy(valid))


def nodes(data: NDArray[np.int64], valid: NDArray[np.bool_] | None = None) -> Column:
    return Column(Kind.NODE, data, None if valid is None else _tidy(valid))


def edges(data: NDArray[np.int64], valid: NDArray[np.bool_] | None = None) -> Column:
    return Column(Kind.EDGE, data, None if valid is None else _tidy(valid))


def strings(texts: Iterable[str]) -> Column:
    """A STRING column without nulls."""
    return Column(Kind.STRING, pa.array(texts, STRING), None)


def mixed(values: Sequence[Value]) -> Column:
    """A MIXED column of the values as they are, whatever their types."""
    data = np.fromiter(values, np.object_, len(values))
    return Column(Kind.MIXED, data, _valid_of(values, set(map(type, values))))


def _valid_of(values: Sequence[Value], types: set[type]) -> NDArray[np.bool_] | None:
    """Where the values, whose types are `types`, are not null."""
    if type(None) not in types:
        return None
    return np.array([value is not None for value in values], np.bool_)


_KIND_OF_TYPE: dict[type, Kind] = {
    bool: Kind.BOOL,
    int: Kind.INT,
    float: Kind.FLOAT,
    str: Kind.STRING,
    Node: Kind.NODE,
    Edge: Kind.EDGE,
}


def from_values(values: Sequence[Value]) -> Column:
    """The narrowest column that holds `values`: typed where all non-null values have one type, else
    MIXED.

    Raises: Invalid(illegal_argument) when an integer does not fit in 64 bits.
    """
    if len(values) == 1:
        return _one(values[0])
    # `map` finds the types without a step of Python a value: batches of writes come through here.
    types = set(map(type, values))
    kinds = {_KIND_OF_TYPE.get(kind, Kind.MIXED) for kind in types if kind is not type(None)}
    if not kinds:
        return nulls(len(values))
    if len(kinds) > 1 or Kind.MIXED in kinds:
        if Kind.INT in kinds:
            check_integers(values)
        return mixed(values)
    return _typed(kinds.pop(), values, _valid_of(values, types))


def _typed(kind: Kind, values: Sequence[Value], valid: NDArray[np.bool_] | None) -> Column:
    """The column of values that are of one kind where they are valid."""
    match kind:
        case Kind.STRING:
            texts = values if valid is None else [value or "" for value in values]
            return Column(kind, pa.array(texts, STRING), valid)
        case Kind.NODE | Kind.EDGE:
            numbers = (value.number if isinstance(value, Node | Edge) else 0 for value in values)
            return Column(kind, np.fromiter(numbers, np.int64, len(values)), valid)
        case _:
            dtype = {Kind.BOOL: np.bool_, Kind.INT: np.int64, Kind.FLOAT: np.float64}[kind]
            plain = values if valid is None else [0 if value is None else value for value in values]
            try:
                return Column(kind, np.array(plain, dtype), valid)
            except OverflowError:
                check_integers(values)
                raise


def _one(value: Value) -> Column:
    """`from_values` of one value: small queries live on it, so it makes no detours."""
    match value:
        case None:
            return nulls(1)
        case bool():
            return Column(Kind.BOOL, np.array([value]), None)
        case int():
            check_integers([value])
            return Column(Kind.INT, np.array([value], np.int64), None)
        case float():
            return Column(Kind.FLOAT, np.array([value]), None)
        case str():
            return Column(Kind.STRING, pa.array([value], STRING), None)
        case Node():
            return Column(Kind.NODE, np.array([value.number], np.int64), None)
        case Edge():
            return Column(Kind.EDGE, np.array([value.number], np.int64), None)
        case _:
            return mixed([value])


def check_integers(values: Iterable[Value]) -> None:
    """Raises: Invalid(illegal_argument) when an integer does not fit in 64 bits."""
    for value in values:
        if type(value) is int and not INT_MIN <= value <= INT_MAX:
            raise Invalid("illegal_argument", f"The integer {value} does not fit in 64 bits.")


def constant(value: Value, rows: int) -> Column:
    """`rows` times the same value."""
    return from_values([value]).take(np.zeros(rows, np.int64))


def concat(columns: Sequence[Column]) -> Column:
    """The rows of all columns, one after the other; MIXED where their kinds differ (nulls fit every
    kind)."""
    kinds = {column.kind for column in columns if column.kind is not Kind.NULL}
    if len(columns) == 1:
        return columns[0]
    if not kinds:
        return nulls(sum(len(column) for column in columns))
    if len(kinds) > 1 or kinds == {Kind.MIXED}:
        return mixed([value for column in columns for value in column.to_list()])
    kind = kinds.pop()
    parts = [column if column.kind is kind else _blank(kind, len(column)) for column in columns]
    valid = None
    if any(part.valid is not None for part in parts):
        valid = np.concatenate(
            [np.ones(len(part), np.bool_) if part.valid is None else part.valid for part in parts]
        )
    if kind is Kind.STRING:
        return Column(kind, pa.concat_arrays([part.data for part in parts]), valid)
    return Column(kind, np.concatenate([part.data for part in parts]), valid)


def _blank(kind: Kind, rows: int) -> Column:
    """Nulls that carry the data type of `kind`."""
    invalid = np.zeros(rows, np.bool_) if rows else None
    if kind is Kind.STRING:
        return Column(kind, pa.repeat(pa.scalar("", STRING), rows), invalid)
    dtype = {Kind.BOOL: np.bool_, Kind.FLOAT: np.float64}.get(kind, np.int64)
    return Column(kind, np.zeros(rows, dtype), invalid)


def _tidy(valid: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    return None if valid.all() else valid
