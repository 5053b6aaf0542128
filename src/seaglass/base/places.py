"""Places of files on this machine, as clients write them: a path, or a `file://` URL.

Above: control's tasks, the engine's sources and targets. Below: errors.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from seaglass.base.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE_SCHEME = "file://"


def path_text(place: str) -> str:
    """The path that a place names; a place that is no URL is one itself.

    Raises: Invalid(illegal_argument) for text that no path can be.
    """
    try:
        text = unquote(urlsplit(place).path) if place.startswith(FILE_SCHEME) else place
    except ValueError as error:
        raise Invalid("illegal_argument", f"{place[:200]!r} is no URL: {error}.") from None
    if "\0" in text:
        raise Invalid("illegal_argument", f"{place[:200]!r} is no path: it has a NUL in it.")
    return text


def is_below(path: Path, folders: Iterable[Path | str]) -> bool:
    """Whether a path lies below one of the folders, wherever links lead."""
    real = _real(path)
    return any(real.is_relative_to(_real(folder)) for folder in folders)


def _real(path: Path | str) -> Path:
    # Path.resolve() fails where links go round in a circle.
    return Path(os.path.realpath(path))
