"""Arguments of the library's functions: what cannot be one is told by the name of the argument, with what could.

Above: `engine` where programs call it, ids, keys. Below: errors. Wrong types are found here, and not where
something inside meets them: a number in place of a path would else become a folder of that name.
"""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_CHARS = 80


def text_of(name: str, given: object) -> str:
    """A text. Raises: Invalid(illegal_argument)."""
    if not isinstance(given, str):
        raise wrong(name, "must be a text", given)
    return given


def whole_of(name: str, given: object, least: int, most: int | None = None, unit: str = "") -> int:
    """A whole number from `least` to `most`, also one of NumPy, or a float such as 4e9.

    Raises: Invalid(illegal_argument)
    """
    number = int(given) if isinstance(given, float) and given.is_integer() else given
    try:
        found = operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        found = None
    if (
        found is None
        or isinstance(given, bool)
        or found < least
        or (most is not None and found > most)
    ):
        bounds = f"of at least {least:,}" if most is None else f"from {least:,} to {most:,}"
        raise wrong(name, f"must be a whole number{unit and f' of {unit}'} {bounds}", given)
    return found


def path_of(name: str, given: object) -> Path:
    """An absolute path; `~` at its beginning is the home folder.

    Raises: Invalid(illegal_argument) for what is no path
    """
    return Path(place_of(name, given)).absolute()


def paths_of(name: str, given: object) -> tuple[Path, ...]:
    """Several paths. Raises: Invalid(illegal_argument) for what is no list of paths, also one alone."""
    if isinstance(given, str | bytes | os.PathLike) or not hasattr(given, "__iter__"):
        raise wrong(name, "must be a list of folders, such as ['/data/in']", given)
    several: Iterable[object] = given
    return tuple([path_of(f"each of {name}", one) for one in several])


def place_of(name: str, given: object) -> str:
    """A path or URL as it is written; `~` at the beginning of a path is the home folder.

    Raises: Invalid(illegal_argument) for what is neither
    """
    text = os.fspath(given) if isinstance(given, os.PathLike) else given
    if not isinstance(text, str):
        raise wrong(name, "must be a text or a pathlib.Path", given)
    if not text:
        raise wrong(name, "must name a place, such as . for the current folder", given)
    if "\0" in text:
        raise Invalid("illegal_argument", f"{text[:200]!r} is no path: it has a NUL in it.")
    if text == "~" or text.startswith("~/"):
        return os.path.expanduser(text)  # noqa: PTH111 - a Path would lose the `/` at the end
    return text


def function_of(name: str, given: object) -> None:
    """Makes sure that it can be called, or is None. Raises: Invalid(illegal_argument)."""
    if given is not None and not callable(given):
        raise wrong(name, "must be a function", given)


def wrong(name: str, needed: str, given: object) -> Invalid:
    """What a function raises for an argument. Args: needed: "must be ..." """
    shown = repr(given)
    if len(shown) > _SHOWN_CHARS:
        shown = f"{shown[:_SHOWN_CHARS]}..."
    return Invalid("illegal_argument", f"{name} {needed}, not {shown}.")
