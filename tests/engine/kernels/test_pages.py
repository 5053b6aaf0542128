"""Texts behind their lengths and packed numbers, against plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.pages import LENGTH_BYTES, text_starts, unpacked

Runs = list[tuple[bool, list[int]]]
runs_of = st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 2**32 - 1), max_size=20)))


def shown(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def packed(runs: Runs, width: int) -> tuple[bytes, list[int]]:
    """Runs of numbers as the format has them: a run repeats its first, or has eight for each."""
    data, numbers = b"", []
    for repeated, some in runs:
        some = [number & ((1 << width) - 1) for number in some]
        if not some:
            continue
        if repeated:
            data += varint(len(some) << 1) + some[0].to_bytes((width + 7) // 8, "little")
            numbers += [some[0]] * len(some)
        else:
            some += [0] * (-len(some) % 8)
            bits = sum(number << place * width for place, number in enumerate(some))
            data += varint((len(some) // 8) << 1 | 1)
            data += bits.to_bytes(len(some) * width // 8, "little")
            numbers += some
    return data, numbers


@given(runs_of, st.integers(0, 32), st.integers(0, 3), st.data())
def test_numbers_are_unpacked(runs: Runs, width: int, place: int, draw: st.DataObject) -> None:
    data, numbers = packed(runs, width)
    count = draw.draw(st.integers(0, len(numbers)))
    found = unpacked(shown(bytes(place) + data), place, width, count)
    assert found is not None
    assert found.view(np.uint32).tolist() == numbers[:count]
    assert unpacked(shown(data), 0, width, len(numbers) + 1) is None
    for end in range(len(data)):
        cut = unpacked(shown(data[:end]), 0, width, len(numbers))
        assert cut is None


@given(st.lists(st.binary(max_size=12)))
def test_texts_behind_their_lengths(texts: list[bytes]) -> None:
    data = b"".join([len(text).to_bytes(4, "little") + text for text in texts])
    starts = text_starts(shown(data), len(texts))
    assert starts is not None
    spans = zip(starts[:-1].tolist(), (starts[1:] - LENGTH_BYTES).tolist(), strict=True)
    assert [data[start:stop] for start, stop in spans] == texts
    assert text_starts(shown(data), len(texts) + 1) is None
    for end in range(len(data)):
        assert text_starts(shown(data[:end]), len(texts)) is None


def test_a_run_without_an_end_is_none() -> None:
    assert unpacked(shown(b"\xff" * 20), 0, 1, 1) is None
    assert unpacked(shown(b"\x00\x00" * 20), 0, 1, 1) is None
