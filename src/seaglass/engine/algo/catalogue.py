"""The algorithms: which function is behind which name. The contents page of this room.

Above: `engine/exec/algorithms`. Below: the families.
What each takes and gives is declared in `cypher/semantics/algorithms`; a test compares the names.
`BY_NODE` are those with a value for each node: an entry serves `neptune.algo.<name>`, whose second
result is the value, and `neptune.algo.<name>.mutate`. `FEW` are those of them that are less work for few
nodes than for all. `BY_ROW` are all others.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from seaglass.engine.algo.breadth import bfs
from seaglass.engine.algo.closeness import closeness_centrality, closeness_of_few
from seaglass.engine.algo.communities import leiden, louvain
from seaglass.engine.algo.components import scc, wcc
from seaglass.engine.algo.degree import degree, degree_distribution, degree_of_few
from seaglass.engine.algo.distance import sssp, sssp_parents, sssp_path
from seaglass.engine.algo.hops import egonet, egonet_edges, topksssp
from seaglass.engine.algo.labels import label_propagation
from seaglass.engine.algo.ranks import eigenvector_centrality, page_rank
from seaglass.engine.algo.similarity import common, jaccard, overlap, total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.algo.run import ForFew, ForNodes, ForRows

BY_NODE: Mapping[str, ForNodes] = MappingProxyType(
    {
        "degree": degree,
        "pageRank": page_rank,
        "closenessCentrality": closeness_centrality,
        "eigenvectorCentrality": eigenvector_centrality,
        "wcc": wcc,
        "scc": scc,
        "labelPropagation": label_propagation,
        "louvain": louvain,
        "leiden": leiden,
    }
)

FEW: Mapping[str, ForFew] = MappingProxyType(
    {"degree": degree_of_few, "closenessCentrality": closeness_of_few}
)

BY_ROW: Mapping[str, ForRows] = MappingProxyType(
    {
        "bfs": bfs,
        "bfs.parents": bfs,
        "bfs.levels": bfs,
        "sssp.bellmanFord": sssp,
        "sssp.bellmanFord.parents": sssp_parents,
        "sssp.bellmanFord.path": sssp_path,
        "sssp.deltaStepping": sssp,
        "sssp.deltaStepping.parents": sssp_parents,
        "sssp.deltaStepping.path": sssp_path,
        "topksssp": topksssp,
        "egonet": egonet,
        "egonet.edgeList": egonet_edges,
        "degreeDistribution": degree_distribution,
        "neighbors.common": common,
        "neighbors.total": total,
        "jaccardSimilarity": jaccard,
        "overlapSimilarity": overlap,
    }
)
