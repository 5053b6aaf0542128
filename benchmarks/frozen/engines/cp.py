"""No snapshots at all: a durable copy of seaglass's data folder, while nobody writes.

It is what people do where a database has no snapshots. Under writes it would be torn; here the
benchmark stands still meanwhile.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import seaglass
from benchmarks.figures import seconds
from benchmarks.frozen.engines.seaglass import Engine as Seaglass
from benchmarks.frozen.engines.seaglass import asker
from benchmarks.frozen.files import copy_durably
from benchmarks.frozen.taken import Taken

if TYPE_CHECKING:
    from collections.abc import Callable


class Engine(Seaglass):
    NOTE = "cp -r of seaglass's data folder and an fsync of each file, while nobody writes"

    def first(self) -> Taken:
        kept: list[int] = []
        os.sync()
        return Taken(seconds(lambda: kept.append(self.snapshot())), kept[0])

    def snapshot(self) -> int:
        self.taken += 1
        return copy_durably(self.data, self.folder / f"copy-{self.taken}")

    def restore(self) -> Callable[[str, dict[str, Any]], Any]:
        self.again = seaglass.open(self.folder / f"copy-{self.taken}")
        return asker(self.again.graph("social"))

    def close(self) -> None:
        self.again.close()
        super().close()
