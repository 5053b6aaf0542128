"""Combinations of values, numbered, so that others are found among them: what a join by equality
goes by.

Above: `exec/operators/node_table`. Below: `kernels/grouping`, `kernels/interning`, `column`, `texts`.
Only for columns where equal codes are equal values and the other way round: of texts, integers,
booleans, nodes or edges. 1 and 1.0 are equal, but are in columns of different kinds; such columns
are for `order.group_rows`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from seaglass.engine.kernels.grouping import Numbered, paired
from seaglass.engine.values.parts import bounds
from seaglass.engine.values.texts import Texts
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt

    Part: TypeAlias = "Texts | _Range | Numbered"
    Coded: TypeAlias = tuple[Part, NDArray[np.int64]]

_NUMBERS = (Kind.BOOL, Kind.INT, Kind.NODE, Kind.EDGE)
# Codes of a range at most so many times their count need no table.
_DENSE_SHARE = 4


@dataclass(frozen=True, slots=True)
class _Range:
    """Integers from `low` on, `count` of them: each is its own number."""

    low: int
    count: int

    def find(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        within = (codes >= self.low) & (codes < self.low + self.count)
        return np.where(within, codes - self.low, -1)


class Keys:
    """The combinations of the values of some columns, in none of which is a null.

    Attributes:
        codes: int64[n], of each row that it was made of; -1 where one of its values is null
        count: codes are below it; a few times the rows at most
    """

    def __init__(
        self,
        kinds: tuple[Kind, ...],
        parts: Sequence[Part],
        steps: Sequence[Numbered | None],
        codes: NDArray[np.int64],
        count: int,
    ) -> None:
        self.codes = codes
        self.count = count
        self._kinds = kinds
        self._parts = parts
        self._steps = steps

    @classmethod
    def of(cls, columns: Sequence[Column], interrupt: Interrupt) -> Keys | None:
        """Args: columns: one or more, of one row or more
        Returns: None where values of other kinds are among them, or integers that do not spread
        Cost: some 20 ns a row and column
        """
        parts: list[Part] = []
        steps: list[Numbered | None] = []
        codes, count = np.empty(0, np.int64), 1
        for column in columns:
            coded = _coded(column, interrupt)
            if coded is None:
                return None
            part, own = coded
            if parts:
                own = paired(codes, own, part.count)
            parts.append(part)
            codes, count = own, count * part.count
            step = None
            if count > _DENSE_SHARE * len(codes):
                step = Numbered.of(codes, interrupt.flag)
                interrupt.check()
                if step is None:
                    return None
                codes, count = np.where(codes < 0, -1, step.numbers), step.count
            steps.append(step)
        return cls(tuple([column.kind for column in columns]), parts, steps, codes, count)

    def find(self, columns: Sequence[Column], interrupt: Interrupt) -> NDArray[np.int64] | None:
        """The code of each row of other columns; -1 for a combination that is not there.

        Returns: None where the kinds are others, so that values may be equal whose codes are not
        Cost: as `of`
        """
        if tuple([column.kind for column in columns]) != self._kinds:
            return None
        codes = np.empty(0, np.int64)
        for place, (column, part, step) in enumerate(
            zip(columns, self._parts, self._steps, strict=True)
        ):
            own = _found(part, column, interrupt)
            codes = paired(codes, own, part.count) if place else own
            if step is not None:
                codes = np.where(codes < 0, -1, step.find(codes, interrupt.flag))
                interrupt.check()
        return codes


def _coded(column: Column, interrupt: Interrupt) -> Coded | None:
    """What numbers the values of a column, and their numbers; -1 for null."""
    part: Part
    if column.kind is Kind.STRING:
        texts = Texts()
        part, codes = texts, texts.add(column.data, interrupt)
    elif column.kind in _NUMBERS:
        numbers = column.data.astype(np.int64, copy=False)
        low, high = bounds(numbers, interrupt.check)
        if high - low < _DENSE_SHARE * len(numbers):
            part, codes = _Range(low, high - low + 1), numbers - low
        else:
            found = Numbered.of(numbers, interrupt.flag)
            interrupt.check()
            if found is None:
                return None
            part, codes = found, found.numbers
    else:
        return None
    return part, codes if column.valid is None else np.where(column.valid, codes, -1)


def _found(part: Part, column: Column, interrupt: Interrupt) -> NDArray[np.int64]:
    match part:
        case Texts():
            codes = part.find(column.data, interrupt)
        case _Range():
            codes = part.find(column.data.astype(np.int64, copy=False))
        case Numbered():
            codes = part.find(column.data.astype(np.int64, copy=False), interrupt.flag)
            interrupt.check()
    return codes if column.valid is None else np.where(column.valid, codes, -1)
