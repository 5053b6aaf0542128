"""Helpers: what is done side by side is done, whoever does it, and no thread is left."""

from __future__ import annotations

import os
import threading
from functools import partial

import pytest

from seaglass.base.helpers import Helpers


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("kept")]


def test_acts_are_done_side_by_side() -> None:
    helpers = Helpers(2, "kept")
    # Each waits for the two others.
    together = threading.Barrier(3)
    helpers.run([partial(together.wait, 30)] * 3)
    assert len(names()) == 2
    helpers.close()
    assert names() == []


def test_threads_are_kept_until_close() -> None:
    helpers = Helpers(1, "kept")
    met: list[int | None] = []
    for _ in range(3):
        together = threading.Barrier(2)

        def act(together: threading.Barrier = together) -> None:
            met.append(threading.current_thread().ident)
            together.wait(30)

        helpers.run([act, act])
    assert len(set(met)) == 2
    helpers.close()
    helpers.run([lambda: None, lambda: None])
    helpers.close()
    assert names() == []


def test_one_act_needs_no_thread() -> None:
    Helpers(1, "kept").run([])
    done: list[int] = []
    Helpers(1, "kept").run([lambda: done.append(threading.get_ident())])
    assert done == [threading.get_ident()]
    assert names() == []


def test_all_are_done_when_some_fail() -> None:
    helpers = Helpers(1, "kept")
    done: list[int] = []

    def fail(name: str) -> None:
        raise KeyError(name)

    acts = [
        partial(done.append, 0),
        partial(fail, "a"),
        partial(fail, "b"),
        partial(done.append, 1),
    ]
    with pytest.raises(KeyError, match="a"):
        helpers.run(acts)
    assert sorted(done) == [0, 1]
    helpers.close()


def test_who_helps_may_ask_for_help() -> None:
    helpers = Helpers(1, "kept")
    done: list[int] = []
    inner = [partial(done.append, number) for number in range(3)]
    helpers.run([partial(helpers.run, inner)] * 4)
    assert sorted(done) == [0] * 4 + [1] * 4 + [2] * 4
    helpers.close()


def test_threads_end_with_whoever_has_them() -> None:
    helpers = Helpers(1, "kept")
    together = threading.Barrier(2)
    helpers.run([partial(together.wait, 30)] * 2)
    (thread,) = [thread for thread in threading.enumerate() if thread.name.startswith("kept")]
    del helpers
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_after_a_fork_the_work_is_done_all_the_same() -> None:
    helpers = Helpers(2, "kept")
    together = threading.Barrier(2)
    helpers.run([partial(together.wait, 30)] * 2)
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        done: list[int] = []
        helpers.run([partial(done.append, number) for number in range(5)])
        os._exit(0 if sorted(done) == list(range(5)) else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    helpers.close()


def test_where_there_are_no_more_threads_who_asks_does_it_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    helpers = Helpers(2, "test")
    done: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_more)
        helpers.run([partial(done.append, number) for number in range(4)])
    assert done == [0, 1, 2, 3]
    helpers.run([partial(done.append, number) for number in range(4)])
    assert sorted(done) == [0, 0, 1, 1, 2, 2, 3, 3]
    helpers.close()
