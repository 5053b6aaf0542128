"""Every operation, called as a client calls it, with every member that it has: what was sent and what came back.

Above: compatibility. Below: a real server and boto3. `walk` gives what it saw; that an answer fits the model is checked
on the way. Operations that the server names as missing are noted as such.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore
from botocore.exceptions import ClientError

from tests.conformance.judge import MODEL
from tests.serving import client, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.model import Shape

GRAPHS_MAX = 3
NOBODY = "g-0000000000"
NO_SNAPSHOT = "gs-0000000000"
NO_TASK = "t-0000000000"
NO_ARN = f"arn:aws:neptune-graph:us-east-1:123456789012:graph/{NOBODY}"
ROLE = "arn:aws:iam::123456789012:role/r"
LONG = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b UNWIND range(1, 9) AS c RETURN count(*) AS long"
DATA = "CREATE (:A {p: 1, q: 2})-[:R {w: 1.5}]->(:B {p: 2})"
# Calls that name what is not there, for the operations that can be told apart by it.
ABSENT: dict[str, dict[str, Any]] = {
    "GetGraph": {"graphIdentifier": NOBODY},
    "UpdateGraph": {"graphIdentifier": NOBODY},
    "DeleteGraph": {"graphIdentifier": NOBODY, "skipSnapshot": True},
    "ResetGraph": {"graphIdentifier": NOBODY, "skipSnapshot": True},
    "StartGraph": {"graphIdentifier": NOBODY},
    "StopGraph": {"graphIdentifier": NOBODY},
    "CreateGraphSnapshot": {"graphIdentifier": NOBODY, "snapshotName": "x"},
    "GetGraphSnapshot": {"snapshotIdentifier": NO_SNAPSHOT},
    "DeleteGraphSnapshot": {"snapshotIdentifier": NO_SNAPSHOT},
    "RestoreGraphFromSnapshot": {"snapshotIdentifier": NO_SNAPSHOT, "graphName": "x"},
    "TagResource": {"resourceArn": NO_ARN, "tags": {"k": "v"}},
    "UntagResource": {"resourceArn": NO_ARN, "tagKeys": ["k"]},
    "ListTagsForResource": {"resourceArn": NO_ARN},
    "GetQuery": {"graphIdentifier": NOBODY, "queryId": "x"},
    "CancelQuery": {"graphIdentifier": NOBODY, "queryId": "x"},
    "GetGraphSummary": {"graphIdentifier": NOBODY},
    "CreateGraphUsingImportTask": {"graphName": "x", "source": "nowhere", "roleArn": ROLE},
    "StartImportTask": {"graphIdentifier": NOBODY, "source": "s3://b/k", "roleArn": ROLE},
    "GetImportTask": {"taskIdentifier": NO_TASK},
    "ListImportTasks": {"maxResults": 0},
    "CancelImportTask": {"taskIdentifier": NO_TASK},
    "StartExportTask": {
        "graphIdentifier": NOBODY,
        "roleArn": ROLE,
        "format": "CSV",
        "destination": "s3://b/k",
        "kmsKeyIdentifier": "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    },
    "GetExportTask": {"taskIdentifier": NO_TASK},
    "ListExportTasks": {"maxResults": 0},
    "CancelExportTask": {"taskIdentifier": NO_TASK},
    "CreatePrivateGraphEndpoint": {"graphIdentifier": NOBODY},
    "GetPrivateGraphEndpoint": {"graphIdentifier": NOBODY, "vpcId": "vpc-1"},
    "ListPrivateGraphEndpoints": {"graphIdentifier": NOBODY},
    "DeletePrivateGraphEndpoint": {"graphIdentifier": NOBODY, "vpcId": "vpc-1"},
}


@dataclass
class Seen:
    """What a walk saw, by operation: members sent, members that came back, errors, and what the server calls missing."""

    inputs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    outputs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    errors: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    missing: set[str] = field(default_factory=set)


class Walker:
    """Calls operations, and keeps what it saw."""

    def __init__(self, endpoint: str) -> None:
        self.seen = Seen()
        self._endpoint = endpoint
        self._aws = client(endpoint, parameter_validation=False)

    def call(self, operation: str, **arguments: Any) -> Any:
        """Call one operation that must succeed."""
        answer = getattr(self._aws, botocore.xform_name(operation))(**arguments)
        model = MODEL.operation_model(operation)
        self.seen.inputs[operation] |= {*_paths(model.input_shape, arguments)}
        if operation == "ExecuteQuery":
            answer["payload"] = answer["payload"].read()
        status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
        assert status == int(model.http.get("responseCode", 200))
        if model.output_shape is not None:
            self.seen.outputs[operation] |= {*_paths(model.output_shape, answer)}
        return answer

    def fail(self, operation: str, **arguments: Any) -> None:
        """Call one operation that must fail."""
        try:
            getattr(self._aws, botocore.xform_name(operation))(**arguments)
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "missing in this version of seaglass" in message:
                self.seen.missing.add(operation)
            else:
                self.seen.errors[operation].add(error.response["Error"]["Code"])
        else:
            raise AssertionError(f"{operation} should have failed with {arguments}")

    def wait(self, waiter: str, **arguments: Any) -> None:
        self._aws.get_waiter(waiter).wait(**arguments)


def _paths(shape: Shape, value: Any, prefix: str = "") -> Iterator[str]:
    """The members of a structure that a value has, nested ones as `outer.inner`."""
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            for name, item in value.items():
                yield prefix + name
                yield from _paths(shape.members[name], item, f"{prefix}{name}.")
        case "list":
            for item in value:
                yield from _paths(shape.member, item, prefix)


def walk(endpoint: str, files: Path) -> Seen:
    """Walk through all operations of a fresh server, which allows `GRAPHS_MAX` graphs, and files in a folder."""
    walker = Walker(endpoint)
    graph = _graphs(walker)
    _queries(walker, graph)
    _endpoints(walker, graph)
    _tags(walker, walker.call("GetGraph", graphIdentifier=graph)["arn"])
    _imports(walker, _exports(walker, graph, files), files)
    _snapshots(walker, graph)
    _endings(walker, graph)
    for operation, arguments in ABSENT.items():
        walker.fail(operation, **arguments)
    return walker.seen


def _graphs(walker: Walker) -> str:
    made = walker.call(
        "CreateGraph",
        graphName="walked",
        provisionedMemory=32,
        tags={"team": "x"},
        publicConnectivity=True,
        replicaCount=0,
        deletionProtection=True,
        vectorSearchConfiguration={"dimension": 4},
    )
    graph: str = made["id"]
    walker.wait("graph_available", graphIdentifier=graph)
    walker.fail("CreateGraph", graphName="walked", provisionedMemory=32)
    walker.fail("CreateGraph", graphName="g-walked", provisionedMemory=32)
    walker.call("GetGraph", graphIdentifier=graph)
    walker.fail("DeleteGraph", graphIdentifier=graph, skipSnapshot=True)
    walker.fail("StartGraph", graphIdentifier=graph)
    walker.call(
        "UpdateGraph",
        graphIdentifier=graph,
        provisionedMemory=64,
        publicConnectivity=False,
        deletionProtection=False,
    )
    other = walker.call("CreateGraph", graphName="other", provisionedMemory=16)["id"]
    walker.wait("graph_available", graphIdentifier=other)
    token = walker.call("ListGraphs", maxResults=1)["nextToken"]
    walker.call("ListGraphs", maxResults=1, nextToken=token)
    walker.fail("ListGraphs", maxResults=0)
    for operation in (
        "GetGraph",
        "UpdateGraph",
        "StopGraph",
        "StartGraph",
        "ListPrivateGraphEndpoints",
    ):
        walker.fail(operation, graphIdentifier="gs-no")
    walker.fail("ResetGraph", graphIdentifier=graph)
    walker.fail("DeleteGraph", graphIdentifier=graph)
    walker.call("DeleteGraph", graphIdentifier=other, skipSnapshot=True)
    walker.wait("graph_deleted", graphIdentifier=other)
    return graph


def _queries(walker: Walker, graph: str) -> None:
    query = {"graphIdentifier": graph, "language": "OPEN_CYPHER"}
    walker.call("ExecuteQuery", queryString=DATA, **query)
    walker.call(
        "ExecuteQuery",
        queryString="RETURN $a",
        parameters={"a": 1},
        planCache="ENABLED",
        queryTimeoutMilliseconds=5_000,
        **query,
    )
    walker.call("ExecuteQuery", queryString="RETURN 1", explainMode="STATIC", **query)
    walker.fail("ExecuteQuery", queryString="RETURN", **query)
    walker.fail("ExecuteQuery", queryString=LONG, queryTimeoutMilliseconds=100, **query)
    walker.fail(
        "ExecuteQuery", graphIdentifier=NOBODY, queryString="RETURN 1", language="OPEN_CYPHER"
    )
    work = threading.Thread(target=lambda: walker.fail("ExecuteQuery", queryString=LONG, **query))
    work.start()

    def running() -> Any:
        return walker.call("ListQueries", graphIdentifier=graph, maxResults=10, state="ALL")[
            "queries"
        ]

    found = wait_for("the query", running)[0]
    walker.call("GetQuery", graphIdentifier=graph, queryId=found["id"])
    walker.call("CancelQuery", graphIdentifier=graph, queryId=found["id"])
    work.join()
    walker.fail("ListQueries", graphIdentifier=graph, maxResults=0)
    walker.fail("ListQueries", graphIdentifier=NOBODY, maxResults=1)
    for operation in ("GetQuery", "CancelQuery"):
        walker.fail(operation, graphIdentifier="g-no", queryId="x")
    for mode in ("BASIC", "DETAILED"):
        walker.call("GetGraphSummary", graphIdentifier=graph, mode=mode)
    walker.fail("GetGraphSummary", graphIdentifier=graph, mode="NONE")


def _endpoints(walker: Walker, graph: str) -> None:
    made = {
        "graphIdentifier": graph,
        "vpcId": "vpc-1",
        "subnetIds": ["subnet-1"],
        "vpcSecurityGroupIds": ["sg-1"],
    }
    walker.call("CreatePrivateGraphEndpoint", **made)
    walker.wait("private_graph_endpoint_available", graphIdentifier=graph, vpcId="vpc-1")
    walker.fail("CreatePrivateGraphEndpoint", **made)
    walker.fail("CreatePrivateGraphEndpoint", graphIdentifier=graph, vpcId="no")
    walker.fail("DeleteGraph", graphIdentifier=graph, skipSnapshot=True)
    walker.call("CreatePrivateGraphEndpoint", graphIdentifier=graph)
    page = {"graphIdentifier": graph, "maxResults": 1}
    token = walker.call("ListPrivateGraphEndpoints", **page)["nextToken"]
    walker.call("ListPrivateGraphEndpoints", **page, nextToken=token)
    walker.fail("ListPrivateGraphEndpoints", graphIdentifier=graph, maxResults=0)
    for listed in walker.call("ListPrivateGraphEndpoints", graphIdentifier=graph)[
        "privateGraphEndpoints"
    ]:
        endpoint = {"graphIdentifier": graph, "vpcId": listed["vpcId"]}
        walker.wait("private_graph_endpoint_available", **endpoint)
        walker.call("GetPrivateGraphEndpoint", **endpoint)
        walker.call("DeletePrivateGraphEndpoint", **endpoint)
        walker.wait("private_graph_endpoint_deleted", **endpoint)
    for operation in ("GetPrivateGraphEndpoint", "DeletePrivateGraphEndpoint"):
        walker.fail(operation, graphIdentifier=graph, vpcId="no")


def _tags(walker: Walker, arn: str) -> None:
    walker.call("TagResource", resourceArn=arn, tags={"k": "v"})
    walker.call("ListTagsForResource", resourceArn=arn)
    walker.call("UntagResource", resourceArn=arn, tagKeys=["k"])
    walker.fail("TagResource", resourceArn=arn, tags={"!": "v"})
    walker.fail("UntagResource", resourceArn=arn, tagKeys=["!"])
    walker.fail("ListTagsForResource", resourceArn="nothing")


def _snapshots(walker: Walker, graph: str) -> None:
    made = walker.call(
        "CreateGraphSnapshot", graphIdentifier=graph, snapshotName="kept", tags={"k": "v"}
    )
    snapshot = made["id"]
    walker.wait("graph_snapshot_available", snapshotIdentifier=snapshot)
    walker.call("GetGraphSnapshot", snapshotIdentifier=snapshot)
    walker.fail("CreateGraphSnapshot", graphIdentifier=graph, snapshotName="kept")
    walker.fail("CreateGraphSnapshot", graphIdentifier=graph, snapshotName="gs-kept")
    walker.wait("graph_available", graphIdentifier=graph)
    second = walker.call("CreateGraphSnapshot", graphIdentifier=graph, snapshotName="second")["id"]
    walker.wait("graph_snapshot_available", snapshotIdentifier=second)
    page = {"graphIdentifier": graph, "maxResults": 1}
    token = walker.call("ListGraphSnapshots", **page)["nextToken"]
    walker.call("ListGraphSnapshots", **page, nextToken=token)
    walker.fail("ListGraphSnapshots", maxResults=0)
    restored = walker.call(
        "RestoreGraphFromSnapshot",
        snapshotIdentifier=snapshot,
        graphName="restored",
        provisionedMemory=16,
        deletionProtection=False,
        tags={"k": "v"},
        replicaCount=0,
        publicConnectivity=False,
    )["id"]
    walker.wait("graph_available", graphIdentifier=restored)
    # Its origin is told for as long as the graph lives.
    walker.call("GetGraph", graphIdentifier=restored)
    walker.call("UpdateGraph", graphIdentifier=restored, provisionedMemory=32)
    walker.fail("RestoreGraphFromSnapshot", snapshotIdentifier=snapshot, graphName="restored")
    walker.fail("RestoreGraphFromSnapshot", snapshotIdentifier=snapshot)
    walker.wait("graph_available", graphIdentifier=restored)
    _from_a_snapshot(walker, restored)
    for name in ("one-more", "too-many"):
        arguments = {"graphName": name, "provisionedMemory": 16}
        if name == "one-more":
            walker.wait(
                "graph_available", graphIdentifier=walker.call("CreateGraph", **arguments)["id"]
            )
    walker.fail("CreateGraph", **arguments)
    walker.fail("RestoreGraphFromSnapshot", snapshotIdentifier=snapshot, graphName="too-many")
    for operation in ("GetGraphSnapshot", "DeleteGraphSnapshot"):
        walker.fail(operation, snapshotIdentifier="gs-no")
    walker.call("DeleteGraphSnapshot", snapshotIdentifier=snapshot)


def _exports(walker: Walker, graph: str, files: Path) -> str:
    """The folder of an export of the graph."""
    only = {
        "vertexFilter": {"*": {}},
        "edgeFilter": {"R": {"properties": {"w": {"outputType": "Double"}}}},
    }
    wanted = {
        "graphIdentifier": graph,
        "roleArn": ROLE,
        "format": "PARQUET",
        "parquetType": "COLUMNAR",
        "destination": f"{files}/out",
        "kmsKeyIdentifier": ABSENT["StartExportTask"]["kmsKeyIdentifier"],
    }
    task = walker.call("StartExportTask", **wanted, exportFilter=only, tags={"k": "v"})["taskId"]
    walker.wait("export_task_successful", taskIdentifier=task)
    walker.call("GetExportTask", taskIdentifier=task)
    walker.fail("CancelExportTask", taskIdentifier=task)
    walker.fail("StartExportTask", **{**wanted, "destination": "nowhere"})
    _cancelled(walker, "Export", lambda: walker.call("StartExportTask", **wanted)["taskId"])
    page = {"graphIdentifier": graph, "maxResults": 1}
    token = walker.call("ListExportTasks", **page)["nextToken"]
    walker.call("ListExportTasks", **page, nextToken=token)
    for operation in ("GetExportTask", "CancelExportTask"):
        walker.fail(operation, taskIdentifier="no")
    return f"{files}/out/{task}/"


def _imports(walker: Walker, source: str, files: Path) -> None:
    options = {
        "neptune": {
            "s3ExportPath": "s3://b/e",
            "s3ExportKmsKeyId": "k",
            "preserveDefaultVertexLabels": True,
            "preserveEdgeIds": True,
        }
    }
    wanted: dict[str, Any] = {
        "source": source,
        "roleArn": ROLE,
        "format": "PARQUET",
        "parquetType": "COLUMNAR",
        "failOnError": True,
        "blankNodeHandling": "convertToIri",
        "importOptions": options,
    }
    made = walker.call(
        "CreateGraphUsingImportTask",
        graphName="by-import",
        minProvisionedMemory=16,
        maxProvisionedMemory=32,
        replicaCount=0,
        publicConnectivity=False,
        deletionProtection=False,
        vectorSearchConfiguration={"dimension": 4},
        tags={"k": "v"},
        **wanted,
    )
    graph = made["graphId"]
    walker.wait("import_task_successful", taskIdentifier=made["taskId"])
    walker.call("GetImportTask", taskIdentifier=made["taskId"])
    walker.fail("CancelImportTask", taskIdentifier=made["taskId"])
    walker.fail("CreateGraphUsingImportTask", graphName="by-import", source=source, roleArn=ROLE)
    walker.fail("StartImportTask", graphIdentifier=graph, **wanted)
    walker.fail("StartImportTask", graphIdentifier=graph, source="nowhere", roleArn=ROLE)

    def start() -> str:
        walker.call("ResetGraph", graphIdentifier=graph, skipSnapshot=True)
        walker.wait("graph_available", graphIdentifier=graph)
        task: str = walker.call("StartImportTask", graphIdentifier=graph, **wanted)["taskId"]
        return task

    _cancelled(walker, "Import", start)
    walker.wait("graph_available", graphIdentifier=graph)
    page = {"graphIdentifier": graph, "maxResults": 1}
    token = walker.call("ListImportTasks", **page)["nextToken"]
    walker.call("ListImportTasks", **page, nextToken=token)
    for operation in ("GetImportTask", "CancelImportTask"):
        walker.fail(operation, taskIdentifier="no")
    walker.call("DeleteGraph", graphIdentifier=graph, skipSnapshot=True)
    walker.wait("graph_deleted", graphIdentifier=graph)


def _cancelled(walker: Walker, kind: str, start: Callable[[], str]) -> None:
    """Start a task and cancel it, until it did not end before; that is seldom."""
    for _ in range(50):
        task = start()
        try:
            walker.call(f"Cancel{kind}Task", taskIdentifier=task)
        except ClientError:
            walker.wait(f"{kind.lower()}_task_successful", taskIdentifier=task)
        else:
            walker.wait(f"{kind.lower()}_task_cancelled", taskIdentifier=task)
            return
    raise AssertionError("tasks end too soon to be cancelled")


def _from_a_snapshot(walker: Walker, graph: str) -> None:
    """The operations that tell where a graph came from."""
    walker.call("ResetGraph", graphIdentifier=graph, skipSnapshot=False)
    walker.wait("graph_available", graphIdentifier=graph)
    walker.call("StopGraph", graphIdentifier=graph)
    walker.wait("graph_stopped", graphIdentifier=graph)
    walker.fail("ResetGraph", graphIdentifier=graph, skipSnapshot=True)
    walker.fail("StopGraph", graphIdentifier=graph)
    walker.fail(
        "ExecuteQuery", graphIdentifier=graph, queryString="RETURN 1", language="OPEN_CYPHER"
    )
    walker.call("StartGraph", graphIdentifier=graph)
    walker.wait("graph_available", graphIdentifier=graph)


def _endings(walker: Walker, graph: str) -> None:
    for listed in walker.call("ListGraphs")["graphs"]:
        walker.call("DeleteGraph", graphIdentifier=listed["id"], skipSnapshot=listed["id"] != graph)
