"""Real data: the air routes, with answers computed here in plain Python from the same files."""

from __future__ import annotations

import csv
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.engine.exec.tools import WorkingView, ran

HOME = Path(os.environ.get("SEAGLASS_DATA", Path(__file__).parents[4] / "shared" / "data"))
ROUTES = HOME / "air-routes"
pytestmark = pytest.mark.skipif(
    not ROUTES.is_dir(), reason="the air routes are not on this machine"
)

TYPES = {"int": int, "double": float, "string": str}


def table(name: str) -> list[dict[str, object]]:
    """Rows with typed values under their names, without empty cells."""
    with (ROUTES / f"air-routes-{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = []
        for line in csv.DictReader(file):
            row: dict[str, object] = {}
            for key, text in line.items():
                plain, _, kind = key.partition(":")
                if text:
                    row[plain] = TYPES[kind](text) if kind else text
            rows.append(row)
        return rows


@cache
def nodes() -> dict[str, dict[str, object]]:
    return {str(row["~id"]): row for row in table("nodes")}


@cache
def edges() -> list[dict[str, object]]:
    return table("edges")


@cache
def loaded() -> WorkingView:
    view = WorkingView()
    for label in {row["~label"] for row in nodes().values()}:
        rows = [
            {key: value for key, value in row.items() if key != "~label"}
            for row in nodes().values()
            if row["~label"] == label
        ]
        ran(
            f"UNWIND $rows AS row MERGE (n:`{label}` {{`~id`: row.`~id`}}) SET n = row",
            view,
            rows=rows,
        )
    for label in {row["~label"] for row in edges()}:
        rows = [row for row in edges() if row["~label"] == label]
        ran(
            "UNWIND $rows AS row MATCH (a {`~id`: row.`~from`}) MATCH (b {`~id`: row.`~to`}) "
            f"CREATE (a)-[r:`{label}`]->(b) SET r.dist = row.dist",
            view,
            rows=rows,
        )
    return view


def query(text: str, **parameters: object) -> list[tuple[object, ...]]:
    view = loaded()
    return ran(text, WorkingView(view.version), **parameters).rows


def code(name: object) -> object:
    return nodes()[str(name)].get("code")


def test_counts() -> None:
    labels = Counter(row["~label"] for row in nodes().values())
    assert query("MATCH (n) RETURN labels(n)[0] AS l, count(*) ORDER BY l") == sorted(
        labels.items()
    )
    types = Counter(row["~label"] for row in edges())
    assert query("MATCH ()-[r]->() RETURN type(r) AS t, count(*) ORDER BY t") == sorted(
        types.items()
    )
    assert query("MATCH (n) RETURN count(n)") == [(3_748,)]
    assert query("MATCH ()-[r]->() RETURN count(r)") == [(57_538,)]


def test_most_routes() -> None:
    degrees = Counter(code(row["~from"]) for row in edges() if row["~label"] == "route")
    expected = sorted(degrees.items(), key=lambda item: (-item[1], item[0]))[:10]
    text = (
        "MATCH (a:airport)-[:route]->() RETURN a.code AS code, count(*) AS routes "
        "ORDER BY routes DESC, code LIMIT 10"
    )
    assert query(text) == expected


def test_two_hops() -> None:
    out: dict[object, set[object]] = {}
    for row in edges():
        if row["~label"] == "route":
            out.setdefault(code(row["~from"]), set()).add(code(row["~to"]))
    reached = {last for middle in out["AUS"] for last in out.get(middle, ())}
    text = (
        "MATCH (a:airport {code: $code})-[:route]->(b)-[:route]->(c) "
        "RETURN count(DISTINCT c), count(*)"
    )
    paths = sum(len(out.get(middle, ())) for middle in out["AUS"])
    assert query(text, code="AUS") == [(len(reached), paths)]


def test_distances() -> None:
    routes = [row for row in edges() if row["~label"] == "route"]
    longest = sorted((-row["dist"], code(row["~from"]), code(row["~to"])) for row in routes)[:5]
    text = (
        "MATCH (a)-[r:route]->(b) RETURN r.dist AS d, a.code AS x, b.code AS y "
        "ORDER BY d DESC, x, y LIMIT 5"
    )
    assert query(text) == [(-dist, one, two) for dist, one, two in longest]
    total = sum(int(row["dist"]) for row in routes)
    assert query("MATCH ()-[r:route]->() RETURN sum(r.dist), avg(r.dist)") == [
        (total, total / len(routes))
    ]


def test_filters_and_groups() -> None:
    airports = [row for row in nodes().values() if row["~label"] == "airport"]
    high = sorted(
        str(row["code"]) for row in airports if row["elev"] > 8_000 and row["runways"] > 1
    )
    text = "MATCH (a:airport) WHERE a.elev > 8000 AND a.runways > 1 RETURN a.code ORDER BY a.code"
    assert [name for (name,) in query(text)] == high
    countries = Counter(str(row["country"]) for row in airports if "Inter" in str(row["desc"]))
    text = (
        "MATCH (a:airport) WHERE a.desc CONTAINS 'Inter' "
        "RETURN a.country AS c, count(*) AS n ORDER BY n DESC, c LIMIT 7"
    )
    assert query(text) == sorted(countries.items(), key=lambda item: (-item[1], item[0]))[:7]


def test_triangles_of_one_country() -> None:
    inside = {
        (row["~from"], row["~to"])
        for row in edges()
        if row["~label"] == "route"
        and nodes()[str(row["~from"])]["country"] == "NZ"
        and nodes()[str(row["~to"])]["country"] == "NZ"
    }
    following: dict[object, list[object]] = {}
    for start, end in inside:
        following.setdefault(start, []).append(end)
    triangles = sum(
        (last, start) in inside for start, second in inside for last in following.get(second, [])
    )
    text = (
        "MATCH (a {country: 'NZ'})-[:route]->(b {country: 'NZ'})-[:route]->(c {country: 'NZ'}), "
        "(c)-[:route]->(a) RETURN count(*)"
    )
    assert query(text) == [(triangles,)]
