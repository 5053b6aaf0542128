"""Queries that would run for very long, of every kind, on a graph that is made in a moment.

Above: the tests of cancellation, and its benchmark. Below: nothing. Each is named for what keeps it
busy, so that a table of figures reads by itself.
"""

from __future__ import annotations

# How the graph is made: people who know the next ones and some far away, and one whom all know.
GRAPH = (
    "UNWIND range(0, $people - 1) AS x CREATE (:P {`~id`: 'p' + x, n: x, t: 'text ' + x % 997})",
    (
        "UNWIND range(0, $people - 1) AS x UNWIND [1, 2, 3, 17, 101, 1009] AS d "
        "MATCH (a {`~id`: 'p' + x}), (b {`~id`: 'p' + (x + d) % $people}) "
        "CREATE (a)-[:R {w: x}]->(b)"
    ),
    "MATCH (a:P), (b {`~id`: 'p0'}) CREATE (a)-[:R {w: -1}]->(b), (b)-[:R {w: -2}]->(a)",
)

_MANY = "UNWIND range(1, 100000000) AS x "
_BIG_LIST = "WITH range(1, 5000000) AS l "
# Of 42 million characters, with letters whose lower case goes by what is beside them.
_LONG_TEXT = (
    "WITH reduce(t = 'a\u03a3, e', i IN range(1, 23) | t + t) AS t, range(1, 1000000) AS l "
)

