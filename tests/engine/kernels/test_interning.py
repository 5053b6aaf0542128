"""Numbers of texts against a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.interning import Interned

texts = st.lists(st.one_of(st.sampled_from(["", "a", "b", "ab", "\0"]), st.text(max_size=12)))


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
