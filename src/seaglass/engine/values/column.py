"""One immutable column of values: the currency between frames, changes and chunks.

Above: `frame`, `engine/graph`, `engine/exec`. Below: `types`, NumPy, Arrow.

    kind      data
    NULL      NDArray[bool], all False; nothing is valid
    BOOL      NDArray[bool]
    INT       NDArray[int64]; in a `Narrow` column it is made each time that somebody asks for it
    FLOAT     NDArray[float64]
    STRING    pyarrow LargeStringArray without nulls ('' where not valid)
    NODE      NDArray[int64]: node numbers (0 where not valid)
    EDGE      NDArray[int64]: edge numbers (0 where not valid)
    MIXED     NDArray[object]: values of `types.Value` (None where not valid); in a `Packed` column it
              is made when somebody asks for it

Columns are not frozen dataclasses, as setting frozen fields would be most of making one, and every
small query makes some; that their fields are `Final` says the same to the type checker.

Invariants: `valid` is None where every row is valid, else NDArray[bool] with at least one False;
arrays are never written to once a column holds them; all functions here cost time linear in the
rows they give.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.errors import Invalid
from seaglass.engine.values.parts import joined, joined_texts
from seaglass.engine.values.types import INT_MAX, INT_MIN, Edge, Kind, Node, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

STRING = pa.large_string()
# Below this many rows Arrow's per-call cost (some 30 us for take) is more than a Python loop.
SMALL_ROWS = 16
# Copies of so many bytes, and so many times what there is, are not made of texts.
_COPIED_BYTES = 4 * 1024 * 1024
_COPIED_TIMES = 4
# Nor are so many, of texts of so many each that stand by themselves.
_COPIED_EACH = 64 * 1024
# Members of an enumeration are slow to name: what every lookup asks for has a name of its own.
_INT, _NODE = Kind.INT, Kind.NODE


class _Read:
    """`_read` gives the value in a row; made when one is first asked for by itself."""

    __slots__ = ("_read",)
    _read: Callable[[int], Value]


@dataclass(slots=True, eq=False)
class Column(_Read):
    """`kind`, `data` and `valid` as the module says."""

    kind: Final[Kind]
    data: Final[Any]
    valid: Final[NDArray[np.bool_] | None]

    def __len__(self) -> int:
        return len(self.data)

    def value(self, row: int) -> Value:
        """The value in `row` as a Python object."""
        try:
            return self._read(row)
        except AttributeError:
            return self.reader()(row)

    def reader(self) -> Callable[[int], Value]:
        """What `value` does, for those who ask often."""
        try:
            return self._read
        except AttributeError:
            self._read = _reader_of(self)
            return self._read

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

    def joined(self, parts: Sequence[Column]) -> Column | None:
        """The rows of all parts, each of this kind or NULL, in another way than as arrays; None where they are not
        held so."""
        del parts
        return None

    def is_null(self) -> NDArray[np.bool_]:
        """bool[n]: where the value is null."""
        return np.zeros(len(self), np.bool_) if self.valid is None else ~self.valid


class One(Column):
    """One valid value, held as a Python object; its array is made when somebody asks for `data`.

    Small queries live on columns of one row, and most of these go from value to value: an Arrow
    array of one text costs more than finding the text.

    Attributes: only: the value
    """

    __slots__ = ("only",)
    valid = None  # type: ignore[misc]

    def __init__(self, kind: Kind, value: Value) -> None:
        self.kind = kind  # type: ignore[misc]
        self.only = value

    def __getattr__(self, name: str) -> Any:
        # The slot of `data` is empty until now.
        if name != "data":
            raise AttributeError(name)
        data = _array_of_one(self.kind, self.only)
        self.data = data  # type: ignore[misc]
        return data

    def __len__(self) -> int:
        return 1

    def value(self, row: int) -> Value:
        assert row == 0
        return self.only

    def to_list(self) -> list[Value]:
        return [self.only]

    def take(self, rows: NDArray[np.int64]) -> Column:
        return self if len(rows) == 1 else super().take(rows)

    def slice(self, start: int, stop: int) -> Column:
        return self if stop - start == 1 else super().slice(start, stop)


class Packed(Column, ABC):
    """A MIXED column that holds its values in another way than as objects (`packed`)."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        # The slot of `data` is empty until now.
        if name != "data":
            raise AttributeError(name)
        data = np.fromiter(self.to_list(), np.object_, len(self))
        self.data = data  # type: ignore[misc]
        return data

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """What the values take, but for what is in columns `within`."""

    @property
    def within(self) -> tuple[Column, ...]:
        """Columns of which it is made."""
        return ()

    @abstractmethod
    def masked(self, valid: NDArray[np.bool_]) -> Column:
        """As `masked` of the module."""

    @abstractmethod
    def joined(self, parts: Sequence[Column]) -> Column | None: ...

    @abstractmethod
    def replaced(self, rows: NDArray[np.int64], values: Column) -> Column | None:
        """With `values[i]`, of a MIXED column, in `rows[i]`; None where they do not fit."""


