"""Folding: patches that have grown too large become chunks, in the background.

    1  name the patches of `current` that are too large, and fold them      nothing is held
    2  under the write lock: put the new chunks into `head`, with what was written meanwhile on top

The content of no version changes, and nothing is written to the log. What is folded but not
published is dropped, and folded again next time.

Above: upkeep of live_graph. Below: graph/fold, commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.graph.fold import fold, plan_folds, with_folds

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.commit import Writer


def fold_once(writer: Writer, check: Callable[[], None]) -> int:
    """Folds what is too large now; how many patches that was.

    Args: check: raises to stop
    Raises: Unavailable(worker) when the log has failed; Corrupt(corrupt) when a chunk is damaged
    """
    replaced = writer.replaced
    version = writer.current.version
    folds = []
    for place in plan_folds(version):
        check()
        folds.append(fold(version, place))
    if folds:
        with writer.locked(check) as head:
            if writer.replaced == replaced:
                writer.refresh(with_folds(head, folds))
    return len(folds)
