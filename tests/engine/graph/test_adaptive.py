"""The encodings of layout 2: each comes back as it was, each is taken where it should be, and where
zstd does better none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.errors import Corrupt
from seaglass.engine.graph import text_codec
from seaglass.engine.graph.adaptive import AdaptiveReader, AdaptiveWriter
from seaglass.engine.graph.binary import Reader, Writer
from seaglass.engine.graph.text_codec import read_texts, write_texts
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 20_000
RNG = np.random.default_rng(7)
SIGNS = RNG.choice([-1, 1], ROWS)
PLAIN, DICTIONARY, NUMBERED = 0, 1, 2


def packed(numbers: NDArray[np.int64]) -> bytes:
    writer = AdaptiveWriter()
    writer.packed(numbers)
    return writer.done()


def unpacked(data: bytes, rows: int) -> NDArray[np.int64]:
    reader = AdaptiveReader(data)
    numbers = reader.packed(rows)
    reader.end()
    return numbers


def zipped(data: bytes) -> int:
    return len(zstandard.ZstdCompressor(level=1).compress(data))


def old(numbers: NDArray[np.int64]) -> bytes:
    writer = Writer()
    writer.packed(numbers)
    return writer.done()


# What it is, the form it takes, and at most how much of its size in the old form is left.
NUMBERS = {
    "far apart": (RNG.integers(0, 100_000, ROWS), 32, 0.9),
    "of all sizes": (np.exp2(RNG.uniform(0, 62, ROWS)).astype(np.int64) * SIGNS, 32, 0.9),
    "ascending": (np.cumsum(RNG.integers(0, 70_000, 3 * ROWS)), 33, 0.95),
    "ascending, few": (np.cumsum(RNG.integers(0, 5_000, ROWS)), 18, 1.0),
    "ascending, once by far": (np.cumsum(np.append(RNG.geometric(0.06, ROWS), 99_999)), 33, 0.35),
    "steps again and again": (np.cumsum(np.tile(RNG.integers(0, 60_000, 100), 200)), 18, 1.0),
    "ascending by parts": (np.sort(RNG.integers(0, 90_000, (20, 1_000))).ravel(), 33, 0.8),
    "hashes": (np.sort(RNG.integers(0, 2**64, ROWS, np.uint64)).view(np.int64), 33, 0.9),
    "bytes": (RNG.integers(0, 200, ROWS), 1, 1.0),
    "a line": (np.arange(ROWS) * 12_345, 16, 1.0),
    "near a line": (np.arange(ROWS) * 12_345 + RNG.integers(0, 99, ROWS), 17, 1.0),
    "runs again and again": (np.tile(RNG.integers(0, 2**40, 100), 200), 8, 1.0),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_take_the_form_that_zstd_makes_smallest(name: str) -> None:
    numbers, form, share = NUMBERS[name]
    data = packed(numbers)
    assert data[0] == form
    assert np.array_equal(unpacked(data, len(numbers)), numbers)
    assert zipped(data) <= share * zipped(old(numbers))
    if numbers.max() < 2**31 > -numbers.min():
        assert packed(numbers.astype(np.int32)) == data


WORDS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([-(2**63), 2**63 - 1, 0, -1, 1, 2**31, -(2**31)]),
    st.integers(-300, 300),
)


@settings(max_examples=200)
@given(st.lists(WORDS, max_size=150), st.sampled_from([np.int64, np.int32]))
def test_numbers_come_back(numbers: list[int], width: type[np.int32 | np.int64]) -> None:
    array = np.array(numbers, np.int64).astype(width)
    data = packed(array)
    assert unpacked(data, len(array)).tolist() == array.tolist()
    assert packed(array.astype(np.int64)) == data


def test_bits_that_are_not_asked_for_are_refused() -> None:
    data = packed(np.cumsum(RNG.integers(0, 70_000, 100)))
    assert data[0] == 33
    for place, byte in ((9, 1), (9, 130), (9, 255), (len(data) - 1, data[-1] | 0x80)):
        broken = bytearray(data)
        broken[place] = byte
        if bytes(broken) != data:
            with pytest.raises(Corrupt):
                unpacked(bytes(broken), 100)
    for cut in (9, 60, len(data) - 1):
        with pytest.raises(Corrupt):
            unpacked(data[:cut], 100)


def written(texts: list[str]) -> bytes:
    writer = AdaptiveWriter()
    write_texts(writer, pa.array(texts, STRING))
    return writer.done()


def read(data: bytes, rows: int) -> list[str]:
    reader = AdaptiveReader(data)
    texts: list[str] = read_texts(reader, rows).to_pylist()
    reader.end()
    return texts


TEXTS = {
    "digits": ([str(number) for number in range(99, 3_000)], NUMBERED),
    "zero": (["0"] * 20, NUMBERED),
    "prefix": ([f"person-{number * 7}" for number in range(3_000)], NUMBERED),
    "padded": ([f"é{number:06}" for number in range(0, 2_000_000, 999)], NUMBERED),
    "eighteen": (["9" * 18] * 17, NUMBERED),
    "nineteen": (["9" * 19] * 17, DICTIONARY),
    "padded in two ways": (["01", "001"] * 20, DICTIONARY),
    "padded and not": (["01", "1"] * 20, DICTIONARY),
    "other prefix": (["a1", "b1"] * 20, DICTIONARY),
    "signs": (["-1", "+1"] * 20, DICTIONARY),
    "other digits": (["٣", "٤"] * 20, DICTIONARY),
    "long prefix": (["p" * 65 + "1"] * 20, DICTIONARY),
    "empty": ([""] * 20, DICTIONARY),
    "few": ([f"a {'b' * (number % 9)}" for number in range(3_000)], DICTIONARY),
    "all different": ([f"{number}x" for number in range(3_000)], PLAIN),
    "half different": ([f"{number // 2}x" for number in range(3_000)], PLAIN),
    "not many": (["a"] * 16, PLAIN),
    "none": ([], PLAIN),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_take_the_encoding_that_suits_them(name: str) -> None:
    texts, encoding = TEXTS[name]
    data = written(texts)
    assert data[0] == encoding
    assert read(data, len(texts)) == texts
    # A slice of a longer array is the same texts.
    writer = AdaptiveWriter()
    write_texts(writer, pa.array(["before", *texts, "after"], STRING).slice(1, len(texts)))
    assert writer.done() == data


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(st.text(max_size=3), st.from_regex(r"\Aa?[0-9]{0,3}\Z"), st.just("a07")),
        max_size=40,
    )
    | st.lists(st.from_regex(r"\A[0-9]{1,3}\Z"), min_size=17, max_size=40)
)
def test_texts_come_back(texts: list[str]) -> None:
    data = written(texts)
    assert read(data, len(texts)) == texts


def test_texts_that_would_be_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["x" * 100, "y"] * 50
    data = written(texts)
    assert data[0] == DICTIONARY
    for limit in (5_049, 5_050, 5_051):
        monkeypatch.setattr(text_codec, "DICTIONARY_BYTES_MAX", limit)
        if limit < 5_050:
            with pytest.raises(Corrupt):
                read(data, 100)
            assert written(texts)[0] == PLAIN
        else:
            assert read(data, 100) == texts
            assert written(texts) == data


@pytest.mark.parametrize("high", [2**31 - 1, 2**31, 2**40])
@pytest.mark.parametrize("ascending", [False, True])
def test_numbers_are_narrow_where_all_fit(high: int, ascending: bool) -> None:
    numbers = np.random.default_rng(1).integers(high - 2**20, high, 500)
    numbers[7] = high
    if ascending:
        numbers.sort()
    writer = AdaptiveWriter()
    writer.packed(numbers)
    reader = AdaptiveReader(writer.done())
    again = reader.packed_narrow(500)
    reader.end()
    assert again.dtype == (np.int32 if high < 2**31 else np.int64)
    assert again.tolist() == numbers.tolist()


@pytest.mark.parametrize("low", [-1, -(2**40)])
def test_numbers_below_zero_are_told_from_narrow_ones(low: int) -> None:
    numbers = np.arange(500)
    numbers[7] = low
    writer = AdaptiveWriter()
    writer.packed(numbers)
    with pytest.raises(Corrupt, match="below 0"):
        AdaptiveReader(writer.done()).packed_narrow(500)


@given(
    st.sampled_from([0, -1, -128, -129, -(2**31), -(2**31) - 1]),
    st.sampled_from([0, 127, 128, 2**15, 2**31 - 1, 2**31, 2**63 - 1]),
    st.booleans(),
    st.booleans(),
)
def test_numbers_come_as_narrow_as_they_are(
    low: int, high: int, ascending: bool, adaptive: bool
) -> None:
    numbers = np.random.default_rng(high % 97).integers(low, high, 200, endpoint=True)
    numbers[:2] = low, high
    if ascending:
        numbers = np.sort(numbers)
    writer = AdaptiveWriter() if adaptive else Writer()
    writer.packed(numbers)
    reader = (AdaptiveReader if adaptive else Reader)(writer.done())
    again = reader.packed_narrowest(200)
    reader.end()
    types = [np.int8, np.int16, np.int32, np.int64]
    fits = (np.iinfo(each).min <= low and high <= np.iinfo(each).max for each in types)
    assert again.dtype == types[list(fits).index(True)]
    assert again.tolist() == numbers.tolist()


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 200), (0, 65_535), (7, 60_000), (300, 301)])
@pytest.mark.parametrize("noisy", [False, True])
def test_numbers_below_a_bound(low: int, high: int, noisy: bool) -> None:
    numbers = np.random.default_rng(high).integers(low, high, 500, endpoint=True)
    numbers[:2] = low, high
    if not noisy:
        numbers = np.sort(numbers)
    writer = AdaptiveWriter()
    writer.packed(numbers)
    again = AdaptiveReader(writer.done()).packed_below(500, high + 1)
    assert again.dtype == np.uint16
    assert again.tolist() == numbers.tolist()
    if high:
        with pytest.raises(Corrupt, match=f"{high} where all are below {high}"):
            AdaptiveReader(writer.done()).packed_below(500, high)


def test_none_are_below_a_bound() -> None:
    for form in (0, 2):
        reader = AdaptiveReader(bytes((form, *bytes(8))))
        if form:
            with pytest.raises(Corrupt, match="form 2"):
                reader.packed_below(0, 5)
        else:
            assert reader.packed_below(0, 0).tolist() == []
