"""Numbers of texts against a dictionary."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Interrupted
from seaglass.engine.kernels.interning import Interned
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values.interrupt import Uninterrupted
from seaglass.engine.values.texts import Texts

NUMBERS = ["0", "7", "00", "07", "+7", "-7", "7 ", "39", "4e1", "12345678", "99999999", "123456789"]
texts = st.lists(
    st.one_of(
        st.sampled_from(["", "a", "b", "ab", "\0", *NUMBERS]),
        st.integers(0, 200).map(str),
        st.text(max_size=12),
    )
)


def packed(values: list[str]) -> tuple[np.ndarray, np.ndarray]:
    parts = [value.encode() for value in values]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), offsets


@given(st.lists(texts, max_size=4))
def test_texts_are_numbered_as_they_first_come(batches: list[list[str]]) -> None:
    interned, known = Interned(), {}
    for batch in batches:
        found = interned.find(*packed(batch))
        assert found.tolist() == [known.get(text, -1) for text in batch]
        numbers = interned.add(*packed(batch))
        assert numbers.tolist() == [known.setdefault(text, len(known)) for text in batch]
    data, offsets = interned.texts()
    spans = zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    assert [data[start:stop].tobytes().decode() for start, stop in spans] == list(known)
    assert interned.count == len(known)


def test_tables_grow_past_many_texts() -> None:
    interned = Interned()
    names = [f"n{number}" for number in range(20_000)]
    for start in range(0, len(names), 1_500):
        interned.add(*packed(names[start : start + 1_500]))
    assert interned.find(*packed(names[::-1])).tolist() == list(range(len(names)))[::-1]
    assert interned.add(*packed(names)).tolist() == list(range(len(names)))


def test_numbers_far_apart_and_texts_among_them() -> None:
    """Values are found by another table up to some size, which grows while there are more texts."""
    interned = Interned()
    names = [str(number * number) for number in range(12_000)] + [f"n{n}" for n in range(3_000)]
    order = np.random.default_rng(1).permutation(len(names)).tolist()
    mixed = [names[place] for place in order]
    known: dict[str, int] = {}
    for start in range(0, len(mixed), 700):
        some = mixed[start : start + 700]
        expected = [known.setdefault(name, len(known)) for name in some]
        assert interned.add(*packed(some)).tolist() == expected
    assert interned.find(*packed(mixed)).tolist() == [known[name] for name in mixed]
    assert interned.find(*packed(["2", "3", "144000001", "n3000"])).tolist() == [-1] * 4


def test_bytes_between_texts_are_none_of_them() -> None:
    interned = Interned()
    names = ["", "7", "abc", "a long one of these", "12345678"]
    numbers = interned.add(*packed(names))
    data = b"".join([name.encode() + b"####" for name in ["no", *names]])
    ends = np.cumsum([len(name) + 4 for name in ["no", *names]])
    for dtype in (np.int32, np.int64):
        found = np.empty(1 + len(names), dtype)
        texts = np.frombuffer(data, np.uint8), np.array([0, *ends])
        assert interned.find_into(found, *texts, 4) == 1
        assert found.tolist() == [-1, *numbers.tolist()]


def test_long_texts_that_differ_in_one_byte() -> None:
    interned = Interned()
    names = [f"a person whose number is {number:06}, no less" for number in range(5_000)]
    names += [name[:length] for length, name in zip(range(9, 40), names, strict=False)]
    numbers = interned.add(*packed(names)).tolist()
    known = dict(zip(names, numbers, strict=True))
    assert interned.find(*packed(names[::-1])).tolist() == numbers[::-1]
    others = [
        name[:place] + "!" + name[place + 1 :]
        for place, name in zip(range(40), names, strict=False)
        if place < len(name)
    ]
    assert interned.find(*packed(others)).tolist() == [known.get(name, -1) for name in others]


def test_a_table_that_grows_is_stopped() -> None:
    names = packed([f"a long name {number}" for number in range(40_000)])
    stopped, flag = Interned(), new_flag()
    first = names[0], names[1][:5_001]
    assert stopped.add(*first, flag).tolist() == list(range(5_000))
    before = stopped._table
    flag[0] = 1
    stopped.add(*names, flag)
    # What it begins with was not brought to the larger table, and nothing was added to that.
    assert stopped.count == 5_000
    assert len(stopped._table) > len(before)
    assert not stopped._table.any()


def test_who_numbers_texts_hears_of_it() -> None:
    class Raised(Uninterrupted):
        def check(self) -> None:
            if self.flag[0]:
                raise Interrupted("cancelled", "ended")
            self.flag[0] = 1

    with pytest.raises(Interrupted):
        Texts().add(pa.array(["a", "b"], pa.large_string()), Raised())