def _reader_of(column: Column) -> Callable[[int], Value]:
    """What gives the value in a row as a Python object. A memoryview reads a number in a tenth of the
    time that an array takes."""
    match column.kind:
        case Kind.NULL:
            return lambda _: None
        case Kind.STRING:
            read = _text_reader_of(column.data)
        case Kind.NODE | Kind.EDGE:
            make = Node if column.kind is _NODE else Edge
            numbers = column.data.data
            read = lambda row: make(numbers[row])  # noqa: E731
        case Kind.MIXED:
            read = column.data.__getitem__
        case _:
            read = column.data.data.__getitem__
    if column.valid is None or column.kind is Kind.MIXED:
        return read
    valid = column.valid.data
    return lambda row: read(row) if valid[row] else None


def _text_reader_of(texts: pa.LargeStringArray) -> Callable[[int], Value]:
    if len(texts) < SMALL_ROWS:
        return lambda row: texts[row].as_py()
    _, offsets, data = texts.buffers()
    first = 8 * texts.offset
    places = memoryview(offsets)[first : first + 8 * len(texts) + 8].cast("q")
    text = memoryview(b"" if data is None else data)
    return lambda row: str(text[places[row] : places[row + 1]], "utf-8")


def _array_of_one(kind: Kind, value: Any) -> Any:
    match kind:
        case Kind.STRING:
            return pa.array([value], STRING)
        case Kind.NODE | Kind.EDGE:
            return np.array([value.number], np.int64)
        case Kind.MIXED:
            return np.fromiter([value], np.object_, 1)
        case _:
            return np.array([value], _DTYPES[kind])


_DTYPES: dict[Kind, Any] = {Kind.BOOL: np.bool_, Kind.INT: np.int64, Kind.FLOAT: np.float64}


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
    if isinstance(column, Packed):
        return column.masked(valid)
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


def node(number: int) -> Column:
    """A column of one node."""
    return One(_NODE, Node(number))


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
        return one(values[0])
    # `map` finds the types without a step of Python a value: batches of writes come through here.
    types = set(map(type, values))
    kinds = {_KIND_OF_TYPE.get(kind, Kind.MIXED) for kind in types if kind is not type(None)}
    if not kinds:
        return nulls(len(values))
    if len(kinds) > 1 or Kind.MIXED in kinds:
        if Kind.INT in kinds:
            check_integers(values)
        return _packed(values) or mixed(values) if len(kinds) == 1 else mixed(values)
    return _typed(kinds.pop(), values, _valid_of(values, types))


def _packed(values: Sequence[Value]) -> Column | None:
    """The values as numbers, where they are temporal ones of one form."""
    from seaglass.engine.values.packed import times_of

    return times_of(values)


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
            plain = values if valid is None else [0 if value is None else value for value in values]
            try:
                return Column(kind, np.array(plain, _DTYPES[kind]), valid)
            except OverflowError:
                check_integers(values)
                raise


