"""A disk that takes no files costs the time to compile, and no answer."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import numba

import seaglass.engine.kernels  # noqa: F401 - what it does when it is imported is the subject

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SOURCE = "def twice(number):\n    return 2 * number\n"


def test_a_full_disk_under_what_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "loops.py"
    path.write_text(SOURCE)
    made: dict[str, object] = {}
    exec(compile(SOURCE, str(path), "exec"), made)
    twice = numba.njit(cache=True)(made["twice"])

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", full)
        patched.setattr("numba.core.caching.open", full, raising=False)
        assert twice(3) == 6
    assert twice(4.0) == 8.0
    assert list((tmp_path / "__pycache__").glob("*.nbc"))
