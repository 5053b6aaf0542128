"""Goal: whatever people do, whenever the disk fails and the process ends, nothing acknowledged is
lost, nothing appears that nobody asked for, and nothing is left half-done.

Method: Hypothesis drives `World` through random operations, faults, kills and power losses; the
canaries are bugs planted on purpose, which must be found. `make soak` runs many more examples.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from seaglass.base import limits
from seaglass.base.errors import SeaglassError
from seaglass.engine.snapshot.gc import Reach
from seaglass.engine.snapshot.refs import Naming
from seaglass.storage.objects.local import LocalObjects
from seaglass.storage.wal.log import Log
from tests.simulation.world import End, How, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

GRAPHS = st.sampled_from(["a", "b", "c"])
SNAPSHOTS = st.sampled_from(["x", "y", "z"])
NUMBERS = st.integers(0, 12)
COUNTS = st.integers(1, 6)

EXAMPLES = int(os.environ.get("SEAGLASS_SOAK_EXAMPLES", "25"))


class Simulation(RuleBasedStateMachine):
    """Rules in the order of a day: most days something is written."""

    @initialize(seed=st.integers(0, 2**20))
    def begin(self, seed: int) -> None:
        self.world = World(seed)
        self.world.create("a")

    @rule(graph=GRAPHS)
    def create(self, graph: str) -> None:
        self.world.create(graph)

    @rule(graph=GRAPHS, first=NUMBERS, count=COUNTS, value=st.integers(0, 3))
    def write(self, graph: str, first: int, count: int, value: int) -> None:
        self.world.write(graph, first, count, value)

    @rule(graph=GRAPHS, first=NUMBERS, value=st.integers(0, 3))
    def write_one(self, graph: str, first: int, value: int) -> None:
        self.world.write(graph, first, 1, value)

    @rule(graph=GRAPHS, first=NUMBERS, count=COUNTS)
    def erase(self, graph: str, first: int, count: int) -> None:
        self.world.erase(graph, first, count)

    @rule(graph=GRAPHS, first=NUMBERS, count=COUNTS)
    def load(self, graph: str, first: int, count: int) -> None:
        self.world.load(graph, first, count)

    @rule(graph=GRAPHS)
    def reset(self, graph: str) -> None:
        self.world.reset(graph)

    @rule(graph=GRAPHS)
    def fold(self, graph: str) -> None:
        self.world.fold(graph)

    @rule(graph=GRAPHS)
    def checkpoint(self, graph: str) -> None:
        self.world.checkpoint(graph)

    @rule(graph=GRAPHS, name=SNAPSHOTS)
    def snapshot(self, graph: str, name: str) -> None:
        self.world.snapshot(graph, name)

    @rule(name=SNAPSHOTS, graph=GRAPHS)
    def restore(self, name: str, graph: str) -> None:
        self.world.restore(name, graph)

    @rule(graph=GRAPHS, name=GRAPHS)
    def clone(self, graph: str, name: str) -> None:
        self.world.clone(graph, name)

    @rule(graph=GRAPHS)
    def delete_graph(self, graph: str) -> None:
        self.world.delete_graph(graph)

    @rule(name=SNAPSHOTS)
    def delete_snapshot(self, name: str) -> None:
        self.world.delete_snapshot(name)

    @rule()
    def collect(self) -> None:
        self.world.collect()

    @rule(hours=st.integers(-5, 5))
    def set_clock(self, hours: int) -> None:
        self.world.set_clock(hours)

    @rule()
    def collect_later(self) -> None:
        self.world.collect_later()

    @rule(after=st.integers(1, 40), how=st.sampled_from(get_args(How)), forever=st.booleans())
    def arm(self, after: int, how: How, forever: bool) -> None:
        self.world.arm(after, how, forever=forever)

    @rule()
    def disarm(self) -> None:
        self.world.disarm()

    @rule(how=st.sampled_from(get_args(End)))
    def end(self, how: End) -> None:
        self.world.end(how)

    def teardown(self) -> None:
        world = getattr(self, "world", None)
        if world is not None:
            world.end("chance")
            world.end("close")
            world.database.close()


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few items are in several groups."""
    monkeypatch.setattr(limits, "GROUP_ROWS", 8)
    # Some objects are files, and some are in bundles.
    monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", 2_000)


def simulate(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Simulation,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            database=None,
        ),
    )


def test_nothing_is_lost() -> None:
    simulate(EXAMPLES, 40)


def acknowledge_what_is_not_durable(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Log, "sync", lambda *_: None)


def name_objects_that_are_not_durable(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LocalObjects, "sync", lambda _: None)


def collect_what_snapshots_need(patch: pytest.MonkeyPatch) -> None:
    roots = Reach._roots_now
    forgetful = lambda reach: [one for one in roots(reach) if "snapshot" not in one.of]  # noqa: E731
    patch.setattr(Reach, "_roots_now", forgetful)


def answer_before_a_snapshot_has_a_name(patch: pytest.MonkeyPatch) -> None:
    def lazy(naming: Naming, own: Sequence[Path], shared: Sequence[Path]) -> None:
        del shared
        naming._refs.files.sync_folders(own)

    patch.setattr(Naming, "_sync", lazy)


CANARIES: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    acknowledge_what_is_not_durable,
    name_objects_that_are_not_durable,
    collect_what_snapshots_need,
    answer_before_a_snapshot_has_a_name,
)


@pytest.mark.parametrize("canary", CANARIES)
def test_a_planted_bug_is_found(
    canary: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary(monkeypatch)
    with pytest.raises((AssertionError, SeaglassError)):
        simulate(2_000, 40)
