"""What `docs/compatibility.md` says beside what a walk can see: notes on members and errors, and decisions.

`NOTES` are for members that a walk does not send or see, and for those whose meaning differs from Neptune Analytics';
`*` is any operation. A note that begins with `only` is on a member that comes back in some states. `DECISIONS` are answers to what AWS publishes nothing about, each with the file that shows it.
"""

from __future__ import annotations

from typing import NamedTuple

NOTES: dict[tuple[str, str], str] = {
    ("*", "publicConnectivity"): "kept and reported; the server listens where `--host` says",
    (
        "*",
        "provisionedMemory",
    ): "any integer from 16 to 24576; kept, counted in the quota and reported. "
    "`seaglass serve --memory` says what a graph's process may use",
    (
        "*",
        "endpoint",
    ): "the host name that AWS would give; clients reach the server by their endpoint setting",
    ("*", "buildNumber"): "seaglass's version",
    (
        "*",
        "statusReason",
    ): "only when there is something to say: why a graph FAILED, or how much of it is in memory",
    ("*", "sourceSnapshotId"): "only of a restored graph",
    (
        "*",
        "vectorSearchConfiguration",
    ): "only when one was given",
    ("*", "kmsKeyIdentifier"): "`AWS_OWNED_KEY` when none was given, as on AWS",
    (
        "*",
        "nextToken",
    ): "only while there is more; opaque, and valid for the same list as long as the data lasts",
    (
        "CreateGraph",
        "kmsKeyIdentifier in",
    ): "a key of the local key ring, or of AWS KMS with `--kms aws` (`tests/clients/test_keys.py`)",
    (
        "CreateGraphUsingImportTask",
        "kmsKeyIdentifier in",
    ): "as of CreateGraph",
    ("*", "roleArn"): "kept and reported; the server uses its own AWS credentials",
    ("*", "source"): "`s3://bucket/prefix`, or a path or `file://` below a folder of "
    "`seaglass serve --allow-local-path`; all files whose names begin so",
    ("*", "destination"): "as `source`; the files are in a folder named by the task's id",
    ("*", "importOptions"): "kept and reported; they are for sources that only AWS can read",
    (
        "StartExportTask",
        "kmsKeyIdentifier",
    ): "SSE-KMS in AWS's S3; other servers, and folders, do not use it",
    (
        "*",
        "importTaskDetails.errorDetails",
    ): "only where data was wrong: up to ten errors, with file and line",
    (
        "CreateGraphUsingImportTask",
        "maxProvisionedMemory",
    ): "the memory of the graph, no less than the minimum; else the minimum; else 128",
    ("ListExportTasks", "tasks.statusReason"): "only of a task that FAILED",
    ("*", "blankNodeHandling"): "required for NTRIPLES",
    ("*", "parquetType"): "required for PARQUET",
    (
        "*",
        "replicaCount",
    ): "up to so many read-only workers, which start when queries come side by side",
    ("ExecuteQuery", "language"): "may be absent; `opencypher` in any case is taken, too",
    (
        "ExecuteQuery",
        "planCache",
    ): "in any case; `DISABLED` plans anew, the other two use a plan that is kept",
    ("ExecuteQuery", "explainMode"): "in any case",
    ("ExecuteQuery", "parameters"): "a map, or its JSON text",
    ("ExecuteQuery", "payload"): "`application/json`; `text/plain` for explain",
    ("ExecuteQuery", "queryTimeoutMilliseconds"): "at least 1; more than 60 minutes is cut to that",
    ("ListQueries", "maxResults"): "at least 1",
    ("ListQueries", "state"): "in any case; absent means all",
    ("GetGraphSummary", "mode"): "in any case",
    ("GetGraphSummary", "version"): "`v1`",
    (
        "GetGraphSummary",
        "lastStatisticsComputationTime",
    ): "the time of the call: counts are never behind",
    (
        "UntagResource",
        "tagKeys",
    ): "at least one; an empty list cannot be told from none in a query string",
}

ERRORS: dict[str, str] = {
    "ThrottlingException": "when the queue of a graph is full, or an account asks more often than its rate ([limits.md](limits.md))",
    "InternalServerException": "when the server fails: a disk, a database, a damaged store",
    "AccessDeniedException": "of any operation, behind a closed gate ([security.md](security.md))",
}


class Decision(NamedTuple):
    """What AWS leaves open, what is done here, and where that is shown."""

    question: str
    answer: str
    shown_by: str


