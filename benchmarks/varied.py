"""Questions of many sorts to a graph with several labels: what does each take of the processor?

    python -m benchmarks.varied FOLDER                                       # makes the graph there, asks seaglass
    .bench/ladybug/bin/python -m benchmarks.varied FOLDER --engine ladybug   # the same graph
    .bench/kglite/bin/python -m benchmarks.varied FOLDER --engine kglite

100,000 people who know people, live in cities, write and like 200,000 posts; everything seeded. Each question is
asked once to warm up and five times more; a line has its median of processor time until all rows are in Python, as
dicts from seaglass and kglite, as lists from ladybug; and a digest of its rows in any order, to be compared by eye.
An engine that refuses a text says so.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ask = Callable[[str], list[Any]]

SEED = 7
PEOPLE, POSTS, CITIES, LIKES = 100_000, 200_000, 500, 1_000_000
NODES = {
    "Person": "id INT64, name STRING, age INT64, score DOUBLE, born DATE",
    "City": "id INT64, name STRING, country STRING",
    "Post": "id INT64, title STRING, length INT64, created TIMESTAMP",
}
EDGES = {
    "KNOWS": ("Person", "Person"),
    "LIVES_IN": ("Person", "City"),
    "LIKES": ("Person", "Post"),
}
SYLLABLES = np.array(
    ["an", "bo", "cy", "da", "el", "fi", "go", "ha", "io", "ju", "ka", "lu", "mi", "no"]
)
WORDS = np.array(
    [
        "graph",
        "data",
        "fast",
        "slow",
        "query",
        "index",
        "join",
        "path",
        "node",
        "edge",
        "label",
        "type",
        "the",
        "of",
        "and",
    ]
)

# Name, text, and ladybug's text where it is another.
QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("year, group by", "MATCH (p:Person) RETURN p.born.year AS y, count(*)",
     "MATCH (p:Person) RETURN date_part('year', p.born) AS y, count(*)"),
    ("truncate to months", "MATCH (o:Post) RETURN toString(date.truncate('month', o.created)) AS m, count(*)",
     "MATCH (o:Post) RETURN CAST(CAST(date_trunc('month', o.created), 'DATE'), 'STRING') AS m, count(*)"),
    ("date + duration", "MATCH (p:Person) WHERE p.born + duration({years: 18}) > date('2020-01-01') RETURN count(*)",
     "MATCH (p:Person) WHERE p.born + INTERVAL('18 years') > date('2020-01-01') RETURN count(*)"),
    ("days between", "MATCH (p:Person) RETURN max(duration.inDays(p.born, date('2024-01-01')).days) AS d",
     "MATCH (p:Person) RETURN max(date('2024-01-01') - p.born) AS d"),
    ("ORDER BY datetime, top 10", "MATCH (o:Post) RETURN o.id ORDER BY o.created DESC, o.id LIMIT 10", ""),
    ("labels, count", "MATCH (n) RETURN labels(n)[0] AS l, count(*)", "MATCH (n) RETURN label(n) AS l, count(*)"),
    ("types, count", "MATCH ()-[r]->() RETURN type(r) AS t, count(*)",
     "MATCH ()-[r]->() RETURN label(r) AS t, count(*)"),
    ("toUpper", "MATCH (p:Person) WHERE toUpper(p.name) = 'ANBOCY' RETURN count(*)",
     "MATCH (p:Person) WHERE upper(p.name) = 'ANBOCY' RETURN count(*)"),
    ("substring, group by", "MATCH (p:Person) RETURN substring(p.name, 0, 2) AS k, count(*)",
     "MATCH (p:Person) RETURN substring(p.name, 1, 2) AS k, count(*)"),
    ("replace", "MATCH (o:Post) WHERE replace(o.title, 'graph', 'tree') STARTS WITH 'tree' RETURN count(*)", ""),
    ("split, UNWIND", "MATCH (o:Post) UNWIND split(o.title, ' ') AS w RETURN w, count(*)",
     "MATCH (o:Post) UNWIND string_split(o.title, ' ') AS w RETURN w, count(*)"),
    ("percentiles, stDev", "MATCH (p:Person) RETURN percentileCont(p.score, 0.5), stDev(p.score)", ""),
    ("three ids by OR", "MATCH (p:Person) WHERE p.id = 5 OR p.id = 9 OR p.id = 70000 RETURN p.name", ""),
    ("collect, UNWIND", ("MATCH (p:Person)-[:LIVES_IN]->(c:City) WITH c, collect(p) AS ps UNWIND ps AS x "
     "RETURN c.country, avg(x.age)"), ""),
    ("best 3 of each group", ("MATCH (p:Person)-[:LIVES_IN]->(c:City) WITH c, p ORDER BY p.score DESC, p.id "
     "WITH c, collect(p.id)[0..3] AS t RETURN c.id, t"),
     ("MATCH (p:Person)-[:LIVES_IN]->(c:City) WITH c, p ORDER BY p.score DESC, p.id "
     "WITH c, collect(p.id)[1:3] AS t RETURN c.id, t")),
    ("filter at both ends", ("MATCH (p:Person)-[l:LIKES]->(o:Post) WHERE p.age < 20 AND o.length < 100 "
     "AND l.year = 2020 RETURN count(*)"), ""),
    ("NOT EXISTS", ("MATCH (p:Person) WHERE NOT EXISTS {MATCH (p)-[:LIKES]->(o:Post) WHERE o.length < 100} "
     "RETURN count(*)"), ""),
    ("people as they are", "MATCH (p:Person) WHERE p.age < 20 RETURN p", ""),
    ("likes as they are", "MATCH (:Person)-[l:LIKES]->() WHERE l.year = 2012 RETURN l", ""),
    ("three properties of all", "MATCH (p:Person) RETURN p.id, p.name, p.age", ""),
    ("maps of all", "MATCH (p:Person) RETURN {id: p.id, name: p.name} AS m", ""),
    ("keys, count", "MATCH (n) UNWIND keys(n) AS k RETURN k, count(*)", ""),
    ("names of each city", "MATCH (p:Person)-[:LIVES_IN]->(c:City) RETURN c.id, size(collect(p.name))", ""),
    ("list comprehension", ("MATCH (o:Post) "
     "RETURN sum(size([w IN split(o.title, ' ') WHERE w STARTS WITH 'g']))"),
     ("MATCH (o:Post) "
      "RETURN sum(size(list_filter(string_split(o.title, ' '), w -> w STARTS WITH 'g')))")),
    ("IN split", "MATCH (o:Post) WHERE 'graph' IN split(o.title, ' ') RETURN count(*)",
     "MATCH (o:Post) WHERE list_contains(string_split(o.title, ' '), 'graph') RETURN count(*)"),
    ("IN 100,000 integers", "MATCH (p:Person) WHERE p.id IN $ids RETURN count(*)", ""),
    ("IN 100,000 texts", "MATCH (c:City) WHERE c.name IN $names RETURN count(*)", ""),
    ("sum of CASE", "MATCH (p:Person) RETURN sum(CASE WHEN p.age < 18 THEN 1 ELSE 0 END), avg(p.score)", ""),
    ("text of a number", "MATCH (p:Person) RETURN p.name + ' ' + toString(p.age) AS t",
     "MATCH (p:Person) RETURN p.name + ' ' + CAST(p.age, 'STRING') AS t"),
    ("CASE, group by", ("MATCH (p:Person) RETURN CASE WHEN p.age < 18 THEN 'child' WHEN p.age < 65 THEN 'adult' "
     "ELSE 'old' END AS g, count(*)"), ""),
    ("label, type, label", "MATCH (a)-[r]->(b) RETURN DISTINCT labels(a)[0] AS s, type(r) AS t, labels(b)[0] AS e",
     "MATCH (a)-[r]->(b) RETURN DISTINCT label(a) AS s, label(r) AS t, label(b) AS e"),
    ("ORDER BY text, top 10", "MATCH (o:Post) RETURN o.id ORDER BY o.title, o.id LIMIT 10", ""),
    ("liked with what one likes", ("MATCH (p:Person {id: 500})-[:LIKES]->(o:Post)<-[:LIKES]-(q:Person)"
     "-[:LIKES]->(r:Post) WHERE NOT (p)-[:LIKES]->(r) RETURN r.id, count(*) AS c ORDER BY c DESC, r.id LIMIT 10"), ""),
    ("triangles of some", ("MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person)-[:KNOWS]->(a) WHERE a.age = 33 "
     "RETURN count(*)"), ""),
    ("page 2,500 of names", "MATCH (p:Person) RETURN p.id, p.name ORDER BY p.name, p.id SKIP 50000 LIMIT 20", ""),
    ("posts of a month", ("MATCH (o:Post) WHERE o.created >= localdatetime('2019-03-01T00:00') "
     "AND o.created < localdatetime('2019-04-01T00:00') RETURN count(*), avg(o.length)"),
     ("MATCH (o:Post) WHERE o.created >= timestamp('2019-03-01 00:00:00') "
      "AND o.created < timestamp('2019-04-01 00:00:00') RETURN count(*), avg(o.length)")),
    ("steps in a bad order", ("MATCH (c:City {id: 3}), (o:Post {id: 40}), (c)<-[:LIVES_IN]-(p:Person), "
     "(o)<-[:LIKES]-(q:Person), (p)-[:KNOWS]->(q) RETURN count(*)"), ""),
    # These write; from here on a tenth of the people have changed.
    ("SET 10,000", "UNWIND $rows AS r MATCH (p:Person {id: r.id}) SET p.age = r.age", ""),
    ("MERGE 10,000 that are there", "UNWIND $rows AS r MERGE (p:Person {id: r.id}) ON MATCH SET p.age = r.age", ""),
    ("group by, after writes", "MATCH (p:Person) RETURN p.age, count(*), avg(p.score)", ""),
    ("two hops, after writes", ("MATCH (:Person {id: 5})-[:KNOWS]->()-[:KNOWS]->(q:Person) "
     "RETURN count(DISTINCT q)"), ""),
)  # fmt: skip
GIVEN: dict[str, Any] = {
    "ids": list(range(0, 2 * PEOPLE, 2)),
    "names": [f"City {number}" for number in range(PEOPLE)],
    "rows": [{"id": number, "age": number % 90} for number in range(0, PEOPLE, 10)],
}


def given_to(text: str) -> dict[str, Any]:
    """The parameters that a question asks for."""
    return {name: value for name, value in GIVEN.items() if f"${name}" in text}


def make(folder: Path) -> None:
    """The graph, as a Parquet file for each label and type."""
    rng = np.random.default_rng(SEED)

    def popular(count: int, size: int) -> NDArray[np.int64]:
        return (count * rng.random(size) ** 3).astype(np.int64)

    name = SYLLABLES[rng.integers(0, len(SYLLABLES), (3, PEOPLE))]
    title = WORDS[rng.integers(0, len(WORDS), (4, POSTS))]
    tables: dict[str, dict[str, Any]] = {
        "Person": {
            "id": np.arange(PEOPLE),
            "name": np.strings.add(np.strings.add(name[0], name[1]), name[2]),
            "age": rng.integers(0, 100, PEOPLE),
            "score": np.round(rng.normal(50, 15, PEOPLE), 3),
            "born": pa.array(rng.integers(-10_000, 14_000, PEOPLE).astype(np.int32), pa.date32()),
        },
        "City": {
            "id": np.arange(CITIES),
            "name": [f"City {number}" for number in range(CITIES)],
            "country": [f"Country {number % 40}" for number in range(CITIES)],
        },
        "Post": {
            "id": np.arange(POSTS),
            "title": [" ".join(words) for words in title.T.tolist()],
            "length": rng.integers(10, 2000, POSTS),
            "created": pa.array(
                (1_500_000_000 + rng.integers(0, 200_000_000, POSTS)) * 1_000_000,
                pa.timestamp("us"),
            ),
        },
        "LIVES_IN": {"source": np.arange(PEOPLE), "target": popular(CITIES, PEOPLE)},
    }
    for kind, ends, key in (("KNOWS", PEOPLE, "since"), ("LIKES", POSTS, "year")):
        source, target = popular(PEOPLE, LIKES), popular(ends, LIKES)
        _, first = np.unique(source * ends + target, return_index=True)
        years = rng.integers(2010, 2025, len(first))
        tables[kind] = {"source": source[first], "target": target[first], key: years}
    for stem, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{stem}.parquet")


def seaglass(folder: Path) -> Ask:
    library = importlib.import_module("seaglass")
    graph = library.open().create_graph("varied")
    for label in NODES:
        table = pq.ParquetFile(folder / f"{label}.parquet").read()
        ids = pa.array(
            [f"{label}{number}" for number in table["id"].to_pylist()], pa.large_string()
        )
        graph.load(
            nodes=table.append_column("~id", ids).append_column("~label", named(table, label))
        )
    for kind, ends in EDGES.items():
        table = pq.ParquetFile(folder / f"{kind}.parquet").read()
        columns = {name: table[name] for name in table.column_names[2:]}
        for column, key, label in zip(("~from", "~to"), ("source", "target"), ends, strict=True):
            columns[column] = pa.array(
                [f"{label}{number}" for number in table[key].to_pylist()], pa.large_string()
            )
        graph.load(edges=pa.table({**columns, "~label": named(table, kind)}))
    return lambda text: graph.query(text, given_to(text)).rows()


def named(table: pa.Table, name: str) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(np.zeros(table.num_rows, np.int32), [name])


def ladybug(folder: Path) -> Ask:
    library = importlib.import_module("ladybug")
    connection = library.Connection(library.Database(":memory:"), num_threads=2)
    for label, columns in NODES.items():
        connection.execute(f"CREATE NODE TABLE {label}({columns}, PRIMARY KEY(id))")
    for kind, (source, target) in EDGES.items():
        key = {"KNOWS": ", since INT64", "LIKES": ", year INT64"}.get(kind, "")
        connection.execute(f"CREATE REL TABLE {kind}(FROM {source} TO {target}{key})")
    for stem in (*NODES, *EDGES):
        connection.execute(f"COPY {stem} FROM '{folder / stem}.parquet'")

    return lambda text: connection.execute(text, given_to(text)).get_all()


def kglite(folder: Path) -> Ask:
    library = importlib.import_module("kglite")
    graph = library.KnowledgeGraph()
    for label in NODES:
        frame = pq.read_table(folder / f"{label}.parquet").to_pandas()
        graph.add_nodes(frame, label, "id", "title" if label == "Post" else "name")
    for kind, (source, target) in EDGES.items():
        frame = pq.read_table(folder / f"{kind}.parquet").to_pandas()
        ends = (source, "source", target, "target")
        graph.add_relationships(frame, kind, *ends, columns=list(frame.columns[2:]))
    return lambda text: graph.cypher(text, params=given_to(text)).to_list()


def digest(rows: list[Any]) -> str:
    lists = [list(row.values()) if isinstance(row, dict) else row for row in rows]
    shown = sorted(
        repr([f"{v:.6g}" if isinstance(v, float) else str(v) for v in row]) for row in lists
    )
    return f"{len(rows)} rows, {hashlib.sha256(repr(shown).encode()).hexdigest()[:8]}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=("seaglass", "ladybug", "kglite"), default="seaglass")
    given = parser.parse_args()
    if not (given.folder / "Person.parquet").exists():
        given.folder.mkdir(parents=True, exist_ok=True)
        make(given.folder)
    ask: Ask = globals()[given.engine](given.folder)
    for name, text, other in QUESTIONS:
        if given.engine == "ladybug" and other:
            text = other
        try:
            answer = digest(ask(text))
            taken = []
            for _ in range(5):
                began = time.process_time()
                rows = ask(text)
                taken.append(time.process_time() - began)
                del rows
        except Exception as refused:
            print(f"{name:<28} {str(refused).splitlines()[0][:80]}", flush=True)
            continue
        print(f"{name:<28} {statistics.median(taken) * 1000:9.2f} ms  {answer}", flush=True)


if __name__ == "__main__":
    main()
