"""mem0: its vector store on Neptune Analytics, without the models that a whole memory needs."""

from __future__ import annotations

from mem0.vector_stores.neptune_analytics import NeptuneAnalyticsVector


def store(here):
    return NeptuneAnalyticsVector(endpoint=f"neptune-graph://{here.graph}", collection_name="notes")


def check_memories(here):
    kept = store(here)
    kept.insert(
        [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.9, 0.0, 0.0, 0.0]],
        [
            {"data": "Ada wrote notes", "user_id": "u"},
            {"data": "Charles built engines", "user_id": "u"},
            {"data": "of somebody else", "user_id": "v"},
        ],
        ["m1", "m2", "m3"],
    )
    found = kept.search("Ada", [0.8, 0.1, 0.0, 0.0], top_k=5, filters={"user_id": "u"})
    assert [one.id for one in found] == ["m1", "m2"]
    assert found[0].payload["data"] == "Ada wrote notes"
    assert [one.id for one in kept.search("", [0.8, 0.1, 0.0, 0.0], top_k=1)] == ["m3"]
    kept.update("m2", vector=[0.8, 0.1, 0.0, 0.0], payload={"data": "of Ada", "user_id": "u"})
    found = kept.search("", [0.8, 0.1, 0.0, 0.0], top_k=1, filters={"user_id": "u"})
    assert [(one.id, one.payload["data"]) for one in found] == [("m2", "of Ada")]


def check_what_needs_no_vectors(here):
    kept = store(here)
    found = kept.get("m1")
    assert (found.id, found.payload["data"]) == ("m1", "Ada wrote notes")
    kept.update("m1", payload={"data": "Ada wrote the notes", "user_id": "w"})
    (listed,) = kept.list(filters={"user_id": "w"}, top_k=5)[0]
    assert listed.payload["data"] == "Ada wrote the notes"
    assert kept.list_cols() == ["MEM0_VECTOR_notes"]
    kept.delete("m1")
    assert kept.get("m1") is None
    assert [one.id for one in kept.search("", [1.0, 0.0, 0.0, 0.0], top_k=1)] == ["m3"]
    kept.reset()
    assert kept.search("", [1.0, 0.0, 0.0, 0.0]) == []
