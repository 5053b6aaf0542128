"""Goal: a used-up quota is told with every member of its exception, a raised one holds after a start, and clients of
AWS get through a low rate by themselves.

Method: one server with small quotas and rates, and boto3 with its own retries.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.serving import Served, client, wait_for

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "arn:aws:iam::123456789012:role/r"
NEEDED = {"graphs": 3, "snapshots": 2, "provisioned-memory": 96, "private-endpoints": 2}


def quotas(less: int) -> list[str]:
    """Options that leave room for all that the test makes, less so many of each."""
    steps = {"provisioned-memory": 16}
    return [f"--quota={name}={n - less * steps.get(name, 1)}" for name, n in NEEDED.items()]


def exceeded(call: Any, **members: Any) -> tuple[str, str, str, str]:
    """What a ServiceQuotaExceededException says beyond its message."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    told = caught.value.response
    assert told["Error"]["Code"] == "ServiceQuotaExceededException"
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 402
    # A repetition would not help: clients do not make one.
    assert told["ResponseMetadata"]["RetryAttempts"] == 0
    assert told["quotaCode"] in told["message"]
    return told["resourceId"], told["resourceType"], told["serviceCode"], told["quotaCode"]


def status(aws: Any, graph: str, wanted: str) -> None:
    wait_for(wanted, lambda: aws.get_graph(graphIdentifier=graph)["status"] == wanted)


def test_each_quota_and_a_raised_one(tmp_path: Path) -> None:
    server = Served(tmp_path / "data", *quotas(1))
    server.start()
    aws = client(server.endpoint)
    service = "neptune-graph"
    try:
        first, second = (
            aws.create_graph(graphName=name, provisionedMemory=16)["id"] for name in ("one", "two")
        )
        status(aws, first, "AVAILABLE")
        status(aws, second, "AVAILABLE")
        taken = aws.create_graph_snapshot(graphIdentifier=first, snapshotName="kept")["id"]
        aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=taken)
        aws.create_private_graph_endpoint(graphIdentifier=first, vpcId="vpc-1")
        graph = ("three", "graph", service, "L-GRAPHS")
        new = {"graphName": "three"}
        loaded = {**new, "source": "s3://b/p", "roleArn": ROLE}
        assert exceeded(aws.create_graph, **new, provisionedMemory=16) == graph
        assert exceeded(aws.create_graph_using_import_task, **loaded) == graph
        restored = {**new, "snapshotIdentifier": taken}
        assert exceeded(aws.restore_graph_from_snapshot, **restored) == graph
        snapshot = {"graphIdentifier": first, "snapshotName": "more"}
        assert exceeded(aws.create_graph_snapshot, **snapshot) == (
            "more", "graph-snapshot", service, "L-SNAPSHOTS",
        )  # fmt: skip
        endpoint = {"graphIdentifier": second, "vpcId": "vpc-2"}
        assert exceeded(aws.create_private_graph_endpoint, **endpoint) == (
            second, "private-graph-endpoint", service, "L-PRIVATE-ENDPOINTS",
        )  # fmt: skip
        # Where the operation does not model it.
        with pytest.raises(aws.exceptions.ValidationException, match="L-PROVISIONED-MEMORY"):
            aws.update_graph(graphIdentifier=second, provisionedMemory=80)
        with pytest.raises(aws.exceptions.ValidationException, match="L-SNAPSHOTS"):
            aws.delete_graph(graphIdentifier=second, skipSnapshot=False)
        aws.delete_graph(graphIdentifier=second, skipSnapshot=True)
        aws.get_waiter("graph_deleted").wait(graphIdentifier=second)
        assert exceeded(aws.create_graph, **new, provisionedMemory=80) == (
            "three", "graph", service, "L-PROVISIONED-MEMORY",
        )  # fmt: skip
        # A stopped graph does not count, and does so again when it starts.
        aws.stop_graph(graphIdentifier=first)
        status(aws, first, "STOPPED")
        third = aws.create_graph(**new, provisionedMemory=80)["id"]
        with pytest.raises(aws.exceptions.ValidationException, match="L-PROVISIONED-MEMORY"):
            aws.start_graph(graphIdentifier=first)
        # Another account has quotas of its own.
        other = boto3.client(
            service,
            endpoint_url=server.endpoint,
            region_name="us-east-1",
            aws_access_key_id="000000000001",
            aws_secret_access_key="test",
        )
        assert other.create_graph(graphName="three", provisionedMemory=16)["id"]
        status(aws, third, "AVAILABLE")
        server.stop()
        server.options = tuple(quotas(0))
        server.start()
        aws.start_graph(graphIdentifier=first)
        status(aws, first, "AVAILABLE")
        assert aws.create_graph_snapshot(**snapshot)["name"] == "more"
        aws.create_private_graph_endpoint(graphIdentifier=first, vpcId="vpc-2")
        aws.update_graph(graphIdentifier=third, provisionedMemory=64)
        assert aws.create_graph(graphName="four", provisionedMemory=16)["id"]
    finally:
        server.stop()


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Any:
    served = Served(tmp_path_factory.mktemp("data"), "--rate=reads=20", "--rate=queries=20")
    served.start()
    yield served
    served.stop()


@pytest.mark.parametrize("mode", ["standard", "adaptive"])
def test_a_low_rate_is_absorbed_by_the_retries_of_clients(slow: Served, mode: str) -> None:
    """Four callers ask at once for more than the rate allows; each gets every answer."""
    met: list[int] = []
    aws = boto3.client(
        "neptune-graph",
        endpoint_url=slow.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, retries={"mode": mode, "total_max_attempts": 12}),
    )
    aws.meta.events.register(
        "response-received.neptune-graph",
        lambda response_dict, **_: met.append((response_dict or {}).get("status_code", 0)),
    )
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: aws.list_graphs()["graphs"], range(90)))
    assert found == [[]] * 90
    assert set(met) == {200, 429}


def test_a_query_that_is_refused_is_not_begun(slow: Served) -> None:
    aws = client(slow.endpoint)
    wait_for("room", lambda: _listed(aws))
    graph = aws.create_graph(graphName="counted", provisionedMemory=16)["id"]
    wait_for("the graph", lambda: "AVAILABLE" in [one["status"] for one in _listed(aws) or ()])

    def write(_: int) -> int:
        try:
            answer = aws.execute_query(
                graphIdentifier=graph, queryString="CREATE ()", language="OPEN_CYPHER"
            )
        except aws.exceptions.ThrottlingException:
            return 0
        answer["payload"].read()
        return 1

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(write, range(80)))
    assert 0 < done < 80
    summary = wait_for("a turn", lambda: _summary(aws, graph))
    assert summary["numNodes"] == done


def _listed(aws: Any) -> Any:
    try:
        return aws.list_graphs()["graphs"] or [{"status": ""}]
    except aws.exceptions.ThrottlingException:
        return None


def _summary(aws: Any, graph: str) -> Any:
    try:
        return aws.get_graph_summary(graphIdentifier=graph)["graphSummary"]
    except aws.exceptions.ThrottlingException:
        return None