READS = {
    "cartesian product": "MATCH (a:P), (b:P), (c:P) WHERE (a.n + b.n + c.n) % 7 = 3 RETURN count(*) AS c",
    "paths of three edges, filtered": (
        "MATCH (a)-[r1]->(b)-[r2]->(c)-[r3]->(d) WHERE r1.w + r3.w = 5 RETURN count(*) AS c"
    ),
    "cycles": (
        "MATCH (a)-[:R]->(b)-[:R]->(c)-[:R]->(d)-[:R]->(e)-[:R]->(a) "
        "RETURN count(*) AS c, sum(a.n + d.n) AS s"
    ),
    "paths of any length": "MATCH p = (a:P {n: 1})-[:R*]->(b) RETURN count(p) AS c",
    "ends of any length": "MATCH (a:P)-[:R*]->(b) RETURN DISTINCT b.n AS n, a.n AS m",
    "shortest paths": "MATCH (a:P), (b:P) WHERE a <> b MATCH p = shortestPath((a)-[:R*]->(b)) "
    "RETURN sum(length(p)) AS s",
    "shortest path of some length": "MATCH p = shortestPath((a:P {n: 1})-[r:R*]->(b:P {n: 2})) "
    "WHERE r[0].w = -5 RETURN p",
    "ORDER BY numbers": _MANY + "RETURN x ORDER BY -x",
    "ORDER BY texts": _MANY + "RETURN x ORDER BY toString(-x)",
    "ORDER BY with LIMIT": _MANY + "RETURN x ORDER BY x % 1000003, -x LIMIT 3000000",
    "DISTINCT": _MANY + "RETURN DISTINCT x * 7919 % 99999989 AS x",
    "DISTINCT texts": _MANY + "RETURN DISTINCT 'text ' + x AS x",
    "count by group": _MANY + "RETURN x * 7919 % 99999989 AS k, count(*) AS c, max(x) AS m",
    "count of distinct": _MANY + "RETURN count(DISTINCT x) AS c, sum(x) AS s",
    "collect": _MANY + "RETURN x % 10 AS k, collect(x) AS l",
    "percentile": _MANY + "RETURN percentileCont(x, 0.5) AS p",
    "UNWIND of a range": _MANY + "UNWIND range(1, 1000) AS y RETURN count(x + y) AS c",
    "UNWIND of lists": _MANY + "UNWIND [x, x + 1, 'a'] AS y RETURN count(y) AS c",
    "regular expression": (
        _MANY + "WITH reduce(t = '', i IN range(1, 400) | t + 'a') AS t "
        "WITH t WHERE t =~ '(a|aa|a?)*(a+)+b' RETURN count(*) AS c"
    ),
    "long texts": _MANY + "RETURN size(reduce(t = '', i IN range(1, 20000) | t + 'ab')) AS s",
    "replace": _MANY + "WITH reduce(t = 'ab', i IN range(1, 8) | t + t) AS t, x "
    "RETURN size(replace(t, 'a', 'bb' + x)) AS s",
    "list comprehension": (
        _BIG_LIST
        + "RETURN size([x IN l WHERE any(y IN [-x, x] WHERE y % 3 = 0) | toString(x)]) AS s"
    ),
    "quantifier": (
        _BIG_LIST + "RETURN all(x IN l WHERE all(y IN [x, -x] WHERE toString(y) <> 'a')) AS a"
    ),
    "reduce": _BIG_LIST + "RETURN reduce(s = 0, x IN l | toInteger(toString(s + x)) % 97) AS s",
    "IN lists": _MANY + "RETURN count(-x IN [x, x + 1, 'a']) AS c",
    "subquery": "MATCH (a:P), (b:P) RETURN count(EXISTS { (a)-[:R]->()-[:R]->(b) }) AS c",
    "CALL for each row": (
        "MATCH (a:P), (b:P) CALL { WITH a, b MATCH (a)-[:R*1..2]->(x) RETURN count(x) AS c } "
        "RETURN sum(c) AS s"
    ),
    "pattern comprehension": "MATCH (a:P), (b:P) RETURN sum(size([(a)-->(x)-->(b) | x.n])) AS s",
    "procedure": (
        "MATCH (a:P), (b:P) CALL neptune.graph.pg_schema() YIELD schema RETURN count(schema) AS c"
    ),
    "breadth-first from everybody": (
        "MATCH (a:P) CALL neptune.algo.bfs.levels(a, {traversalDirection: 'both'}) "
        "YIELD node, level RETURN count(node) AS c, sum(level) AS s"
    ),
    "distances from everybody": (
        "MATCH (a:P) CALL neptune.algo.topksssp(a, {hopCount: 9, "
        "perHopLimits: [-1, -1, -1, -1, -1, -1, -1, -1, -1]}) YIELD distance "
        "RETURN sum(distance) AS s"
    ),
    "large answer": "MATCH (a:P), (b:P) RETURN a, b",
    "lists of a large answer": "UNWIND range(1, 100000) AS x RETURN x, range(1, 1000000) AS l",
    "case of a long text": _LONG_TEXT
    + "RETURN size(reduce(u = t, x IN l | toUpper(toLower(u)))) AS s",
    "replace in a long text": (
        _LONG_TEXT
        + "RETURN size(reduce(u = t, x IN l | replace(replace(u, 'a', 'ee'), 'ee', 'a'))) AS s"
    ),
    "search in a long text": _LONG_TEXT
    + "RETURN reduce(s = 0, x IN l | s + textIndexOf(t, 'z' + x)) AS s",
    "long texts in rows": (
        _LONG_TEXT + "UNWIND range(1, 8) AS x WITH trim(t + x) AS u, l UNWIND l AS y "
        "RETURN count(u CONTAINS 'z') AS c"
    ),
    "collSort of many kinds": (
        "WITH [x IN range(1, 2000000) | CASE x % 3 WHEN 0 THEN x WHEN 1 THEN 't' + x ELSE [x] END] AS l "
        "RETURN size(reduce(u = l, x IN range(1, 100000) | collSort(reverse(u)))) AS s"
    ),
    "collSortMaps": (
        "WITH [x IN range(1, 1000000) | {k: x * 7919 % 999983}] AS l "
        "RETURN size(reduce(u = l, x IN range(1, 100000) | collSortMaps(reverse(u), {key: 'k'}))) AS s"
    ),
    "nodes of many ids": (
        "MATCH (a:P) WITH collect(id(a)) AS l UNWIND range(1, 1000000) AS x MATCH (b) WHERE id(b) IN l "
        "RETURN count(b) AS c"
    ),
}
WRITES = {
    "CREATE": "UNWIND range(1, 20000000) AS x CREATE (:Q {x: x, t: 'text ' + x})",
    "CREATE relationships": "MATCH (a:P), (b:P) CREATE (a)-[:S {w: a.n}]->(b)",
    "SET": "MATCH (a:P), (b:P), (c:P) SET a.last = b.n + c.n",
    "MERGE": "UNWIND range(1, 10000000) AS x MERGE (:M {x: x % 1000000})",
    "MERGE row by row": "MATCH (a:P), (b:P) MERGE (a)-[:T]->(:N {n: b.n})",
    "CREATE of a long list": "CREATE (:Q {l: [x IN range(1, 10000000) | x]})",
    "DELETE": "MATCH (a:P), (b:P), (c:P) DETACH DELETE a, b, c",
}
HEAVY = {**READS, **WRITES}

