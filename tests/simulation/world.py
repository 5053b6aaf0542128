"""A database on a disk that fails, and a model of what it may hold.

Every operation of the library that keeps or removes data, on graphs whose whole content is a set of
numbered items with values. The model knows of each graph and snapshot whether it must, may or must
not be there, and which states it may be in: one, or, after an operation that failed, the state before
and the one after.

    open    a new process: after a close, a kill, or a power loss
    arm     the n-th operation on files from now on fails, once or for ever

Whatever is done, `check` must hold: everything acknowledged is there, nothing that was never asked
for, and every invariant of every version.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Exhausted, NotFound, Unavailable
from seaglass.base.limits import GC_GRACE_MS
from seaglass.base.rng import SeededRng
from seaglass.engine.database import Database
from seaglass.engine.graph.check import check as check_version
from seaglass.engine.graph.fold import fold, plan_folds, with_folds
from seaglass.testkit.files import NO_FAULT, Fault, FaultyFiles, ForgetfulFiles
from tests.engine.items import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.live_graph import Graph
    from seaglass.engine.queries import Queries

State: TypeAlias = frozenset[tuple[int, int]]
EMPTY: State = frozenset()

How = Literal["before", "torn", "after"]
End = Literal["close", "kill", "lost", "torn", "kept", "chance"]

# What a failing disk may be told as. Anything else is a bug.
EXPECTED = (Unavailable, Exhausted)


@dataclass
class Thing:
    """A graph or a snapshot in the model."""

    states: set[State]
    certain: bool = True


@dataclass
class World:
    """The database and its model. Names are small numbers, so that they meet often."""

    seed: int
    clock: ManualClock = field(default_factory=ManualClock)
    graphs: dict[str, Thing] = field(default_factory=dict)
    snapshots: dict[str, Thing] = field(default_factory=dict)
    opened: int = 0
    failures: int = 0

    def __post_init__(self) -> None:
        self.disk = ForgetfulFiles(self.clock)
        self.chance = Random(self.seed)
        self._open()

    # What happens to the process and its disk

    def arm(self, after: int, how: How, *, forever: bool) -> None:
        self.files._fault = Fault(self.files.count + after, how, forever=forever)

    def disarm(self) -> None:
        self.files._fault = NO_FAULT

    def end(self, how: End) -> None:
        """End the process, and begin the next one on what the disk still has."""
        if how == "close":
            self._attempt(self.database.close)
            self.disarm()
            # A close that failed leaves locks of graphs behind, which end with the process.
            self.disk = self.disk.after_kill()
        elif how == "kill":
            self.disk = self.disk.after_kill()
        else:
            self.disk = self.disk.after_power_loss(self.chance if how == "chance" else how)
        self._open()
        self.check()

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # What people do

    def create(self, graph: str) -> None:
        self._make(self.graphs, graph, {EMPTY}, lambda: self.database.create_graph(graph))

    def write(self, graph: str, first: int, count: int, value: int) -> None:
        """Gives `count` items from `first` on a value; those that are not there are made."""
        items = dict.fromkeys(range(first, first + count), value)
        text = (
            "UNWIND $numbers AS n MERGE (i:Item {`~id`: 'i' + toString(n)}) "
            "SET i.n = n, i.value = $value "
            "MERGE (hub:Hub {`~id`: 'hub'}) MERGE (i)-[:OF]->(hub)"
        )
        self._change(
            graph,
            lambda state: frozenset({**dict(state), **items}.items()),
            lambda found: found.query(text, {"numbers": list(items), "value": value}).close(),
        )

    def erase(self, graph: str, first: int, count: int) -> None:
        numbers = range(first, first + count)
        text = "MATCH (i:Item) WHERE i.n IN $numbers DETACH DELETE i"
        self._change(
            graph,
            lambda state: frozenset(item for item in state if item[0] not in numbers),
            lambda found: found.query(text, {"numbers": list(numbers)}).close(),
        )

    def load(self, graph: str, first: int, count: int) -> None:
        """Loads new items in bulk; refused where one of them is there."""
        numbers = range(first, first + count)
        nodes = {
            "~id": [f"i{number}" for number in numbers],
            "~label": ["Item"] * count,
            "n": np.array(numbers, np.int64),
            "value": np.zeros(count, np.int64),
        }
        edges = {
            "~from": [f"i{number}" for number in numbers],
            "~to": ["hub"] * count,
            "~label": ["OF"] * count,
        }

        def loaded(found: Graph) -> None:
            found.query("MERGE (:Hub {`~id`: 'hub'})").close()
            found.load(nodes, edges)

        state = self._now(graph)
        if state is not None and not any(n in numbers for n, _ in state):
            added = frozenset((number, 0) for number in numbers)
            self._change(graph, lambda state: state | added, loaded)

    def reset(self, graph: str) -> None:
        self._change(graph, lambda _: EMPTY, lambda found: found.reset())

    def fold(self, graph: str) -> None:
        """What the background thread does, however small the patches are."""

        def folded(found: Graph) -> None:
            writer = found._writer
            version = writer.current.version
            folds = [fold(version, place) for place in plan_folds(version, 1)]
            if folds:
                with writer.locked(lambda: None) as head:
                    writer.refresh(with_folds(head, folds))

        self._keep(graph, folded)

    def checkpoint(self, graph: str) -> None:
        self._keep(graph, lambda found: found.checkpoint())

    def snapshot(self, graph: str, name: str) -> None:
        found, state = self._graph(graph), self._now(graph)
        if found is not None and state is not None:
            self._make(self.snapshots, name, {state}, lambda: found.snapshot(name))

    def restore(self, snapshot: str, graph: str) -> None:
        thing = self.snapshots.get(snapshot)
        if thing is not None and self._there(thing, snapshot, self.database.snapshot):
            restored = lambda: self.database.restore(snapshot, graph)  # noqa: E731
            self._make(self.graphs, graph, set(thing.states), restored)

    def clone(self, graph: str, name: str) -> None:
        state = self._now(graph)
        if state is not None:
            cloned = lambda: self.database.clone(graph, name)  # noqa: E731
            self._make(self.graphs, name, {state}, cloned)

    def delete_graph(self, graph: str) -> None:
        self._remove(self.graphs, graph, lambda: self.database.delete_graph(graph))

    def delete_snapshot(self, name: str) -> None:
        self._remove(self.snapshots, name, lambda: self.database.delete_snapshot(name))

    def collect(self) -> None:
        self._attempt(lambda: self.database.sweep(self.database.plan_gc()))

    def collect_later(self) -> None:
        self.clock.advance(GC_GRACE_MS / 1000 + 1)
        self.collect()

    def set_clock(self, hours: int) -> None:
        """The time of day is corrected, or set wrong."""
        self.clock.set_now(self.clock.now() + hours * 3_600)

    # What must hold

    def check(self) -> None:
        """Compare everything with the model, with a disk that works; what may be becomes what is."""
        armed, self.files._fault = self.files._fault, NO_FAULT
        names = {ref.name for ref in self.database.graphs()}
        self._check_names("graph", self.graphs, names)
        for name, thing in self.graphs.items():
            graph = self.database.graph(name)
            check_version(graph.version)
            thing.states = {self._checked(f"graph {name}", thing, graph)}
        names = {ref.name for ref in self.database.snapshots()}
        self._check_names("snapshot", self.snapshots, names)
        for name, thing in self.snapshots.items():
            report = self.database.verify(name)
            assert report.ok, report
            with self.database.frozen(name) as frozen:
                thing.states = {self._checked(f"snapshot {name}", thing, frozen)}
        self.files._fault = armed

    def _check_names(self, noun: str, model: dict[str, Thing], names: set[str]) -> None:
        strangers = names - model.keys()
        assert not strangers, f"nobody asked for the {noun}s {strangers}"
        for name in [name for name, thing in model.items() if name not in names]:
            assert not model[name].certain, f"the {noun} {name} is lost"
            del model[name]
        for thing in model.values():
            thing.certain = True

    def _checked(self, what: str, thing: Thing, found: Queries) -> State:
        state = read(found)
        assert state in thing.states, f"{what} holds {state}, and may hold {thing.states}"
        return state

    # The steps

    def _open(self) -> None:
        self.opened += 1
        self.files = FaultyFiles(self.disk, NO_FAULT)
        rng = SeededRng(self.seed * 1_000 + self.opened)
        self.database = Database.open(ROOT, files=self.files, clock=self.clock, rng=rng)

    def _attempt(self, act: Callable[[], object]) -> bool:
        """Do something; False when the disk failed under it. Nothing else may go wrong.

        A graph whose log has failed says so until it is opened again, so it is enough that the disk
        has failed at some time.
        """
        with suppress(*EXPECTED):
            act()
            return True
        self.failures += 1
        assert self.files.failed, "an operation failed, and the disk did not"
        return False

    def _graph(self, name: str) -> Graph | None:
        """The graph, if it is there and can be opened."""
        thing = self.graphs.get(name)
        if thing is None or not self._there(thing, name, self.database.graph):
            return None
        found: list[Graph] = []
        if not self._attempt(lambda: found.append(self.database.graph(name))):
            return None
        return found[0]

    def _there(self, thing: Thing, name: str, find: Callable[[str], object]) -> bool:
        try:
            return self._attempt(lambda: find(name))
        except NotFound:
            assert not thing.certain, f"{name} is lost"
            return False

    def _make(
        self, things: dict[str, Thing], name: str, states: set[State], act: Callable[[], object]
    ) -> None:
        if name in things:
            return
        done = self._attempt(act)
        things[name] = Thing(states, certain=done)

    def _remove(self, things: dict[str, Thing], name: str, act: Callable[[], object]) -> None:
        thing = things.get(name)
        if thing is None:
            return
        try:
            done = self._attempt(act)
        except NotFound:
            assert not thing.certain, f"{name} is lost"
            done = True
        if done:
            del things[name]
        else:
            thing.certain = False

    def _keep(self, name: str, act: Callable[[Graph], object]) -> None:
        """Do what changes no content; a write that failed before may still turn out to be there."""
        graph = self._graph(name)
        if graph is not None:
            self._attempt(lambda: act(graph))

    def _now(self, name: str) -> State | None:
        """What a graph holds; None where there is none, or a fault keeps it from being read."""
        graph = self._graph(name)
        states: list[State] = []
        if graph is not None:
            self._attempt(lambda: states.append(read(graph)))
        return states[0] if states else None

    def _change(
        self, name: str, after: Callable[[State], State], act: Callable[[Graph], object]
    ) -> None:
        graph, now = self._graph(name), self._now(name)
        if graph is None or now is None:
            return
        thing = self.graphs[name]
        assert now in thing.states, f"graph {name} holds {now}, and may hold {thing.states}"
        if self._attempt(lambda: act(graph)):
            thing.states = {after(now)}
        else:
            thing.states = thing.states | {now, after(now)}


def read(graph: Queries) -> State:
    """The items of a graph; fails where its relationships do not agree with its nodes."""
    rows = graph.query(
        "MATCH (i:Item) OPTIONAL MATCH (i)-[r:OF]->(:Hub) RETURN i.n AS n, i.value AS v, count(r) AS rs"
    ).rows()
    assert all(row["rs"] == 1 for row in rows), rows
    return frozenset((row["n"], row["v"]) for row in rows)
