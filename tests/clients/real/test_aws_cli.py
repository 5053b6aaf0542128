"""The AWS CLI, each of the operations that are served, by its own words and its own output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.clients.real.environments import make_graph, program, run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.serving import Served

pytestmark = pytest.mark.slow


class Cli:
    """`aws neptune-graph …` in a folder."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.served = served
        self.folder = folder
        self.program = program("awscli", "aws")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run([self.program, "neptune-graph", *words], self.served, self.folder)

    def __call__(self, *words: str) -> Any:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def aws(served: Served, tmp_path: Path) -> Cli:
    return Cli(served, tmp_path)


@pytest.fixture
def graph(served: Served) -> str:
    return make_graph(served)


def test_queries(aws: Cli, graph: str) -> None:
    here = ["--graph-identifier", graph]
    query = ["execute-query", *here, "--language", "open_cypher"]
    aws(
        *query,
        "--query-string",
        "CREATE (:Person {name: 'Ada'})-[:KNOWS]->(:Person {name: 'Alan'})",
        "out.json",
    )
    assert json.loads((aws.folder / "out.json").read_text()) == {"results": []}
    given = [
        "--query-string",
        "MATCH (p {name: $name})-->(f) RETURN f.name",
        "--parameters",
        '{"name": "Ada"}',
    ]
    aws(
        *query,
        *given,
        "--plan-cache",
        "enabled",
        "--query-timeout-milliseconds",
        "9000",
        "out.json",
    )
    assert json.loads((aws.folder / "out.json").read_text()) == {"results": [{"f.name": "Alan"}]}
    aws(*query, "--query-string", "MATCH (n) RETURN n", "--explain-mode", "details", "plan.txt")
    assert "Units Out" in (aws.folder / "plan.txt").read_text()
    assert aws("list-queries", *here, "--max-results", "200", "--state", "all") == {"queries": []}
    summary = aws("get-graph-summary", *here, "--mode", "detailed")
    assert (summary["graphSummary"]["numNodes"], summary["graphSummary"]["numEdges"]) == (2, 1)
    assert summary["graphSummary"]["nodeStructures"]


def test_errors_are_told(aws: Cli, graph: str) -> None:
    words = ["execute-query", "--graph-identifier", graph, "--language", "OPEN_CYPHER"]
    bad = aws.run(*words, "--query-string", "MATCH (n RETURN n", "out.json")
    assert bad.returncode != 0
    assert "(ValidationException) when calling the ExecuteQuery operation" in bad.stderr
    gone = aws.run("get-query", "--graph-identifier", graph, "--query-id", "nobody")
    assert "(ResourceNotFoundException) when calling the GetQuery operation" in gone.stderr
    gone = aws.run("cancel-query", "--graph-identifier", graph, "--query-id", "nobody")
    assert "(ResourceNotFoundException) when calling the CancelQuery operation" in gone.stderr


def test_the_life_of_a_graph(aws: Cli) -> None:
    given = ["--graph-name", "cli-life", "--provisioned-memory", "16", "--tags", "team=x,cost=y"]
    made = aws(
        "create-graph",
        *given,
        "--no-public-connectivity",
        "--deletion-protection",
        "--replica-count",
        "0",
    )
    here = ["--graph-identifier", made["id"]]
    assert made["status"] == "CREATING"
    aws("wait", "graph-available", *here)
    assert aws("list-tags-for-resource", "--resource-arn", made["arn"])["tags"] == {
        "team": "x",
        "cost": "y",
    }
    aws("untag-resource", "--resource-arn", made["arn"], "--tag-keys", "team", "cost")
    aws("tag-resource", "--resource-arn", made["arn"], "--tags", "team=z")
    assert aws("list-tags-for-resource", "--resource-arn", made["arn"])["tags"] == {"team": "z"}
    listed = aws("list-graphs", "--page-size", "1")["graphs"]
    assert made["id"] in [one["id"] for one in listed]
    refused = aws.run("delete-graph", *here, "--skip-snapshot")
    assert "cannot be deleted because deletion protection is enabled." in refused.stderr
    changed = aws("update-graph", *here, "--no-deletion-protection", "--provisioned-memory", "32")
    assert changed["status"] == "UPDATING"
    aws("wait", "graph-available", *here)
    aws("stop-graph", *here)
    aws("wait", "graph-stopped", *here)
    aws("start-graph", *here)
    aws("wait", "graph-available", *here)
    aws("reset-graph", *here, "--skip-snapshot")
    aws("wait", "graph-available", *here)
    assert aws("delete-graph", *here, "--skip-snapshot")["status"] == "DELETING"
    aws("wait", "graph-deleted", *here)


