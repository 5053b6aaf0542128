"""MIXED columns of temporal values of one type, held as numbers instead of objects.

Above: `column` (which makes them of values), `order`, `engine/graph`, `engine/exec`. Below: `temporal`.

A `Times` column has an array for each number of its values; what all of them share stands in its `form`:

    type            fields                            rest, the same for all
    Date            days                              offset
    LocalTime       nanos                             -
    Time            nanos                             offset
    LocalDateTime   days, nanos                       -
    DateTime        days, nanos, offset               zone
    Duration        months, days, seconds, nanoseconds  -

It is a column like any other: whoever asks for `data` gets an array of objects, which is made then.
Those who know it work on the arrays, in a hundredth of the time.

Invariants: as `column` says; where a row is null, the fields hold 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from seaglass.engine.values.calendar import DAY_NANOS
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.column import Column, Packed
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
)
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.types import Value

_FIELDS: dict[type, tuple[str, ...]] = {
    Date: ("days",),
    LocalTime: ("nanos",),
    Time: ("nanos",),
    LocalDateTime: ("days", "nanos"),
    DateTime: ("days", "nanos", "offset"),
    Duration: ("months", "days", "seconds", "nanoseconds"),
}
_REST: dict[type, tuple[str, ...]] = {Date: ("offset",), Time: ("offset",), DateTime: ("zone",)}
# Within so many days of 1970, nanoseconds since then fit in 64 bits.
_NANOS_DAYS = 100_000
# Values are few where there are so many times as many rows.
_FEW_SHARE = 4


@dataclass(frozen=True, slots=True)
class Form:
    """What all values of a column have in common: their type, and fields that are no numbers or do not
    differ."""

    type: type
    rest: tuple[int | str | None, ...]


class Times(Packed):
    """Temporal values of one form. Args: fields: int64[n] each, as the module says"""

    __slots__ = ("fields", "form")

    def __init__(
        self,
        form: Form,
        fields: tuple[NDArray[np.int64], ...],
        valid: NDArray[np.bool_] | None,
    ) -> None:
        self.kind = Kind.MIXED  # type: ignore[misc]
        self.valid = valid  # type: ignore[misc]
        self.form = form
        self.fields = fields

    def __len__(self) -> int:
        return len(self.fields[0])

    @property
    def nbytes(self) -> int:
        return 8 * len(self.fields) * len(self)

    def field(self, name: str) -> NDArray[np.int64]:
        """int64[n]: one of the fields that the type has."""
        return self.fields[_FIELDS[self.form.type].index(name)]

    def to_list(self) -> list[Value]:
        make, rest = self.form.type, self.form.rest
        values: list[Value]
        if len(self.fields) == 1:
            # Days and times of day come again and again, and an object of each will do.
            numbers, places = np.unique(self.fields[0], return_inverse=True)
            known = [make(number, *rest) for number in numbers.tolist()]
            values = [known[place] for place in places.tolist()]
        else:
            parts = [field.tolist() for field in self.fields]
            values = [make(*part, *rest) for part in zip(*parts, strict=True)]
        if self.valid is not None:
            for row in np.flatnonzero(~self.valid).tolist():
                values[row] = None
        return values

    def reader(self) -> Callable[[int], Value]:
        make, rest, valid = self.form.type, self.form.rest, self.valid
        parts = [field.data for field in self.fields]

        def read(row: int) -> Value:
            if valid is not None and not valid[row]:
                return None
            value: Temporal = make(*[part[row] for part in parts], *rest)
            return value

        return read

    def take(self, rows: NDArray[np.int64]) -> Column:
        valid = None if self.valid is None else self.valid[rows]
        return self._with([field[rows] for field in self.fields], valid)

    def slice(self, start: int, stop: int) -> Column:
        valid = None if self.valid is None else self.valid[start:stop]
        return self._with([field[start:stop] for field in self.fields], valid)

    def masked(self, valid: NDArray[np.bool_]) -> Column:
        return self._with([np.where(valid, field, 0) for field in self.fields], valid)

    def joined(self, parts: Sequence[Column]) -> Column | None:
        alike = [self.alike(part) for part in parts]
        if None in alike:
            return None
        some: list[Self] = alike  # type: ignore[assignment]
        fields = [
            np.concatenate(each) for each in zip(*(part.fields for part in some), strict=True)
        ]
        return self._with(fields, np.concatenate([~part.is_null() for part in some]))

    def replaced(self, rows: NDArray[np.int64], values: Column) -> Column | None:
        other = self.alike(values)
        if other is None:
            return None
        fields = [field.copy() for field in self.fields]
        for field, fresh in zip(fields, other.fields, strict=True):
            field[rows] = fresh
        valid = ~self.is_null()
        valid[rows] = ~other.is_null()
        return self._with(fields, valid)

    def alike(self, other: Column) -> Times | None:
        """The other column in this one's form; None where it has another one."""
        if isinstance(other, Times):
            return other if other.form == self.form else None
        if other.kind is Kind.NULL:
            nothing = np.zeros(len(other), np.int64)
            valid = np.zeros(len(other), np.bool_) if len(other) else None
            return Times(self.form, tuple(nothing for _ in self.fields), valid)
        if len(other) > 1 or other.kind is not Kind.MIXED:
            return None
        found = times_of(other.to_list())
        return found if found is not None and found.form == self.form else None

    def _with(self, fields: Sequence[NDArray[np.int64]], valid: NDArray[np.bool_] | None) -> Times:
        """A column of the same form. Args: valid: may be all True"""
        return Times(self.form, tuple(fields), None if valid is None or valid.all() else valid)

    def coded(self) -> Coded | None:
        """The same as numbers of few different values; None where they are not known to be few."""
        if len(self.fields) > 1:
            return None
        numbers, places = np.unique(self.fields[0], return_inverse=True)
        if _FEW_SHARE * len(numbers) > len(self):
            return None
        table = Times(self.form, (numbers,), None).to_list()
        return Coded(places, tuple(table), self.valid)

    def codes(self) -> NDArray[np.int64] | None:
        """int64[n] that sorts as the values do, equal for equal ones; None where one number does not
        say it. What null rows hold means nothing."""
        kind = self.form.type
        if kind is Duration or not len(self):
            return None
        if len(self.fields) == 1:
            # Of one offset.
            return self.fields[0]
        if kind is DateTime and not _constant(self.fields[2]):
            return None
        days, nanos = self.fields[:2]
        if max(-int(days.min()), int(days.max())) > _NANOS_DAYS:
            return None
        codes: NDArray[np.int64] = days * DAY_NANOS + nanos
        return codes


def _constant(numbers: NDArray[np.int64]) -> bool:
    return bool((numbers == numbers[0]).all())


def times_of(values: Sequence[Any]) -> Times | None:
    """The column of values, nulls among them; None where they have no form in common or a number does
    not fit in 64 bits."""
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    names = _FIELDS.get(kind)
    if names is None:
        return None
    valid = np.fromiter([value is not None for value in values], np.bool_, len(values))
    known = values if valid.all() else [value for value in values if value is not None]
    rest = _REST.get(kind, ())
    shared = {tuple(getattr(value, name) for name in rest) for value in known} if rest else {()}
    if len(shared) != 1:
        return None
    fields = []
    for name in names:
        field = np.zeros(len(values), np.int64)
        try:
            field[valid] = np.fromiter(map(attrgetter(name), known), np.int64, len(known))
        except OverflowError:
            return None
        fields.append(field)
    return Times(Form(kind, shared.pop()), tuple(fields), None if valid.all() else valid)
