"""Settings that are many numbers of one kind, each said as NAME=N.

Above: serve. Below: told. Names are those of a dataclass's fields without the unit at their end:
`graphs` is `graphs_max`, `reads` is `reads_per_second`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, TypeVar

from seaglass.cli.told import fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.base.settings import Quotas, Rates

Numbers = TypeVar("Numbers", "Quotas", "Rates")


def written(numbers: Quotas | Rates) -> str:
    """Write numbers with their names, for a help: words that are too long for its columns are cut."""
    return ", ".join(f"{_name(field)} {value:.10g}" for field, value in asdict(numbers).items())


def changed(option: str, numbers: Numbers, said: Sequence[str] | None) -> Numbers:
    """The numbers with what was said on the command line by `--option NAME=N`."""
    values = asdict(numbers)
    fields = {_name(field): field for field in values}
    for text in said or ():
        name, _, number = (part.strip() for part in text.partition("="))
        if name not in fields:
            names = ", ".join(fields)
            fail(f"{name!r} is no {option}. Write --{option} NAME=N, with one of {names}.")
        if re.fullmatch(r"[1-9][0-9]{0,8}", number, re.ASCII) is None:
            fail(f"{number!r} is no {option} of {name}. Write it like {name}=10.")
        values[fields[name]] = type(values[fields[name]])(number)
    return replace(numbers, **values)


def _name(field: str) -> str:
    return re.sub(r"_(max|per_second)$", "", field).replace("_", "-")
