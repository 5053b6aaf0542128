"""Ranks of texts are those of their bytes, whatever they begin with; a flag stops the kernel."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.ranking import text_ranks
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values.texts import text_buffers

RNG = np.random.default_rng(5)


def ranks_of(texts: list[bytes]) -> list[int]:
    buffers = text_buffers(pa.array(texts, pa.large_binary()))
    return text_ranks(*buffers, new_flag()).tolist()


def expected(texts: list[bytes]) -> list[int]:
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return [places[text] for text in texts]


@given(st.lists(st.binary(max_size=3) | st.text("ab\0", max_size=30).map(str.encode)))
def test_few(texts: list[bytes]) -> None:
    assert ranks_of(texts) == expected(texts)


@pytest.mark.parametrize("begin", ["", "7 bytes", "http://example.com/a/long/way/"])
@pytest.mark.parametrize("different", [1, 40, 10**9])
def test_many(begin: str, different: int) -> None:
    texts = [f"{begin}{number % different}".encode() for number in RNG.integers(0, 10**9, 5_000)]
    texts += [begin.encode(), begin.encode() + b"\0", b"", texts[0] * 2]
    assert ranks_of(texts) == expected(texts)
    assert ranks_of(sorted(texts)) == expected(sorted(texts))
    assert ranks_of(sorted(texts)[::-1]) == expected(sorted(texts)[::-1])


def test_a_flag_stops_it() -> None:
    texts = [str(number).encode() for number in RNG.integers(0, 10**9, 50_000)]
    flag = new_flag()
    flag[0] = 1
    ranks = text_ranks(*text_buffers(pa.array(texts, pa.large_binary())), flag)
    # The first look is before the first text.
    assert not ranks.any()
