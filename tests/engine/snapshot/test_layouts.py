"""A chunk that an older version stored is put again as it was stored, so that its name stays true."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Corrupt
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.codec import LAYOUTS, encode_chunk_in
from seaglass.engine.snapshot.save import _plain_again
from seaglass.engine.values import column as col
from tests.engine.items import opened


def test_a_chunk_is_made_again_in_the_layout_that_its_name_is_of() -> None:
    column = col.strings([f"name {number}" for number in range(100)])
    with opened(MemoryFiles()) as database:
        database.create_graph("main")
        objects = database._store.objects("AWS_OWNED_KEY")
        plains = [encode_chunk_in(layout, column) for layout in LAYOUTS]
        assert len(set(plains)) == len(LAYOUTS)
        for plain in plains:
            ref = ChunkRef.of(column)
            ref.seal(objects.put(plain))
            assert _plain_again(objects, ref) == plain
        other = ChunkRef.of(column)
        other.seal(objects.put(b"something else"))
        with pytest.raises(Corrupt, match="is gone"):
            _plain_again(objects, other)
