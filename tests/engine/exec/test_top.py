"""The first rows of many frames are those of the whole order; keys that chance draws are drawn once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.exec.tools import DEFAULT, WorkingView, ran, text_view

FRAMES = replace(DEFAULT, frame_rows=64)
# Texts, times and numbers that go up, go down, and go up and down, some of them missing.
NODES = (
    "UNWIND range(0, 9999) AS i CREATE (n:N {i: i, up: i / 3, down: -i, near: i * 37 % 101, "
    "name: toString(i * 7919 % 1000), at: datetime({epochSeconds: i * 31 % 997}), some: "
    "CASE WHEN i % 3 = 0 THEN i * 17 % 50 END, any: CASE i % 3 WHEN 0 THEN i ELSE toString(i) END})"
)


@pytest.fixture(scope="module")
def view() -> WorkingView:
    return text_view(NODES)


@pytest.mark.parametrize("key", ["up", "down", "near", "name", "at", "some", "any"])
@pytest.mark.parametrize("order", ["", "DESC"])
@pytest.mark.parametrize("skip", [0, 5])
def test_as_sorted(view: WorkingView, key: str, order: str, skip: int) -> None:
    text = f"MATCH (n:N) WITH n ORDER BY n.{key} {order}, n.near DESC, n.i"
    whole = ran(f"{text} RETURN n.i", view).rows
    for options in (DEFAULT, FRAMES):
        found = ran(f"{text} SKIP {skip} LIMIT 40 RETURN n.i", view, options=options).rows
        assert found == whole[skip : skip + 40]


def test_equal_rows_keep_their_order(view: WorkingView) -> None:
    found = ran("MATCH (n:N) RETURN n.i ORDER BY n.up < 0 LIMIT 30", view, options=FRAMES).rows
    assert found == [(i,) for i in range(30)]


def test_every_row_has_the_same_chance(view: WorkingView) -> None:
    """Drawn anew with each frame, rows of early frames would lose against those of the last ones."""
    text = "MATCH (n:N) RETURN n.i ORDER BY rand() LIMIT 100"
    found = [i for (i,) in ran(text, view, options=FRAMES).rows]
    # The draws are seeded; of 100 fair ones less than 25 in a half come up once in ten million.
    assert 25 <= sum(i < 5000 for i in found) <= 75
