"""The engine and the oracle write alike, whatever the options and the rules.

Method: random queries that write, one after the other on a random small graph, by four configurations of the engine, by
plans after other sets of rules, and by the oracle. After each query the rows and the whole graph are compared; a query
that fails leaves the graph as it was. What was written survives the log, folding, and a database that is closed and
opened again.
"""

from __future__ import annotations

from copy import deepcopy

from hypothesis import event, given, note, settings

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Invalid, SeaglassError, Unsupported
from seaglass.base.rng import SeededRng
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.database import Database
from seaglass.engine.graph.change_codec import decode_changes, encode_changes
from seaglass.engine.graph.check import check
from seaglass.engine.graph.fold import fold, plan_folds, with_folds
from seaglass.testkit import generated
from seaglass.testkit.files import ForgetfulFiles
from seaglass.testkit.oracle import PlainGraph
from tests.engine.exec.compare import (
    OPTIONS,
    by_engine,
    by_oracle,
    check_rows,
    made,
    rule_sets,
    state_of,
    state_of_plain,
    view_of,
)
from tests.engine.exec.tools import WorkingView

QUERIES = (
    "MATCH (n) RETURN n.x, n.z, labels(n), size([(n)-->() | 1]), size([(n)<--() | 1])",
    "MATCH (a)-[r]->(b) RETURN a, r.w, r.z, type(r), b",
    "MATCH (n:A) WHERE n.x = 1 OR n.z > 0 RETURN n, n.k",
)


def taken(history: tuple[generated.Query, ...]) -> list[generated.Query]:
    """Those that the compiler takes."""
    found = []
    for query in history:
        try:
            compile_query(query.text)
        except (Invalid, Unsupported) as refused:
            event(f"refused: {refused.kind}")
            note(f"{query.text}: {refused}")
        else:
            found.append(query)
    return found


@settings(max_examples=settings().max_examples * 2 // 3)
@given(made(generated.history), made(generated.graph), rule_sets(2))
def test_histories(history: tuple, graph: PlainGraph, others: list) -> None:
    queries = taken(history)
    ways = [(options, None) for options in OPTIONS] + [(OPTIONS[0], rules) for rules in others]
    views = [view_of(graph) for _ in ways]
    for query in queries:
        note(query.text)
        expected = by_oracle(query.whole, graph, generated.PARAMETERS)
        event("fails" if expected is None else "writes")
        wanted = state_of_plain(graph)
        for (options, rules), view in zip(ways, views, strict=True):
            note(f"{options} {rules and [rule.__name__ for rule in rules]}")
            chosen = {} if rules is None else {"rules": rules}
            found = by_engine(query.text, view, options, generated.PARAMETERS, **chosen)
            assert (found is None) == (expected is None)
            if found is not None:
                check_rows(query, found, expected)
            assert state_of(view.version) == wanted
    check(views[0].version)
    replayed = view_of(graph if not queries else PlainGraph())
    if queries:
        for change in decode_changes(encode_changes(views[0].changes)):
            replayed.apply(change)
    assert state_of(replayed.version) == state_of(views[0].version)
    folded = views[0].version
    folded = with_folds(folded, [fold(folded, place) for place in plan_folds(folded, 1)])
    check(folded)
    assert state_of(folded) == state_of(views[0].version)
    for text in QUERIES:
        expected = by_oracle(text, graph, {})
        for view in (WorkingView(folded), replayed):
            found = by_engine(text, view, OPTIONS[0], {})
            check_rows(generated.Query(text, text, (0, None), frozenset(), None), found, expected)


@settings(max_examples=settings().max_examples // 6)
@given(made(generated.history), made(generated.history), made(generated.graph))
def test_a_database_opened_again(first: tuple, second: tuple, graph: PlainGraph) -> None:
    """Half of the history, folded and saved or not; then the other half; then the graph from the log."""
    clock = ManualClock()
    files = ForgetfulFiles(clock)

    def wanted() -> object:
        nodes, edges, *following = state_of_plain(graph)
        return {key: value[2:] for key, value in nodes.items()}, edges, following

    def found(database: Database) -> object:
        nodes, edges, *following = state_of(database.graph("g").version)
        assert all(value[0] for value in nodes.values())
        return {key: value[2:] for key, value in nodes.items()}, edges, following

    start, parameters = generated.creation(graph)
    with Database.open(files=files, clock=clock, rng=SeededRng(1)) as database:
        live = database.create_graph("g")
        if graph.nodes:
            live.query(start, parameters)
        for place, query in enumerate(taken((*first, *second))):
            note(query.text)
            if place == len(first):
                live.checkpoint()
            by_oracle(query.text, graph, generated.PARAMETERS)
            try:
                live.query(query.text, deepcopy(generated.PARAMETERS)).rows()
            except SeaglassError as error:
                note(error.message)
            assert found(database) == wanted()
        # What a power loss leaves: no save at the end.
        crashed = files.after_power_loss("lost")
    for left in (files, crashed):
        with Database.open(files=left, clock=clock, rng=SeededRng(2)) as again:
            assert found(again) == wanted()
            check(again.graph("g").version)
