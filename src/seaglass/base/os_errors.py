"""What the operating system refuses, as errors of ours: what could not be done, to which file, and what helps.

Above: files. Below: errors.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seaglass.base.errors import Exhausted, NotFound, SeaglassError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def os_errors(verb: str, path: Path) -> Iterator[None]:
    """Raises: for an OSError inside, what `translated` gives"""
    try:
        yield
    except OSError as error:
        raise translated(error, verb, path) from error


def translated(error: OSError, verb: str, path: Path) -> SeaglassError:
    """NotFound(object), Exhausted(storage) or Unavailable(storage) for what `verb` could not do to `path`."""
    reason = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        missing = "it" if path.parent.is_dir() else f"the folder {path.parent}"
        return NotFound("object", f"cannot {verb} {path}: {missing} does not exist")
    if isinstance(error, NotADirectoryError):
        reason = f"{path.parent} is not a folder"
    if error.errno in _FULL:
        advice = "make room (or raise the limit) on that disk, then try again"
        return Exhausted("storage", f"cannot {verb} {path}: {reason}; {advice}")
    if error.errno in _REFUSED:
        advice = f"give user {os.geteuid()} the right to read and write there"
        return Unavailable("storage", f"cannot {verb} {path}: {reason}; {advice}")
    return Unavailable("storage", f"cannot {verb} {path}: {reason}")
