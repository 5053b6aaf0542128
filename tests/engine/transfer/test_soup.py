"""Files of anything: an import ends well or with an error of ours, and the graph it leaves is whole."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import SeaglassError
from seaglass.engine.graph.check import check
from seaglass.engine.transfer.load import bulk_import
from seaglass.engine.transfer.request import Format, LoadRequest
from tests.engine.transfer.items import new_graph

HEADERS = {
    Format.CSV: (
        "~id,~label,a:Int,b,c:Date,d:String[],embedding:vector,e:Any,f:Bool\n",
        "~from,~to,~label,a:Double,b:Datetime\n",
        "",
    ),
    Format.OPEN_CYPHER: (
        "k:ID(x),:LABEL,a:Byte,embedding:Vector\n",
        ":START_ID(x),:END_ID,:TYPE,a:Float\n",
        "",
    ),
    Format.NTRIPLES: ("<a> <b> <c> .\n", ""),
    Format.PARQUET: ("PAR1", ""),
}
PIECES = (
    *(
        "a",
        "b",
        "1",
        "2.5",
        "-1",
        "true",
        "NaN",
        "INF",
        "2024-01-01",
        "1;2",
        "1;NaN",
        "a;b",
        ";",
        "é",
    ),
    *(
        '{"value":1,"type":"Int"}',
        '""',
        '"x"',
        '"x""y"',
        '"',
        '"a\nb"',
        " ",
        "\\",
        "#",
        "~id",
        ":ID",
    ),
    *(
        "<a>",
        "<b>",
        "_:x",
        '"l"@en',
        '"1"^^<http://www.w3.org/2001/XMLSchema#int>',
        ".",
        "<http://a b>",
    ),
    *(",", ",", ",", ",", ",", "\n", "\n", "\n", "\r", "\r\n", "\0", "\ufeff"),
)
soups = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@pytest.mark.parametrize("form", list(Format))
@given(data=st.data())
def test_an_import_of_anything_ends_well(form: Format, data: st.DataObject) -> None:
    graph = new_graph(data.draw(st.sampled_from(["opencypher", "neptune"])), 2)
    with tempfile.TemporaryDirectory() as name:
        for place in range(data.draw(st.integers(1, 3))):
            header = data.draw(st.sampled_from(HEADERS[form]))
            raw = (header + data.draw(soups)).encode()
            if data.draw(st.booleans()):
                raw += data.draw(st.binary(max_size=5))
            (Path(name) / f"{place}.csv").write_bytes(raw)
        request = LoadRequest(name, form, fail_on_error=data.draw(st.booleans()), threads=2)
        size = data.draw(st.sampled_from([7, 50, 10_000]))
        with mock.patch("seaglass.engine.transfer.reading.IMPORT_BLOCK_BYTES", size):
            try:
                report = bulk_import(graph, request, lambda _: None, lambda: False)
            except SeaglassError:
                assert graph.version.next_node == 0
                return
    assert report.nodes == graph.version.node_count
    assert report.edges == graph.version.edge_count
    check(graph.version)
