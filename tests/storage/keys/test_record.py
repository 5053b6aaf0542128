"""Records: those of a later version are told from damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaglass.base.errors import Corrupt
from seaglass.storage.keys.record import decode_record, encode_record

PATH = Path("/data/domains/x.json")
BODY = {"key_id": "AWS_OWNED_KEY"}


def test_a_record_of_a_later_format_is_refused_by_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert decode_record(encode_record(BODY), PATH, ("key_id",)) == BODY
    with monkeypatch.context() as later:
        later.setattr("seaglass.storage.keys.record.FORMAT", 2)
        data = encode_record(BODY)
    with pytest.raises(Corrupt, match="has format 2, and this program reads 1"):
        decode_record(data, PATH, ("key_id",))
    for damaged in (data.replace(b": 2", b": 3"), data.replace(b'"format"', b'"former"')):
        with pytest.raises(Corrupt, match="is damaged"):
            decode_record(damaged, PATH, ("key_id",))
