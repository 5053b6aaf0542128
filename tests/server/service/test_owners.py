"""Accounts and Regions as AWS clients choose them: by access key and Region."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from seaglass.base.settings import Settings
from tests.server.service.serving import Served, served


def client(server: Served, key: str, region: str) -> Any:
    return boto3.client(
        "neptune-graph",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key="any",
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
    )


def made(aws: Any, name: str) -> dict[str, Any]:
    graph: dict[str, Any] = aws.create_graph(graphName=name, provisionedMemory=16)
    aws.get_waiter("graph_available").wait(graphIdentifier=graph["id"])
    return graph


def refused(call: Any, **values: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**values)
    return str(caught.value.response["Error"]["Code"])


def test_the_key_is_the_account_and_the_scope_the_region(server: Served) -> None:
    for key, account in (("111111111111", "111111111111"), ("AKIAEXAMPLE", "123456789012")):
        for region in ("us-west-2", "eu-west-1"):
            aws = client(server, key, region)
            graph = made(aws, "owned")
            assert graph["arn"] == f"arn:aws:neptune-graph:{region}:{account}:graph/{graph['id']}"
            assert graph["endpoint"] == f"{graph['id']}.{region}.neptune-graph.amazonaws.com"
            snapshot = aws.create_graph_snapshot(graphIdentifier=graph["id"], snapshotName="s")
            assert snapshot["arn"].startswith(f"arn:aws:neptune-graph:{region}:{account}:")
            assert [one["id"] for one in aws.list_graphs()["graphs"]] == [graph["id"]]


def test_the_data_plane_keeps_owners_apart(server: Served) -> None:
    mine, theirs = (client(server, key, "us-east-1") for key in ("222222222222", "333333333333"))
    graph = made(mine, "apart")["id"]
    asked = {"graphIdentifier": graph, "queryString": "RETURN 1", "language": "OPEN_CYPHER"}
    assert json.loads(mine.execute_query(**asked)["payload"].read())["results"]
    for call, values in (
        (theirs.execute_query, asked),
        (theirs.list_queries, {"graphIdentifier": graph, "maxResults": 5}),
        (theirs.get_graph_summary, {"graphIdentifier": graph}),
        (theirs.cancel_query, {"graphIdentifier": graph, "queryId": "x"}),
        (theirs.get_graph, {"graphIdentifier": graph}),
    ):
        assert refused(call, **values) == "ResourceNotFoundException"


def test_a_token_is_of_use_to_its_owner_only(server: Served) -> None:
    mine, theirs = (client(server, key, "us-east-1") for key in ("444444444444", "555555555555"))
    for aws in (mine, theirs):
        for name in ("one", "two"):
            made(aws, name)
    token = mine.list_graphs(maxResults=1)["nextToken"]
    assert [g["name"] for g in mine.list_graphs(nextToken=token)["graphs"]] == ["two"]
    assert refused(theirs.list_graphs, nextToken=token) == "ValidationException"


def test_unsigned_requests_are_the_default_owners() -> None:
    settings = Settings(account_id="666666666666", region="eu-west-1", default_graph="main")
    with served(settings) as server:
        graph = made(client(server, "test", "eu-west-1"), "main")
        assert graph["arn"].startswith("arn:aws:neptune-graph:eu-west-1:666666666666:")
        (listed,) = server.request("GET", "/graphs").content["graphs"]
        assert listed["id"] == graph["id"]
        asked = b'{"query": "RETURN 1"}'
        assert server.request("POST", "/queries", asked).status == 200
        # The default graph is there for its owner only.
        other = client(server, "777777777777", "eu-west-1")
        values = {"queryString": "RETURN 1", "language": "OPEN_CYPHER"}
        code = refused(other.execute_query, graphIdentifier="g-1234567890", **values)
        assert code == "ResourceNotFoundException"
