"""Labels of many nodes, in groups that have them all, some, and with a patch."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tests.engine.exec.tools import WorkingView, ran

from seaglass.base import limits
from seaglass.engine.graph import read
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.version import empty

ROWS = limits.GROUP_ROWS
NODES = 2 * ROWS + 500


def test_groups_with_a_label_and_without() -> None:
    ids = [str(number) for number in range(NODES)]
    named = [["A", "B"]] * ROWS + [["A"]] * (NODES - ROWS - 300) + [["C"]] * 300
    view = WorkingView(build(empty(), {"~id": ids, "~label": pa.array(named)}, None))
    asked = np.array([-1, 0, 5, ROWS - 1, ROWS, ROWS + 7, -1, 2 * ROWS, NODES - 301, NODES - 300])
    places = asked.tolist()

    def check(**gone: int) -> None:
        for labels in (("A",), ("B",), ("A", "B"), ("C",), ("D",), ()):
            fits = [
                place >= 0
                and place != gone.get("dead")
                and not ("A" in labels and place == gone.get("bare"))
                and set(labels)
                <= {*("AB" if place < ROWS else "A" if place < NODES - 300 else "C")}
                for place in places
            ]
            assert read.has_labels(view.version, asked, labels).tolist() == fits

    check()
    ran("MATCH (n {`~id`: '5'}) REMOVE n:A", view)
    check(bare=5)
    ran(f"MATCH (n {{`~id`: '{ROWS + 7}'}}) DELETE n", view)
    check(bare=5, dead=ROWS + 7)
