"""Randomness and ids."""

from __future__ import annotations

import re
import uuid

import pytest

from seaglass.base import ids
from seaglass.base.errors import Invalid
from seaglass.base.rng import Rng, SeededRng, SystemRng


@pytest.mark.parametrize("rng", [SystemRng(), SeededRng(7)], ids=["system", "seeded"])
def test_uuids_are_random_and_well_formed(rng: Rng) -> None:
    many = rng.uuids(500)
    assert len({rng.uuid(), *many}) == 501
    for text in many:
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert parsed.version == 4
        assert parsed.variant == uuid.RFC_4122
    assert rng.uuids(0) == []
    assert len(rng.token(33)) == 33


def test_the_same_seed_gives_the_same_chance() -> None:
    one, two = SeededRng(3), SeededRng(3)
    assert [one.uuid(), one.short_id("g-"), one.token(4)] == [
        two.uuid(),
        two.short_id("g-"),
        two.token(4),
    ]
    assert SeededRng(4).uuid() != SeededRng(3).uuid()


def test_letters_of_ids_are_evenly_spread() -> None:
    rng = SeededRng(11)
    letters = "".join(rng.short_id("") for _ in range(3600))
    counts = [letters.count(letter) for letter in sorted(set(letters))]
    assert len(counts) == 36
    assert 850 < min(counts) <= max(counts) < 1150


def test_made_ids_match_their_patterns() -> None:
    rng = SystemRng()
    assert ids.graph_id_of(ids.new_graph_id(rng)).startswith("g-")
    assert ids.snapshot_id_of(ids.new_snapshot_id(rng)).startswith("gs-")
    assert re.fullmatch(ids.QUERY_ID_PATTERN, ids.query_id_of(ids.new_query_id(rng)))


@pytest.mark.parametrize(
    "text",
    ["", "g-", "g-012345678", "g-0123456789a", "g-01234567\n", "../0123456789", "g-ABCDEFGHIJ"],
)
def test_other_text_is_no_graph_id(text: str) -> None:
    with pytest.raises(Invalid, match="is not the id of a graph"):
        ids.graph_id_of(text)
