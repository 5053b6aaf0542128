"""mem0: its vector store on Neptune Analytics, without the models that a whole memory needs."""

from __future__ import annotations

from mem0.vector_stores.neptune_analytics import NeptuneAnalyticsVector


def store(here):
    return NeptuneAnalyticsVector(endpoint=f"neptune-graph://{here.graph}", collection_name="notes")


def check_memories_need_vectors(here):
    text = here.refused(
        lambda: store(here).insert(
            [[0.1] * 4], [{"data": "Ada wrote notes", "user_id": "u"}], ["m1"]
        )
    )
    assert "ValidationException" in text, text
    assert "neptune.algo.vectors.upsert" in text, text
    text = here.refused(lambda: store(here).search("Ada", [0.1] * 4, filters={"user_id": "u"}))
    assert "neptune.algo.vectors.topKByEmbeddingWithFiltering" in text, text


def check_what_needs_no_vectors(here):
    # The client writes a memory before its vector, in a query of its own, so the memory is there.
    kept = store(here)
    found = kept.get("m1")
    assert (found.id, found.payload["data"]) == ("m1", "Ada wrote notes")
    kept.update("m1", payload={"data": "Ada wrote the notes", "user_id": "u"})
    (listed,) = kept.list(filters={"user_id": "u"}, top_k=5)[0]
    assert listed.payload["data"] == "Ada wrote the notes"
    assert kept.list_cols() == ["MEM0_VECTOR_notes"]
    kept.delete("m1")
    assert kept.get("m1") is None
    kept.reset()
