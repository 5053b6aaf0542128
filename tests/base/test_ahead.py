"""Work ahead of its reader: in order, bounded, and ended by the first error."""

from __future__ import annotations

import threading

import pytest

from seaglass.base.ahead import ahead


def test_results_come_in_order() -> None:
    assert list(ahead(lambda n: n * n, range(100), 3)) == [n * n for n in range(100)]
    assert list(ahead(str, [], 3)) == []


def test_it_does_not_run_away_from_its_reader() -> None:
    drawn: list[int] = []

    def items() -> object:
        for n in range(1_000):
            drawn.append(n)
            yield n

    results = ahead(lambda n: n, items(), 2)  # type: ignore[arg-type,var-annotated]
    assert next(results) == 0
    assert len(drawn) <= 6
    results.close()  # type: ignore[attr-defined]
    assert len(drawn) <= 6


def test_an_error_comes_in_its_turn_and_ends_the_rest() -> None:
    done: list[int] = []
    guard = threading.Lock()

    def work(n: int) -> int:
        if n == 5:
            raise ValueError("five")
        with guard:
            done.append(n)
        return n

    seen: list[int] = []
    with pytest.raises(ValueError, match="five"):
        seen.extend(ahead(work, range(1_000), 2))
    assert len(done) < 20
