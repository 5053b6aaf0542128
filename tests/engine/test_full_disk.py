"""Goal: a disk that is full, read-only or forbidden is told in plain words, loses nothing, and the
graph goes on when the cause is gone.

Method: the operating system's calls that write are made to fail with the error that such a disk gives.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

import seaglass
from seaglass.base.errors import Exhausted, SeaglassError, Unavailable
from tests.engine.items import add, reached

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITES = ("write", "fsync", "fdatasync", "rename", "link", "mkdir", "ftruncate")

CAUSES = {
    errno.ENOSPC: (Exhausted, "make room"),
    errno.EDQUOT: (Exhausted, "make room"),
    errno.EROFS: (Unavailable, "give user"),
    errno.EACCES: (Unavailable, "give user"),
    errno.EIO: (Unavailable, "cannot"),
}


class Disk:
    """The disk under `seaglass.base.files`: while `error` is set, nothing is written."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.error = 0
        for name in WRITES:
            patch.setattr(os, name, self._guarded(getattr(os, name)))
        patch.setattr(os, "open", self._opened(os.open))

    def _guarded(self, call: Callable[..., object]) -> Callable[..., object]:
        def guarded(*arguments: object, **named: object) -> object:
            self._check()
            return call(*arguments, **named)

        return guarded

    def _opened(self, call: Callable[..., int]) -> Callable[..., int]:
        def opened(path: object, flags: int, *arguments: object, **named: object) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self._check()
            return call(path, flags, *arguments, **named)

        return opened

    def _check(self) -> None:
        if self.error:
            raise OSError(self.error, os.strerror(self.error))


@pytest.mark.parametrize("cause", CAUSES, ids=errno.errorcode.get)
def test_nothing_is_lost_and_the_graph_goes_on(
    cause: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, advice = CAUSES[cause]
    disk = Disk(monkeypatch)
    database = seaglass.open(tmp_path)
    graph = database.create_graph("g")
    add(graph, 1)
    add(graph, 2)
    disk.error = cause
    for act in (
        lambda: graph.snapshot("s"),
        lambda: graph.checkpoint(),
        lambda: database.create_graph("h"),
        lambda: database.clone("g", "c"),
        lambda: graph.load({"~id": ["x"]}),
        lambda: graph.reset(),
    ):
        with pytest.raises(kind) as caught:
            act()
        assert advice in caught.value.message or caught.value.kind == "worker"
    # Reading needs no disk, and the first write is refused, not lost.
    assert reached(graph) == 2
    with pytest.raises(SeaglassError) as refused:
        add(graph, 3)
    assert isinstance(refused.value, kind | Unavailable)
    assert reached(graph) == 2
    disk.error = 0
    assert database.snapshots() == []
    assert [ref.name for ref in database.graphs()] == ["g"]
    graph.close()
    graph = database.graph("g")
    assert reached(graph) == 2
    add(graph, 3)
    assert database.verify(graph.snapshot("s").id).ok
    database.close()
    with seaglass.open(tmp_path) as database:
        assert reached(database.graph("g")) == 3
