"""Who looks on while much is built, and may take what is ready or end it.

Above: `builder`, `edge_builder`, `engine/transfer`, live_graph. Below: `chunk`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.graph.chunk import ChunkRef


@dataclass(frozen=True, slots=True)
class Watch:
    """
    Args:
        keep: is given each chunk as soon as it is made; from several threads, and maybe one chunk
            more than once
        check: called often, from the thread that builds; raises to end it
    """

    keep: Callable[[ChunkRef[Any]], None]
    check: Callable[[], None]


UNWATCHED = Watch(lambda _: None, lambda: None)
