"""`seaglass warm` compiles every loop there is, and then there is nothing left to compile.

Method: a process with a cache of its own, and the files that come into it.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from numba.core.dispatcher import Dispatcher

from seaglass.engine import kernels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def warmed(cache: Path) -> set[str]:
    """Run the command; gives the names of all that was ever compiled into the cache."""
    subprocess.run(
        [sys.executable, "-m", "seaglass", "warm"],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        check=True,
    )
    return {path.name for path in cache.rglob("*.nbc")}


def loops() -> Iterator[str]:
    for module in pkgutil.iter_modules(kernels.__path__):
        for name, one in vars(importlib.import_module(f"{kernels.__name__}.{module.name}")).items():
            # What is always inlined is compiled with what it is inlined in.
            if isinstance(one, Dispatcher) and one.targetoptions.get("inline") != "always":
                yield f"{one.py_func.__module__.rpartition('.')[2]}.{name}"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_loop_is_compiled_once_for_all(tmp_path: Path) -> None:
    compiled = warmed(tmp_path)
    names = {name.rpartition("-")[0] for name in compiled}
    assert [name for name in loops() if name not in names] == []
    assert warmed(tmp_path) == compiled
