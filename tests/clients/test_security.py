"""A server that lets in only those whom its file names, and does what their policies allow: with real graphs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.serving import Served, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def principal(name: str, *actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {
        "arn": f"arn:aws:iam::123456789012:user/{name}",
        "keys": [{"accessKeyId": f"AKID{name}", "secretAccessKey": f"secret-of-{name}"}],
        "policies": [{"Version": "2012-10-17", "Statement": [statement]}],
    }


PEOPLE = {
    "principals": [
        principal("admin", "*"),
        principal("reader", "neptune-graph:Get*", "neptune-graph:ReadDataViaQuery"),
        {
            **principal("office"),
            "policies": [
                {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Action": "neptune-graph:ListGraphs",
                        "Resource": "*",
                        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
                    },
                }
            ],
        },
        principal("writer", "neptune-graph:ReadDataViaQuery", "neptune-graph:WriteDataViaQuery"),
    ]
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    people = tmp_path_factory.mktemp("people") / "principals.json"
    people.write_text(json.dumps(PEOPLE))
    served = Served(tmp_path_factory.mktemp("data"), "--principals", str(people))
    served.start()
    yield served
    served.stop()


def client(server: Served, name: str, secret: str | None = None) -> Any:
    return boto3.client(
        "neptune-graph",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=f"AKID{name}",
        aws_secret_access_key=secret or f"secret-of-{name}",
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
    )


def denied(aws: Any, graph: str, text: str, action: str) -> None:
    with pytest.raises(aws.exceptions.AccessDeniedException) as caught:
        run(aws, graph, text)
    message = caught.value.response["Error"]["Message"]
    assert f"is not authorized to perform: neptune-graph:{action} on resource: arn:aws" in message


def test_queries_do_what_their_callers_may(server: Served) -> None:
    admin, reader, writer = (client(server, name) for name in ("admin", "reader", "writer"))
    graph = admin.create_graph(graphName="guarded", provisionedMemory=16)["id"]
    admin.get_waiter("graph_available").wait(graphIdentifier=graph)
    run(admin, graph, "CREATE (:City {code: 'ATL'})")
    count = "MATCH (c:City) RETURN count(c) AS n"
    assert run(reader, graph, count) == [{"n": 1}]
    denied(reader, graph, "CREATE (:City)", "WriteDataViaQuery")
    denied(reader, graph, "MATCH (c) SET c.code = 'BOS'", "WriteDataViaQuery")
    denied(reader, graph, "MATCH (c) DETACH DELETE c", "DeleteDataViaQuery")
    assert run(writer, graph, "CREATE (c:City {code: 'BOS'}) RETURN c.code AS c") == [{"c": "BOS"}]
    denied(writer, graph, "MATCH (c) REMOVE c.code", "DeleteDataViaQuery")
    denied(writer, graph, "MATCH (c) DETACH DELETE c", "DeleteDataViaQuery")
    assert run(admin, graph, count) == [{"n": 2}]
    snapshot = admin.create_graph_snapshot(graphIdentifier=graph, snapshotName="s")["id"]
    admin.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=snapshot)
    assert run(reader, snapshot, count) == [{"n": 2}]
    assert reader.get_graph_summary(graphIdentifier=graph)["graphSummary"]["numNodes"] == 2
    with pytest.raises(ClientError, match="neptune-graph:RestoreGraphFromSnapshot"):
        reader.restore_graph_from_snapshot(snapshotIdentifier=snapshot, graphName="copy")


def test_a_proxy_of_the_same_machine_tells_whose_address_it_is(server: Served) -> None:
    aws = client(server, "office")
    with pytest.raises(ClientError, match="is not authorized to perform"):
        aws.list_graphs()
    told: list[str] = []

    def forward(request: Any, **_: Any) -> None:
        request.headers["X-Forwarded-For"] = told[-1]

    aws.meta.events.register("before-send.neptune-graph", forward)
    # A proxy adds the address that it was asked from to what it was told.
    for addresses, allowed in (("10.1.2.3", True), ("10.1.2.3, 11.1.2.3", False)):
        told.append(addresses)
        if allowed:
            aws.list_graphs()
        else:
            with pytest.raises(ClientError, match="is not authorized to perform"):
                aws.list_graphs()


def test_a_stranger_does_not_get_in(server: Served) -> None:
    with pytest.raises(ClientError, match="signature we calculated does not match"):
        client(server, "admin", "wrong").list_graphs()
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        client(server, "nobody").list_graphs()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "principals.json"),
        ("{", "principals.json: it is no JSON"),
        ('{"principals": [{"arn": "ada"}]}', "principals.json: principals[0].arn: it must be"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_the_start(
    tmp_path: Path, content: str | None, told: str
) -> None:
    people = tmp_path / "principals.json"
    if content is not None:
        people.write_text(content)
    command = [sys.executable, "-m", "seaglass", "serve", "--in-memory", "--port", "0"]
    ended = subprocess.run(
        [*command, "--principals", str(people)], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
