"""Who looks on while much is built, and may take what is ready or end it.

Above: `builder`, `edge_builder`, `engine/transfer`, live_graph. Below: `chunk`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.graph.chunk import ChunkRef

    Keep = Callable[[ChunkRef[Any]], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """
    Args:
        keep: is given each chunk as soon as it is made, from several threads; a chunk may come again
        step: called often, from the thread that builds, with the share of it that is done; raises to
            end it
    """

    keep: Keep
    step: Callable[[float], None]


UNWATCHED = Watch(lambda _: None, lambda _: None)