def one(value: Value) -> Column:
    """`from_values` of one value: small queries live on it, so it makes no detours."""
    kind = _KIND_OF_TYPE.get(type(value))
    if kind is None:
        return nulls(1) if value is None else One(Kind.MIXED, value)
    if type(value) is int and not INT_MIN <= value <= INT_MAX:
        check_integers((value,))
    return One(kind, value)


def check_integers(values: Iterable[Value]) -> None:
    """Raises: Invalid(illegal_argument) when an integer does not fit in 64 bits."""
    for value in values:
        if type(value) is int and not INT_MIN <= value <= INT_MAX:
            raise Invalid("illegal_argument", f"The integer {value} does not fit in 64 bits.")


def constant(value: Value, rows: int) -> Column:
    """`rows` times the same value."""
    return from_values([value]).take(np.zeros(rows, np.int64))


def taken(column: Column, rows: NDArray[np.int64]) -> Column:
    """`column.take(rows)`; of long texts that are to be many more, a MIXED column of the same texts.

    So a text that is unwound to its words, or stands beside all rows, is in memory once.
    """
    if column.kind is Kind.STRING and len(rows) > _COPIED_TIMES * len(column) > 0:
        size = column.data.nbytes // len(column) * len(rows)
        if size > _COPIED_BYTES:
            return mixed(column.to_list()).take(rows)
    return column.take(rows)


def are_long(size_bytes: int, rows: int) -> bool:
    """Whether texts of so many bytes together are better left as they are, in a MIXED column."""
    return size_bytes > max(_COPIED_BYTES, _COPIED_EACH * rows)


def concat(columns: Sequence[Column], check: Callable[[], None] = lambda: None) -> Column:
    """The rows of all columns, one after the other; MIXED where their kinds differ (nulls fit every
    kind).

    Args: check: called between parts; raises when the query must end
    """
    kinds = {column.kind for column in columns if column.kind is not Kind.NULL}
    if len(columns) == 1:
        return columns[0]
    if not kinds:
        return nulls(sum(len(column) for column in columns))
    if len(kinds) == 1:
        found = next(column for column in columns if column.kind in kinds).joined(columns)
        if found is not None:
            return found
    if len(kinds) > 1 or kinds == {Kind.MIXED}:
        return _joined_values(columns, check)
    kind = kinds.pop()
    if kind is Kind.STRING and all(type(column) is One for column in columns):
        texts = [text for column in columns for text in column.to_list()]
        if are_long(sum(len(str(text)) for text in texts), len(texts)):
            return mixed(texts)
    parts = [column if column.kind is kind else _blank(kind, len(column)) for column in columns]
    valid = None
    if any(part.valid is not None for part in parts):
        valid = joined(
            [np.ones(len(part), np.bool_) if part.valid is None else part.valid for part in parts],
            check,
        )
    if kind is Kind.STRING:
        return Column(kind, joined_texts([part.data for part in parts], check), valid)
    return Column(kind, joined([part.data for part in parts], check), valid)


def _joined_values(columns: Sequence[Column], check: Callable[[], None]) -> Column:
    """The values of all columns as objects."""
    data: list[NDArray[np.object_]] = []
    for column in columns:
        check()
        if column.kind is Kind.MIXED and not isinstance(column, Packed):
            data.append(column.data)
        else:
            data.append(np.fromiter(column.to_list(), np.object_, len(column)))
    valid = joined([~column.is_null() for column in columns], check)
    return Column(Kind.MIXED, joined(data, check), _tidy(valid))


def _blank(kind: Kind, rows: int) -> Column:
    """Nulls that carry the data type of `kind`."""
    invalid = np.zeros(rows, np.bool_) if rows else None
    if kind is Kind.STRING:
        return Column(kind, pa.repeat(pa.scalar("", STRING), rows), invalid)
    dtype = {Kind.BOOL: np.bool_, Kind.FLOAT: np.float64}.get(kind, np.int64)
    return Column(kind, np.zeros(rows, dtype), invalid)


def _tidy(valid: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    return None if valid.all() else valid
