"""The questions of `seaglass warm`: one at least for every loop that the engine compiles.

A table. The graph that they are asked of is made by `warm`.
"""

from __future__ import annotations

READS = (
    "MATCH (n) RETURN n",
    "MATCH (a)-[r]->(b) RETURN a, r, b LIMIT 10",
    "MATCH (n:Person {`~id`: 'n7'}) RETURN n.name, n.age, n.score, n.tags",
    "UNWIND ['n1', 'n2', 'no'] AS id MATCH (n {`~id`: id}) RETURN n.age",
    "MATCH (n:Person {age: 7}) RETURN n.name",
    "MATCH (n) WHERE n.age > 10 AND n.age <= 20 AND n.score < 500.5 RETURN n.city, count(*), sum(n.age), avg(n.score)",
    "MATCH (n) WHERE n.city IN ['c1', 'c2'] OR n.flag RETURN count(DISTINCT n.city), min(n.name), max(n.score)",
    "MATCH (n) WHERE n.mixed = 7 OR n.mixed = 'm1' RETURN n.mixed, collect(n.age)",
    "MATCH (n) WHERE n.name STARTS WITH 'name 1' RETURN count(*)",
    "MATCH (n) WHERE n.name CONTAINS '12' AND n.name ENDS WITH '3' RETURN n.name",
    "MATCH (n) WHERE n.since >= date('2020-02-01') RETURN n.since, n.at ORDER BY n.at DESC LIMIT 5",
    "MATCH (n) RETURN n.name, n.age ORDER BY n.score DESC, n.name LIMIT 10",
    "MATCH (n) RETURN n.city, n.flag, percentileCont(n.score, 0.5), stDev(n.age), collect(DISTINCT n.age)[0]",
    "MATCH (a:Person)-[r:KNOWS]->(b:Person) WHERE a.age < b.age AND r.weight > 0.5 RETURN b.city, count(*)",
    "MATCH ()-[r:KNOWS {since: 2001}]->() RETURN count(r), sum(r.weight)",
    "MATCH (a:Person)-[r]-(b) WHERE r.kind = 'k1' RETURN type(r), labels(b), count(*)",
    "MATCH (a {`~id`: 'n1'})-[:KNOWS]->(b)-[:KNOWS]->(c) RETURN count(DISTINCT c)",
    "MATCH (a {`~id`: 'n1'})-[:KNOWS*1..3]->(b) RETURN count(DISTINCT b)",
    "MATCH (a {`~id`: 'n1'})-[:KNOWS*1..3]-(b) RETURN DISTINCT b.name LIMIT 5",
    "MATCH p = (a {`~id`: 'n1'})-[:KNOWS*1..2]->(b) RETURN p, length(p)",
    "MATCH (a {`~id`: 'n1'}) MATCH (a)-[:KNOWS*..4]->(b:Company) RETURN DISTINCT b",
    "MATCH (:Person)-[:KNOWS]->()-[:KNOWS]->(:Person) RETURN count(*)",
    "MATCH (a)-[:KNOWS]-(b)-[:KNOWS]-(c) RETURN count(*)",
    "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(d) RETURN count(*)",
    "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a) RETURN count(*)",
    "MATCH (a)-[:KNOWS]-(b)-[:KNOWS]-(c)-[:KNOWS]-(a) RETURN a.city, count(*)",
    "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c), (a)-[:KNOWS]->(c) RETURN a, b, c LIMIT 5",
    "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(d)-[:KNOWS]->(a) RETURN count(*)",
    "MATCH (a)-[r:KNOWS]->(b)<-[s:KNOWS]-(c) WHERE a.age = c.age RETURN count(*)",
    "MATCH (a:Person) OPTIONAL MATCH (a)-[:WORKS_AT]->(b) RETURN a.city, count(b), collect(b.name)[..3]",
    "MATCH (a:Person) WHERE NOT (a)-[:WORKS_AT]->() RETURN count(a)",
    "MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->(b) WHERE b.age > 50 } RETURN count(a)",
    "MATCH (a:Person) RETURN a.age, COUNT { (a)-[:KNOWS]->() } AS n ORDER BY n DESC LIMIT 3",
    "MATCH (a:Person) WHERE a.age < 5 RETURN [(a)-[:KNOWS]->(b) | b.name] AS names",
    "MATCH (a), (b) WHERE a.name = b.name AND a.city = b.city AND a.age < b.age RETURN count(*)",
    "MATCH (a:Person), (b:Company) WHERE a.city = b.city RETURN count(*)",
    "MATCH (a {`~id`: 'n1'}), (b {`~id`: 'n900'}) MATCH p = shortestPath((a)-[:KNOWS*]->(b)) RETURN p",
    "MATCH (a {`~id`: 'n1'}), (b {`~id`: 'n900'}) MATCH p = shortestPath((a)-[:KNOWS*]-(b)) RETURN length(p)",
    "MATCH (a {`~id`: 'n1'}), (b {`~id`: 'n900'}) MATCH p = allShortestPaths((a)-[:KNOWS*]->(b)) RETURN length(p)",
    (
        "MATCH (a {`~id`: 'n1'}), (b:Company) MATCH p = shortestPath((a)-[*..6]->(b)) WHERE "
        "all(r IN relationships(p) WHERE r.weight > 0.1) RETURN count(p)"
    ),
    "MATCH (a:Person) WITH a.city AS city, count(*) AS n MATCH (b:Person {city: city}) RETURN city, n, count(b)",
    "MATCH (n) RETURN DISTINCT n.city UNION MATCH (n) RETURN DISTINCT n.city",
    "UNWIND range(1, 1000) AS i RETURN i % 7 AS k, sum(i) ORDER BY k",
    "UNWIND range(1, 70000) AS i WITH i % 7 AS k ORDER BY k RETURN collect(k)[0]",
    "UNWIND range(1, 70000) AS i WITH 'text ' + i AS k ORDER BY k RETURN collect(k)[0]",
    "MATCH (a {`~id`: 'n1'})-[]->(b) RETURN count(DISTINCT b)",
    "CALL neptune.graph.pg_schema()",
)

