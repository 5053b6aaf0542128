"""GetGraphSummary's output from the engine's numbers.

Above: `engine`. Below: engine.graph.stats. Orders are those of the numbers: properties and
structures by count, the most frequent first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.engine.graph.stats import Summary

VERSION = "v1"


def summary_output(summary: Summary, now: float) -> Mapping[str, object]:
    """Return the output; structures are in it only where they were asked for."""
    numbers: dict[str, object] = {
        "numNodes": summary.node_count,
        "numEdges": summary.edge_count,
        "numNodeLabels": len(summary.labels),
        "numEdgeLabels": len(summary.types),
        "nodeLabels": list(summary.labels),
        "edgeLabels": list(summary.types),
        "numNodeProperties": len(summary.node_keys),
        "numEdgeProperties": len(summary.edge_keys),
        "nodeProperties": _counted(summary.node_keys),
        "edgeProperties": _counted(summary.edge_keys),
        "totalNodePropertyValues": sum(count for _, count in summary.node_keys),
        "totalEdgePropertyValues": sum(count for _, count in summary.edge_keys),
    }
    if summary.node_structures is not None:
        numbers["nodeStructures"] = [
            {
                "count": structure.count,
                "nodeProperties": list(structure.keys),
                "distinctOutgoingEdgeLabels": list(structure.types),
            }
            for structure in summary.node_structures
        ]
    if summary.edge_structures is not None:
        numbers["edgeStructures"] = [
            {"count": structure.count, "edgeProperties": list(structure.keys)}
            for structure in summary.edge_structures
        ]
    return {
        "version": VERSION,
        "lastStatisticsComputationTime": datetime.fromtimestamp(now, UTC).isoformat(
            timespec="seconds"
        ),
        "graphSummary": numbers,
    }


def _counted(keys: Sequence[tuple[str, int]]) -> list[dict[str, int]]:
    return [{key: count} for key, count in keys]