DECISIONS = (
    Decision("RestoreGraphFromSnapshot with a graph's id", "clones that graph as it is now; AWS refuses it", "tests/clients/test_snapshots.py"),
    Decision("A snapshot's id as `graphIdentifier` of a query", "the snapshot is read where it is; AWS refuses it", "tests/clients/test_snapshots.py"),
    Decision("Names", "unique per account and Region for graphs and for snapshots, and free again after a deletion; a taken one is a ConflictException", "tests/clients/test_operations.py"),
    Decision("An operation in a wrong state", "ConflictException, and nothing changes", "tests/clients/test_operations.py"),
    Decision("`deletionProtection`, `replicaCount` by default", "false; 1, also on a restore", "tests/server/control/test_plane.py"),
    Decision("Memory of a restored graph by default", "that of the source graph", "tests/server/control/test_plane.py"),
    Decision("Names of automatic snapshots", "`final-<graph>-<time>` and `before-reset-<graph>-<time>`", "tests/server/control/test_plane.py"),
    Decision("Page size by default, order", "100; oldest first", "tests/server/service/test_operations.py"),
    Decision("A token that is none, or of another list", "ValidationException, `BAD_REQUEST`", "tests/server/wire/test_replies.py"),
    Decision("ListGraphs with a bad page size or token", "ValidationException, which the operation does not model", "tests/conformance/test_cases.py"),
    Decision("ExecuteQuery, ListQueries on a graph that does not exist", "ResourceNotFoundException, which they do not model", "tests/conformance/test_cases.py"),
    Decision("A query on a graph that is stopped", "ConflictException that names the state", "tests/clients/test_operations.py"),
    Decision("A body that is no JSON object", "ValidationException, `BAD_REQUEST`", "tests/conformance/test_cases.py"),
    Decision("Members that the model does not know", "ignored", "tests/server/wire/test_parse.py"),
    Decision("A path that is no operation", "UnknownOperationException, 404", "tests/server/service/test_http.py"),
    Decision("The longest request", "157,286,400 bytes for ExecuteQuery (`QUERY_TOO_LARGE`), 1,048,576 for the control plane (413)", "tests/server/service/test_http.py"),
    Decision("Identity of a query in its reply", "none but the request's id in `x-amzn-RequestId`; ListQueries finds it by its text", "tests/clients/test_operations.py"),
    Decision("A write that an SDK sends again by itself", "made once, and answered as the first time; ConflictException where it was made and its rows are lost ([RELIABILITY.md](RELIABILITY.md))", "tests/clients/test_repeats.py"),
    Decision("An error after the first bytes of a result", "the connection ends without the last chunk, so that no client takes a part for the whole", "tests/server/service/test_http.py"),
    Decision("A private endpoint's VPC and subnets by default", "`vpc-default`, `subnet-default`; endpoints are records, no network changes", "tests/server/control/test_endpoints.py"),
    Decision("A private endpoint of a graph that is not AVAILABLE, a second one in a VPC, deleting a graph that has one", "ConflictException", "tests/server/control/test_endpoints.py"),
    Decision("A cluster or snapshot of Neptune Database as `source`", "ValidationException, `UNSUPPORTED_OPERATION`, which says how to bring the data to S3", "tests/server/control/test_tasks.py"),
    Decision("`format` of an import by default", "CSV", "tests/server/service/test_operations.py"),
    Decision("StartImportTask on a graph that has nodes; a query meanwhile; cancelling a task that has ended", "ConflictException; to the query in the words of Neptune Analytics", "tests/clients/test_tasks.py"),
    Decision("A failed or cancelled import", "the graph is as it was; one that the task made is deleted first (ROLLING_BACK, CANCELLING)", "tests/server/control/test_tasks.py"),
    Decision("A task when the server or its worker is killed", "begins again, up to 3 times for an import that ends its worker; `attemptNumber` counts", "tests/server/control/test_crash.py"),
    Decision("Statuses EXPORTING (of imports), REPROVISIONING, DELETED", "not used", "tests/server/control/test_tasks.py"),
    Decision("`exportFilter` `{}`", "everything, as when it is left out", "tests/engine/transfer/test_export.py"),
    Decision("Names and sizes of exported files, a node with several labels", "`vertices/<label>-00000.csv`, parts of 64 MiB; it is in the files of each label ([export.md](export.md))", "tests/engine/transfer/test_export.py"),
    Decision("`numVerticesWritten`", "every node once, those without labels and properties too", "tests/engine/transfer/test_export.py"),
    Decision("Files of an export that failed or was cancelled", "removed", "tests/clients/test_tasks.py"),
    Decision("Tags of export tasks", "can be listed and changed like others", "tests/server/control/test_tasks.py"),
    Decision("What another account or Region has", "ResourceNotFoundException", "tests/server/service/test_owners.py"),
    Decision("Codes of quotas", "`L-GRAPHS`, `L-SNAPSHOTS`, `L-PROVISIONED-MEMORY`, `L-PRIVATE-ENDPOINTS`", "tests/server/control/test_plane.py"),
    Decision("Statistics of GetGraphSummary", "exact at the time of the call", "tests/clients/test_operations.py"),
    Decision("What Neptune's openCypher leaves open", "the list in [opencypher.md](opencypher.md)", "tests/engine/test_dialect.py"),
)  # fmt: skip