def test_snapshots(aws: Cli, graph: str) -> None:
    query = ["--language", "OPEN_CYPHER", "out.json", "--query-string"]
    aws("execute-query", "--graph-identifier", graph, *query, "CREATE (:Kept)")
    made = aws("create-graph-snapshot", "--graph-identifier", graph, "--snapshot-name", "cli-kept")
    snapshot = ["--snapshot-identifier", made["id"]]
    aws("wait", "graph-snapshot-available", *snapshot)
    assert aws("get-graph-snapshot", *snapshot)["sourceGraphId"] == graph
    listed = aws("list-graph-snapshots", "--graph-identifier", graph)["graphSnapshots"]
    assert [one["name"] for one in listed] == ["cli-kept"]
    again = aws(
        "restore-graph-from-snapshot",
        *snapshot,
        "--graph-name",
        "cli-again",
        "--provisioned-memory",
        "16",
    )
    aws("wait", "graph-available", "--graph-identifier", again["id"])
    aws(
        "execute-query",
        "--graph-identifier",
        again["id"],
        *query,
        "MATCH (n) RETURN labels(n) AS l",
    )
    assert json.loads((aws.folder / "out.json").read_text()) == {"results": [{"l": ["Kept"]}]}
    aws("delete-graph-snapshot", *snapshot)
    aws("wait", "graph-snapshot-deleted", *snapshot)


def test_private_endpoints(aws: Cli, graph: str) -> None:
    here = ["--graph-identifier", graph]
    aws(
        "create-private-graph-endpoint",
        *here,
        "--vpc-id",
        "vpc-1",
        "--subnet-ids",
        "subnet-1",
        "subnet-2",
    )
    one = [*here, "--vpc-id", "vpc-1"]
    aws("wait", "private-graph-endpoint-available", *one)
    assert aws("get-private-graph-endpoint", *one)["subnetIds"] == ["subnet-1", "subnet-2"]
    assert len(aws("list-private-graph-endpoints", *here)["privateGraphEndpoints"]) == 1
    aws("delete-private-graph-endpoint", *one)
    aws("wait", "private-graph-endpoint-deleted", *one)


def test_data_goes_out_and_in_again(aws: Cli, graph: str, transfers: Path) -> None:
    query = ["--language", "OPEN_CYPHER", "out.json", "--query-string"]
    aws("execute-query", "--graph-identifier", graph, *query, "CREATE (:Kept)-[:R]->(:Kept)")
    role = ["--role-arn", "arn:aws:iam::123456789012:role/r"]
    key = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
    # The CLI itself reads what begins with file://, so the words go in as JSON.
    words = {
        "graphIdentifier": graph,
        "destination": f"file://{transfers}/cli",
        "format": "CSV",
        "kmsKeyIdentifier": key,
    }
    given = json.dumps({**words, "roleArn": role[1]})
    out = aws("start-export-task", "--cli-input-json", given)
    aws("wait", "export-task-successful", "--task-identifier", out["taskId"])
    assert (
        aws("get-export-task", "--task-identifier", out["taskId"])["exportTaskDetails"][
            "numVerticesWritten"
        ]
        == 2
    )
    assert out["taskId"] in [
        one["taskId"] for one in aws("list-export-tasks", "--graph-identifier", graph)["tasks"]
    ]
    source = ["--source", f"{transfers}/cli/{out['taskId']}/"]
    made = aws("create-graph-using-import-task", "--graph-name", "cli-imported", *source, *role)
    aws("wait", "import-task-successful", "--task-identifier", made["taskId"])
    aws("wait", "graph-available", "--graph-identifier", made["graphId"])
    aws(
        "execute-query",
        "--graph-identifier",
        made["graphId"],
        *query,
        "MATCH (n:Kept)-[:R]->() RETURN count(n) AS c",
    )
    assert json.loads((aws.folder / "out.json").read_text()) == {"results": [{"c": 1}]}
    refused = aws.run("start-import-task", "--graph-identifier", made["graphId"], *source, *role)
    assert "(ConflictException) when calling the StartImportTask operation" in refused.stderr
    ended = aws.run("cancel-import-task", "--task-identifier", made["taskId"])
    assert "(ConflictException) when calling the CancelImportTask operation" in ended.stderr
