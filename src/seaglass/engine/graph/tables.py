"""Tables from outside as columns: what bulk loading takes.

Above: `builder`. Below: `table_times`, `engine/values`, Arrow. A table is an Arrow table or record
batch, a Polars frame, what else gives an Arrow stream (a pandas frame: NaN is a null there, and an
index with a name a column), or a dict of name -> array (NumPy, Arrow, Polars series, list). Integers of
every width become 64-bit ones, floats likewise; text in any of Arrow's forms (also dictionaries)
becomes STRING; dates and times become temporal values; lists become MIXED; a null means that the
value is absent. What no property can hold is refused.

Invariants: columns of a table have one length; nothing is changed in what the caller gave, and
memory is shared with it where Arrow's form is already ours.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.arguments import wrong
from seaglass.base.errors import Invalid
from seaglass.engine.graph.table_times import temporal_column
from seaglass.engine.values.column import (
    STRING,
    Column,
    One,
    Packed,
    check_integers,
    from_values,
    mixed,
    nulls,
)
from seaglass.engine.values.temporal import TEMPORALS
from seaglass.engine.values.temporal_native import NATIVE, from_native
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tags:
    """Names that rows have, dictionary-encoded: row `rows[i]` has the name `names[codes[i]]`.

    names: sorted, without duplicates; rows: int64[m], ascending, may repeat; codes: int32[m]
    """

    names: tuple[str, ...]
    rows: NDArray[np.int64]
    codes: NDArray[np.int32]


def arrays_of(table: Any, what: str) -> tuple[dict[str, Any], int]:
    """The columns of a table by name, as Arrow arrays or lists, and how many rows they have.

    Args: what: "nodes" or "edges", for messages
    Raises: Invalid(illegal_argument) when it is no table, or its columns differ in length.
    """
    if hasattr(table, "to_arrow"):
        table = table.to_arrow()
    elif hasattr(table, "__arrow_c_stream__"):
        table = _streamed(table, what)
    if isinstance(table, pa.Table | pa.RecordBatch):
        named = {name: table.column(name) for name in table.schema.names}
    elif isinstance(table, dict):
        named = table
    else:
        raise Invalid(
            "illegal_argument",
            f"The {what} are a {type(table).__name__}; an Arrow table, a Polars or pandas frame, or a"
            " dict of arrays can be loaded.",
        )
    arrays = {}
    for name, values in named.items():
        with _whole_characters(str(name)):
            arrays[str(name)] = _array_of(str(name), values)
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise Invalid("illegal_argument", f"The columns of the {what} differ in length: {lengths}.")
    return arrays, max(lengths.values(), default=0)


def _streamed(table: Any, what: str) -> Any:
    """Raises: Invalid(illegal_argument) when a column has values of several types"""
    try:
        return pa.table(table)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        reason = ": ".join(str(part) for part in reversed(error.args))
        raise Invalid(
            "illegal_argument",
            f"The {what} cannot be read from a {type(table).__name__}. {reason}. Give columns of one"
            " type, or a dict of lists.",
        ) from None


def column_of(name: str, array: Any) -> Column:
    """An array (as arrays_of gives it) as a column.

    Raises: Invalid(illegal_argument) when it holds what no property can.
    """
    if isinstance(array, list):
        with _whole_characters(name):
            column = _checked(name, from_values(_from_python(array)))
            if isinstance(column, One):
                # A text that is alone becomes Arrow's only when it is asked for.
                _ = column.data
            return column
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if pa.types.is_null(kind):
        return nulls(len(array))
    if _is_text(kind):
        return _typed(Kind.STRING, array.cast(STRING), "")
    if pa.types.is_boolean(kind):
        return _typed(Kind.BOOL, array, False)
    if pa.types.is_integer(kind):
        try:
            return _typed(Kind.INT, array.cast(pa.int64()), 0)
        except pa.ArrowInvalid:
            raise Invalid(
                "illegal_argument", f"Column {name!r} holds an integer above 2^63 - 1."
            ) from None
    if pa.types.is_floating(kind):
        return _typed(Kind.FLOAT, array.cast(pa.float64()), 0.0)
    times = temporal_column(array)
    if times is not None:
        return times
    return _checked(name, mixed(_from_python(array.to_pylist())))


def ids_of(name: str, array: Any) -> Column:
    """A column of ids as text; integers are written in decimal.

    Raises: Invalid(illegal_argument) when it is neither text nor integers.
    """
    column = column_of(name, array)
    if column.kind is Kind.INT:
        texts = pa.array(column.data).cast(STRING)
        return Column(Kind.STRING, texts, column.valid)
    if column.kind not in (Kind.STRING, Kind.NULL):
        raise Invalid(
            "illegal_argument",
            f"Column {name!r} is of type {column.kind}; ids are text or integers.",
        )
    return column


def vectors_of(
    name: str, array: Any, dimension: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """A column of lists of numbers as vectors: the rows that have one, and float32[m, d].

    Raises: Invalid(illegal_argument) when a row has anything else than `dimension` finite numbers
    """
    try:
        lists = pa.array(array) if isinstance(array, list) else array
        lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
        present = lists.drop_null()
        numbers = present.flatten().cast(pa.float32(), safe=False)
        fits = np.asarray(pc.list_value_length(present)) == dimension
    except (pa.ArrowException, AttributeError, TypeError):
        raise Invalid(
            "illegal_argument", f"Column {name!r} holds other things than lists of numbers."
        ) from None
    rows = np.flatnonzero(np.asarray(lists.is_valid()))
    # A null among the numbers becomes NaN here.
    flat = numbers.to_numpy(zero_copy_only=False)
    if fits.all():
        fits = np.isfinite(flat.reshape(-1, dimension)).all(axis=1)
    if not fits.all():
        raise Invalid(
            "illegal_argument",
            f"Column {name!r} has no {dimension} finite numbers of 32 bits in row"
            f" {int(rows[np.argmin(fits)])}, as the graph's vector index wants.",
        )
    return rows, flat.reshape(-1, dimension)


def tags_of(name: str, array: Any) -> Tags:
    """A column of names (text, or lists of text) as tags.

    Raises: Invalid(illegal_argument) when it is neither.
    """
    if isinstance(array, list):
        with _whole_characters(name):
            array = pa.array(array)
    rows = None
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        rows = pc.list_parent_indices(array).to_numpy().astype(np.int64)
        array = array.flatten()
    if pa.types.is_dictionary(array.type) and array.dictionary.null_count:
        array = array.dictionary_decode()
    if not pa.types.is_dictionary(array.type):
        if not (_is_text(array.type) or pa.types.is_null(array.type)):
            raise Invalid(
                "illegal_argument", f"Column {name!r} is of type {array.type}; labels are text."
            )
        array = array.cast(STRING).dictionary_encode()
    elif not _is_text(array.type.value_type):
        raise Invalid(
            "illegal_argument",
            f"Column {name!r} is of type {array.type.value_type}; labels are text.",
        )
    if rows is None:
        rows = np.arange(len(array))
    if array.null_count:
        present = array.is_valid()
        rows = rows[present.to_numpy(zero_copy_only=False)]
        array = array.filter(present)
    codes = array.indices.to_numpy().astype(np.int32, copy=False)
    used = np.flatnonzero(np.bincount(codes, minlength=len(array.dictionary))).tolist()
    texts = {place: array.dictionary[place].as_py() for place in used}
    names = tuple(sorted(set(texts.values())))
    places = {label: place for place, label in enumerate(names)}
    recoded = np.zeros(len(array.dictionary), np.int32)
    recoded[used] = [places[texts[place]] for place in used]
    return Tags(names, rows, recoded[codes])


def _array_of(name: str, values: Any) -> Any:
    """An Arrow array where the values have one Arrow type, else a list.

    Raises: Invalid(illegal_argument) for one value alone, also a text
    """
    if hasattr(values, "to_arrow"):
        values = values.to_arrow()
    if isinstance(values, np.ndarray):
        if values.dtype == np.object_ or values.ndim != 1:
            return values.tolist()
        # NaN is a value, not a null. Many texts come in chunks.
        values = pa.array(values, from_pandas=False)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            # Arrow leaves chunks alone only where 32-bit offsets would overflow.
            wide = STRING if _is_text(values.type) else pa.large_list(values.type.value_type)
            values = values.cast(wide).combine_chunks()
    if isinstance(values, pa.Array):
        return values
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__iter__"):
        raise wrong(f"Column {name!r}", "must be an array or a list of values", values)
    return list(values)


@contextmanager
def _whole_characters(name: str) -> Iterator[None]:
    """Raises: Invalid(illegal_argument) for a text that is no Unicode"""
    try:
        yield
    except UnicodeError:
        raise Invalid(
            "illegal_argument",
            f"Column {name!r} has a text with half of a surrogate pair, which is no character.",
        ) from None


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _typed(kind: Kind, array: pa.Array, empty: str | float) -> Column:
    valid = None
    if array.null_count == len(array):
        return nulls(len(array))
    if array.null_count:
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        array = array.fill_null(pa.scalar(empty, array.type))
    data = array if kind is Kind.STRING else array.to_numpy(zero_copy_only=False)
    return Column(kind, data, valid)


def _from_python(values: list[Any]) -> list[Any]:
    """Dates and times of Python's `datetime` as temporal values, also in lists; the list itself
    where it holds none."""
    kinds = set(map(type, values))
    if not any(kind is list or issubclass(kind, NATIVE) for kind in kinds):
        return values
    return [
        from_native(value)
        if isinstance(value, NATIVE)
        else (_from_python(value) if isinstance(value, list) else value)
        for value in values
    ]


def _checked(name: str, column: Column) -> Column:
    """The column, if a property can hold each of its values."""
    if column.kind is Kind.MIXED and not isinstance(column, Packed):
        for value in column.data:
            _check_value(name, value)
    return column


def _check_value(name: str, value: Any) -> None:
    """As what queries store is checked: lists hold neither nulls nor other lists."""
    for item in value if isinstance(value, list) else [value]:
        match item:
            case bool() | float() | str():
                pass
            case _ if isinstance(item, TEMPORALS) or value is None:
                pass
            case int():
                check_integers([item])
            case _:
                inside = "a list with " if isinstance(value, list) else ""
                raise Invalid(
                    "illegal_argument",
                    f"Column {name!r} holds {inside}a {type(item).__name__} ({item!r:.60}), which no"
                    " property can hold. Give it as a boolean, number, text, date or time, or as a"
                    " list of those.",
                )
