"""Changes over all groups of nodes or of edges: each goes to the groups that it concerns.

Above: `apply`, `apply_edges`. Below: `group_edit`, `by_group`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph import group_edit
from seaglass.engine.graph.by_group import by_group
from seaglass.engine.graph.group import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column

    Groups = tuple[Group, ...]


def with_rows(
    groups: Groups, first: int, labels: tuple[str, ...], columns: Mapping[str, Column]
) -> Groups:
    """The groups with new rows from number `first` on, which is the next.

    Args: columns: at least one; their length is the number of rows
    """
    count = len(next(iter(columns.values())))
    if count == 1 and groups and (last := groups[-1]).rows < limits.GROUP_ROWS:
        return (*groups[:-1], group_edit.appended(last, 1, labels, columns))
    changed = list(groups)
    done = 0
    while done < count:
        place, row = divmod(first + done, limits.GROUP_ROWS)
        if place == len(changed):
            changed.append(Group.empty())
        group = changed[place]
        assert group.rows == row
        taken = min(count - done, limits.GROUP_ROWS - row)
        part = columns
        if taken < count:
            part = {key: column.slice(done, done + taken) for key, column in columns.items()}
        changed[place] = group_edit.appended(group, taken, labels, part)
        done += taken
    return tuple(changed)


def with_values(groups: Groups, numbers: NDArray[np.int64], key: str, values: Column) -> Groups:
    """The groups with `values[i]` as `key` of `numbers[i]`; of a number that repeats, the last."""
    assert not key.startswith("~")
    if len(numbers) == 1:
        place, row = divmod(int(numbers[0]), limits.GROUP_ROWS)
        group = group_edit.with_value(groups[place], key, row, values.value(0))
        return (*groups[:place], group, *groups[place + 1 :])
    last = _last_places(numbers)
    if last is not None:
        numbers, values = numbers[last], values.take(last)

    def edit(group: Group, rows: NDArray[np.int64], places: slice | NDArray[np.int64]) -> Group:
        if not isinstance(places, slice):
            part = values.take(places)
        elif len(rows) == len(values):
            part = values
        else:
            part = values.slice(places.start, places.stop)
        return group_edit.with_values(group, key, rows, part)

    return edited(groups, numbers, edit)


def edited(
    groups: Groups,
    numbers: NDArray[np.int64],
    edit: Callable[[Group, NDArray[np.int64], slice | NDArray[np.int64]], Group],
) -> Groups:
    """The groups after an edit of each that holds some of the numbers.

    Args: edit: takes a group, rows of it, and the places of these rows in `numbers`
    """
    changed = list(groups)
    for part in by_group(numbers).parts:
        changed[part.group] = edit(changed[part.group], part.rows, part.places)
    return tuple(changed)


def _last_places(numbers: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Where each number is for the last time; None where none repeats."""
    if len(numbers) < 2 or (numbers[1:] > numbers[:-1]).all():
        return None
    unique, from_end = np.unique(numbers[::-1], return_index=True)
    return None if len(unique) == len(numbers) else len(numbers) - 1 - from_end
