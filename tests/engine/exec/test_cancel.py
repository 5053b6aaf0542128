"""Whatever a query does, it ends soon after it is cancelled or past its time, and leaves nothing.

Method: queries that would run for minutes or hours, one for each kind of work; each is read in a
thread and cancelled after a moment. How soon it ends is measured by `benchmarks/cancel.py`; the
bound here only tells ending from not ending, on a busy machine.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Interrupted, SeaglassError
from seaglass.engine.database import Database
from seaglass.testkit.heavy import (
    CHAIN_GRAPH,
    CHAINS,
    GRAPH,
    HEAVY,
    HUB_GRAPH,
    HUBS,
    READS,
    VECTOR_DIMENSION,
    VECTOR_GRAPH,
    VECTORS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.live_graph import Graph

MOMENT_SECONDS = 0.15
END_SECONDS_MAX = 60


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    with Database.open(None) as database:
        graph = database.create_graph("heavy")
        for text in GRAPH:
            graph.query(text, {"people": 3_000})
        yield graph


def read(graph: Graph, text: str, ended: list[SeaglassError | None], **options: int) -> None:
    try:
        for _ in graph.query(text, query_id="heavy", **options).json():  # type: ignore[arg-type]
            pass
        ended.append(None)
    except SeaglassError as error:
        ended.append(error)


def ending(graph: Graph, text: str, *, cancel: bool, **options: int) -> SeaglassError | None:
    """How the query ended."""
    ended: list[SeaglassError | None] = []
    before = graph.version
    thread = threading.Thread(target=read, args=(graph, text, ended), kwargs=options, daemon=True)
    thread.start()
    if cancel:
        # Once it has begun, and then some.
        while not graph.queries() and thread.is_alive():
            thread.join(0.01)
        thread.join(MOMENT_SECONDS)
        assert thread.is_alive(), f"it has ended by itself: {ended}"
        graph.cancel("heavy")
    thread.join(END_SECONDS_MAX)
    assert not thread.is_alive(), "it goes on"
    assert graph.queries() == [], "it is still in the table"
    assert graph._running._shared[1].granted_bytes == 0, "it holds memory"
    assert graph.version is before, "it has changed the graph"
    return ended[0]


@pytest.mark.parametrize("name", HEAVY)
def test_a_cancelled_query_ends(graph: Graph, name: str) -> None:
    error = ending(graph, HEAVY[name], cancel=True)
    assert isinstance(error, Interrupted)
    assert error.kind == "cancelled"


@pytest.fixture(scope="module")
def hubs() -> Iterator[Graph]:
    with Database.open(None) as database:
        graph = database.create_graph("hubs")
        for text in HUB_GRAPH:
            graph.query(text, {"people": 200})
        yield graph


@pytest.mark.parametrize("name", HUBS)
def test_queries_about_hubs_are_right_ones(hubs: Graph, name: str) -> None:
    assert hubs.query(HUBS[name]).rows()


@pytest.fixture(scope="module")
def others() -> Iterator[Graph]:
    with Database.open(None) as database:
        graph = database.create_graph("others", vector_dimension=VECTOR_DIMENSION)
        for text in (*CHAIN_GRAPH, *VECTOR_GRAPH):
            graph.query(text, {"people": 200})
        yield graph


@pytest.mark.parametrize("text", [*CHAINS.values(), *VECTORS.values()])
def test_queries_about_chains_and_embeddings_are_right_ones(others: Graph, text: str) -> None:
    assert others.query(text).rows()


@pytest.mark.parametrize("name", ["cartesian product", "ORDER BY numbers", "reduce", "SET"])
def test_a_query_ends_when_its_time_is_over(graph: Graph, name: str) -> None:
    error = ending(graph, HEAVY[name], cancel=False, timeout_ms=100)
    assert isinstance(error, Interrupted)
    assert error.kind == "timeout"


def test_a_query_that_is_cancelled_while_it_is_rendered_leaves_the_table(graph: Graph) -> None:
    pieces = graph.query(READS["large answer"], query_id="slow").json()
    next(pieces)
    graph.cancel("slow")
    with pytest.raises(Interrupted) as caught:
        for _ in pieces:
            pass
    # The error has the frames of the call stack, and they have the query.
    assert caught.value.kind == "cancelled"
    assert graph.queries() == []