WRITES = (
    "UNWIND range(1, 1100) AS i CREATE (:Person {`~id`: 'w' + toString(i), name: 'w', age: i, score: 0.5})",
    "CREATE (:Person {name: 'one', age: 1})-[:KNOWS {weight: 1.0}]->(:Person {name: 'two'})",
    "MATCH (n {`~id`: 'n7'}) SET n.age = 8, n.new = 'x'",
    "MATCH (a {`~id`: 'n1'}), (b {`~id`: 'w1'}) CREATE (a)-[:KNOWS {weight: 0.5, since: 2001, kind: 'k1'}]->(b)",
    "MATCH (a:Person), (b:Person) WHERE a.age + 1 = b.age AND a.age < 500 MERGE (a)-[r:NEAR]->(b) SET r.weight = 2.5",
    "UNWIND range(1, 500) AS i MERGE (n {`~id`: 'n' + toString(i)}) ON MATCH SET n.seen = true",
    "MERGE (n:City {name: 'c1'}) ON CREATE SET n.made = 1",
    "MATCH (n:Person) WHERE n.age < 300 SET n.age = n.age + 1, n:Young REMOVE n.flag",
    "MATCH (a)-[r:KNOWS]->() WHERE r.since = 2003 SET r.weight = 0.25",
    "MATCH ()-[r:KNOWS]->() WHERE r.since = 2004 DELETE r",
    "MATCH (n {`~id`: 'n11'}) DETACH DELETE n",
    "MATCH (n) WHERE n.age > 900 DETACH DELETE n",
)

_NODE = "MATCH (n:Person {`~id`: 'n1'}) CALL neptune.algo."
_ALL = "MATCH (n) CALL neptune.algo."
_WEIGHT = "edgeWeightProperty: 'weight', edgeWeightType: 'double'"