# How a graph of hubs is made: all leaves lead to each hub and back, and each to the next.
HUB_GRAPH = (
    "UNWIND range(0, $people - 1) AS x CREATE (:L {n: x})",
    "UNWIND [1, 2, 3] AS x CREATE (:H {n: -x})",
    "MATCH (a:L), (h:H) CREATE (a)-[:R {w: a.n % 7 + 0.5}]->(h), (h)-[:R {w: a.n % 5 + 0.5}]->(a)",
    "MATCH (a:L) WHERE a.n > 0 MATCH (b:L {n: a.n - 1}) CREATE (a)-[:R {w: 1.5}]->(b)",
)
_WEIGHTS = "edgeWeightProperty: 'w', edgeWeightType: 'double'"
# Each runs for seconds on a million leaves, and goes through whole hubs.
HUBS = {
    "closeness": (
        "MATCH (n) CALL neptune.algo.closenessCentrality(n, {numSources: 100000}) YIELD score "
        "RETURN sum(score) AS s"
    ),
    "louvain": (
        f"MATCH (n) CALL neptune.algo.louvain(n, {{{_WEIGHTS}}}) YIELD community RETURN count(*) AS c"
    ),
    "leiden": "MATCH (n) CALL neptune.algo.leiden(n) YIELD community RETURN count(*) AS c",
    "label propagation": (
        "MATCH (n) CALL neptune.algo.labelPropagation(n, {maxIterations: 1000, "
        "traversalDirection: 'both'}) YIELD community RETURN count(*) AS c"
    ),
    "ranks": (
        f"MATCH (n) CALL neptune.algo.pageRank(n, {{numOfIterations: 10000, tolerance: 0.0, {_WEIGHTS}}}) "
        "YIELD rank RETURN sum(rank) AS s"
    ),
    "similarity": (
        "MATCH (a:H), (b:H) UNWIND range(1, 100000) AS x "
        "CALL neptune.algo.jaccardSimilarity(a, b) YIELD score RETURN sum(score) AS s"
    ),
    "hops with limits": (
        "MATCH (n:H) UNWIND range(1, 100) AS x CALL neptune.algo.topksssp(n, {hopCount: 3, "
        f"perHopLimits: [-1, -1, -1], {_WEIGHTS}}}) YIELD distance RETURN sum(distance) AS s"
    ),
    "egonet": (
        "MATCH (n:H) UNWIND range(1, 100) AS x CALL neptune.algo.egonet(n, {hopCount: 2, "
        "perHopMaxNeighbor: [-1, -1], perHopEdgeWeightProperty: ['w', 'w'], "
        "edgeWeightType: 'double'}) YIELD nodeList RETURN sum(size(nodeList)) AS s"
    ),
    "triangles": "MATCH (a)-[:R]->(b)-[:R]->(c)-[:R]->(a) RETURN count(*) AS c",
    "circles of four": "MATCH (a)-[:R]->(b)-[:R]->(c)-[:R]->(d)-[:R]->(a) RETURN count(*) AS c",
    "shortest paths through hubs": (
        "MATCH (a:L), (b:L) WHERE a.n < b.n MATCH p = shortestPath((a)-[:R*]->(b)) "
        "RETURN max(length(p)) AS m"
    ),
    "list of all nodes": "UNWIND range(1, 100) AS x MATCH (a:L) RETURN x, collect(a) AS l",
}

# How a chain is made: each node leads to the next, and the last has a label of its own.
CHAIN_GRAPH = (
    "UNWIND range(0, $people - 1) AS x CREATE (:C {n: x})",
    "MATCH (a:C) WHERE a.n > 0 MATCH (b:C {n: a.n - 1}) CREATE (b)-[:R {w: 1.5}]->(a)",
    "MATCH (a:C {n: $people - 1}) SET a:Last",
)
_ENDS = "MATCH (a:C {n: 0}), (b:Last) UNWIND range(1, 20) AS x "
# Each runs for seconds on a chain of a million nodes.
CHAINS = {
    "shortest path along a chain": (
        _ENDS + "MATCH p = shortestPath((a)-[:R*]->(b)) RETURN sum(length(p)) AS s"
    ),
    "weighed path along a chain": (
        _ENDS + f"CALL neptune.algo.sssp.bellmanFord.path(a, b, {{{_WEIGHTS}}}) YIELD path "
        "RETURN sum(length(path)) AS s"
    ),
    "ends along a chain": (
        "MATCH (a:C) MATCH (a)-[:R*]->(b) RETURN count(DISTINCT b) AS c, count(DISTINCT a) AS d"
    ),
    "communities of a chain": (
        "UNWIND range(1, 20) AS x MATCH (n:C) CALL neptune.algo.louvain(n, {maxLevels: x}) "
        "YIELD community RETURN count(*) AS c"
    ),
}

# How a graph of embeddings is made; it takes some of VECTOR_DIMENSION numbers.
VECTOR_DIMENSION = 16
VECTOR_GRAPH = (
    "UNWIND range(0, $people - 1) AS x CREATE (:V {n: x})",
    (
        "MATCH (a:V) WITH a, [x IN range(1, 16) | a.n * x % 97] AS e "
        "CALL neptune.algo.vectors.upsert(a, e) YIELD success RETURN count(success) AS c"
    ),
)
_ALL_NODES = "MATCH (a:V) WITH collect(a) AS l "
_SEVEN = "[x IN range(1, 16) | 7]"
VECTORS = {
    "embeddings of nodes": (
        _ALL_NODES + "UNWIND range(1, 1000) AS x CALL neptune.algo.vectors.get(l) YIELD embedding "
        "RETURN sum(embedding[0]) AS s"
    ),
    "distances of nodes": (
        _ALL_NODES + "CALL neptune.algo.vectors.distance.byNode(l, l) YIELD distance "
        "RETURN sum(distance) AS s"
    ),
    "upsert of a list": (
        _ALL_NODES + f"UNWIND range(1, 50) AS x WITH l, {_SEVEN} AS e "
        "CALL neptune.algo.vectors.upsert(l, e) YIELD success RETURN count(success) AS c"
    ),
}
