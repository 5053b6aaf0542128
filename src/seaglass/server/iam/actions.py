"""What each operation needs: actions on resources, and what conditions may ask of the request.

Above: authority. Below: nothing. `NEEDS` has a row for each operation of the model; a resource is
a template over the members of the input, as the last part of an ARN. What ExecuteQuery needs stands
in its text, so that the graph's worker says it: see `DATA_ACTIONS`.

Source: Service Authorization Reference, Amazon Neptune Analytics. Dependent actions of other
services (iam:PassRole, kms, ec2) are not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.base.owner import Owner

SERVICE = "neptune-graph"
PUBLIC_CONNECTIVITY = f"{SERVICE}:publicconnectivity"

# What a query does with a graph -> the action that allows it.
DATA_ACTIONS: Mapping[str, str] = {
    "reads": "ReadDataViaQuery",
    "writes": "WriteDataViaQuery",
    "deletes": "DeleteDataViaQuery",
}


@dataclass(frozen=True, slots=True)
class Need:
    """An action, and the template of the resource that it is on."""

    action: str
    resource: str


_GRAPH = "graph/{graphIdentifier}"
_SNAPSHOT = "graph-snapshot/{snapshotIdentifier}"
_IMPORT, _EXPORT = "import-task/{taskIdentifier}", "export-task/{taskIdentifier}"
_ARN = "{resourceArn}"

NEEDS: Mapping[str, tuple[Need, ...]] = {
    "CreateGraph": (Need("CreateGraph", "graph/*"),),
    "GetGraph": (Need("GetGraph", _GRAPH),),
    "ListGraphs": (Need("ListGraphs", "graph/*"),),
    "UpdateGraph": (Need("UpdateGraph", _GRAPH),),
    "DeleteGraph": (Need("DeleteGraph", _GRAPH),),
    "ResetGraph": (Need("ResetGraph", _GRAPH),),
    "StartGraph": (Need("StartGraph", _GRAPH),),
    "StopGraph": (Need("StopGraph", _GRAPH),),
    "RestoreGraphFromSnapshot": (
        Need("RestoreGraphFromSnapshot", "graph/*"),
        Need("RestoreGraphFromSnapshot", _SNAPSHOT),
    ),
    "CreateGraphSnapshot": (
        Need("CreateGraphSnapshot", _GRAPH),
        Need("CreateGraphSnapshot", "graph-snapshot/*"),
    ),
    "GetGraphSnapshot": (Need("GetGraphSnapshot", _SNAPSHOT),),
    "ListGraphSnapshots": (Need("ListGraphSnapshots", "graph-snapshot/*"),),
    "DeleteGraphSnapshot": (Need("DeleteGraphSnapshot", _SNAPSHOT),),
    "CreatePrivateGraphEndpoint": (Need("CreatePrivateGraphEndpoint", _GRAPH),),
    "GetPrivateGraphEndpoint": (Need("GetPrivateGraphEndpoint", _GRAPH),),
    "ListPrivateGraphEndpoints": (Need("ListPrivateGraphEndpoints", _GRAPH),),
    "DeletePrivateGraphEndpoint": (Need("DeletePrivateGraphEndpoint", _GRAPH),),
    "CreateGraphUsingImportTask": (
        Need("CreateGraphUsingImportTask", "graph/*"),
        Need("CreateGraphUsingImportTask", "import-task/*"),
    ),
    "StartImportTask": (
        Need("StartImportTask", _GRAPH),
        Need("StartImportTask", "import-task/*"),
    ),
    "GetImportTask": (Need("GetImportTask", _IMPORT),),
    "ListImportTasks": (Need("ListImportTasks", "import-task/*"),),
    "CancelImportTask": (Need("CancelImportTask", _IMPORT),),
    "StartExportTask": (
        Need("StartExportTask", _GRAPH),
        Need("StartExportTask", "export-task/*"),
    ),
    "GetExportTask": (Need("GetExportTask", _EXPORT),),
    "ListExportTasks": (Need("ListExportTasks", "export-task/*"),),
    "CancelExportTask": (Need("CancelExportTask", _EXPORT),),
    "TagResource": (Need("TagResource", _ARN),),
    "UntagResource": (Need("UntagResource", _ARN),),
    "ListTagsForResource": (Need("ListTagsForResource", _ARN),),
    "ExecuteQuery": (),
    "ListQueries": (Need("ListQueries", _GRAPH),),
    "GetQuery": (Need("GetQueryStatus", _GRAPH),),
    "CancelQuery": (Need("CancelQuery", _GRAPH),),
    "GetGraphSummary": (Need("GetGraphSummary", _GRAPH),),
}

# Operations that make what they tag; with tags they need TagResource, too, on what they make.
TAGGING: Mapping[str, str] = {
    "CreateGraph": "graph/*",
    "CreateGraphUsingImportTask": "graph/*",
    "RestoreGraphFromSnapshot": "graph/*",
    "CreateGraphSnapshot": "graph-snapshot/*",
    "StartExportTask": "export-task/*",
}

# Operations whose conditions may ask for the publicConnectivity that they set, false by default.
_CONNECTING = frozenset(
    {"CreateGraph", "CreateGraphUsingImportTask", "RestoreGraphFromSnapshot", "UpdateGraph"}
)


def needs(operation: str, values: Mapping[str, object]) -> tuple[Need, ...]:
    """All that a call needs. Whoever clones a graph takes what it holds, as by a snapshot."""
    if operation == "RestoreGraphFromSnapshot" and _names_graph(values):
        cloned = Need("CreateGraphSnapshot", "graph/{snapshotIdentifier}")
        return (*NEEDS[operation][:1], cloned, *_tagging(operation, values))
    return (*NEEDS[operation], *_tagging(operation, values))


def _names_graph(values: Mapping[str, object]) -> bool:
    return str(values["snapshotIdentifier"]).startswith("g-")


def _tagging(operation: str, values: Mapping[str, object]) -> tuple[Need, ...]:
    made = TAGGING.get(operation)
    if made is None or not values.get("tags"):
        return ()
    return (Need("TagResource", made),)


def resource_arn(owner: Owner, template: str, values: Mapping[str, object]) -> str:
    """The ARN of what a need is on. A snapshot that is read as a graph is a snapshot."""
    if template == _ARN:
        return str(values["resourceArn"])
    named = str(values.get("graphIdentifier", ""))
    if template == _GRAPH and named.startswith("gs-"):
        return owner.arn(f"graph-snapshot/{named}")
    return owner.arn(template.format_map(values))


def request_context(operation: str, values: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """What conditions may ask of a call's input, by key in lower case."""
    context: dict[str, tuple[str, ...]] = {}
    tags, keys = values.get("tags"), values.get("tagKeys")
    if isinstance(tags, dict) and tags:
        context |= {f"aws:requesttag/{k.lower()}": (v,) for k, v in tags.items()}
        context["aws:tagkeys"] = tuple(tags)
    elif isinstance(keys, list):
        context["aws:tagkeys"] = tuple(keys)
    if operation in _CONNECTING:
        public = values.get("publicConnectivity") is True
        context[PUBLIC_CONNECTIVITY] = ("true" if public else "false",)
    return context