ALGORITHMS = (
    *(
        f"{_NODE}{name}(n) YIELD node RETURN count(node)"
        for name in ("bfs", "bfs.parents", "bfs.levels")
    ),
    f"{_NODE}bfs.levels(n, {{traversalDirection: 'both', vertexLabel: 'Person', edgeLabels: ['KNOWS']}})",
    *(
        f"{_NODE}sssp.{name}(n, {{{_WEIGHT}}}) YIELD node RETURN count(node)"
        for name in ("bellmanFord", "bellmanFord.parents", "deltaStepping", "deltaStepping.parents")
    ),
    f"CALL neptune.algo.sssp.deltaStepping.path('n1', 'n9', {{{_WEIGHT}}})",
    f"{_NODE}sssp.bellmanFord(n, {{edgeWeightProperty: 'since', edgeWeightType: 'int'}}) YIELD node RETURN count(node)",
    f"{_NODE}topksssp(n, {{hopCount: 2, perHopLimits: [5, 5], {_WEIGHT}}})",
    f"{_NODE}topksssp(n, {{hopCount: 2, perHopLimits: [5, 5]}})",
    (
        f"{_NODE}egonet(n, {{hopCount: 2, perHopMaxNeighbor: [5, 5], perHopEdgeWeightProperty: ['weight', 'weight'], "
        "edgeWeightType: 'double'})"
    ),
    *(
        f"{_ALL}{call} YIELD node RETURN count(node)"
        for call in (
            "degree(n)",
            "degree(n, {traversalDirection: 'inbound', edgeLabels: ['KNOWS'], vertexLabels: ['Person']})",
            "pageRank(n)",
            f"pageRank(n, {{{_WEIGHT}, traversalDirection: 'inbound', concurrency: 1}})",
            "pageRank(n, {sourceNodes: ['n1'], sourceWeights: [1.0]})",
            "eigenvectorCentrality(n)",
            f"eigenvectorCentrality(n, {{{_WEIGHT}, concurrency: 1}})",
            "closenessCentrality(n, {numSources: 20})",
            "closenessCentrality(n, {numSources: 20, concurrency: 1})",
            "wcc(n)",
            "scc(n)",
            "labelPropagation(n)",
            f"labelPropagation(n, {{{_WEIGHT}, vertexWeightProperty: 'score', vertexWeightType: 'double'}})",
            "louvain(n)",
            f"louvain(n, {{{_WEIGHT}}})",
            "leiden(n)",
            f"leiden(n, {{{_WEIGHT}}})",
        )
    ),
    "CALL neptune.algo.degreeDistribution({})",
    *(
        f"MATCH (a {{`~id`: 'n1'}}), (b {{`~id`: 'n2'}}) CALL neptune.algo.{name}(a, b) RETURN *"
        for name in (
            "neighbors.common",
            "neighbors.total",
            "jaccardSimilarity",
            "overlapSimilarity",
        )
    ),
    *(
        f"CALL neptune.algo.{name}.mutate({{writeProperty: 'out'}})"
        for name in ("degree", "pageRank", "wcc", "louvain")
    ),
)

_VECTORS = "CALL neptune.algo.vectors."
VECTORS = (
    f"{_VECTORS}upsert('n1', [0.5, 0.5, 0.5, 0.5])",
    f"{_VECTORS}get('n1')",
    f"{_VECTORS}remove('n2')",
    f"{_VECTORS}topK.byNode('n1', {{topK: 5}})",
    f"{_VECTORS}topK.byEmbedding({{embedding: [0.1, 0.2, 0.3, 0.4], topK: 5}})",
    (
        f"{_VECTORS}topK.byEmbedding({{embedding: [0.1, 0.2, 0.3, 0.4], topK: 5, "
        "vertexFilter: {equals: {property: 'city', value: 'c1'}}})"
    ),
    *(
        f"{_VECTORS}distance.byNode('n1', 'n3', {{metric: '{metric}'}})"
        for metric in ("L2Squared", "L2", "CosineSimilarity", "CosineDistance", "DotProduct")
    ),
)
