"""Goal: an unmodified boto3 client moves data in and out, through S3 and through allowed folders, and finds the tasks
as the service model describes them, also when the server is killed in the middle.

Method: one server as in the README with a bucket of a real S3 server; waiters and paginators are boto3's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from tests.serving import Served, client, run, wait_for

from seaglass.testkit.seaweed import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seaglass.testkit.seaweed import SeaweedServer

ROLE = "arn:aws:iam::123456789012:role/r"
KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
BUCKET = "s3://transfers"
DATA = (
    "CREATE (a:Person {`~id`: 'a', name: 'Ann', age: 40, tags: ['x', 'y'], at: datetime('2024-01-02T03:04:05Z')})"
    "-[:KNOWS {since: 2020}]->(:Person:Boss {`~id`: 'b', name: ''})-[:OF]->({`~id`: 'c'})"
)
CONTENT = (
    "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN n.`~id` AS id, labels(n) AS l, properties(n) AS p, "
    "type(r) AS t, properties(r) AS q, m.`~id` AS m ORDER BY id"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, seaweed: SeaweedServer, folder: Path
) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ENDPOINT_URL_S3", seaweed.endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        served = Served(tmp_path_factory.mktemp("data"), "--allow-local-path", str(folder))
        served.start()
        yield served
        served.stop()


@pytest.fixture(scope="module")
def aws(server: Served) -> Any:
    return client(server.endpoint)


@pytest.fixture(scope="module")
def graph(aws: Any) -> str:
    made = make_graph(aws, "people")
    run(aws, made, DATA)
    return made


def wait(aws: Any, name: str, **what: str) -> None:
    """boto3's own waiter, which asks every second in place of every minute."""
    aws.get_waiter(name).wait(**what, WaiterConfig={"Delay": 1, "MaxAttempts": 90})


def make_graph(aws: Any, name: str) -> str:
    made: str = aws.create_graph(graphName=name, provisionedMemory=16)["id"]
    wait(aws, "graph_available", graphIdentifier=made)
    return made


def exported(aws: Any, graph: str, destination: str, **options: Any) -> dict[str, Any]:
    values = {"roleArn": ROLE, "format": "CSV", "kmsKeyIdentifier": KEY, **options}
    started = aws.start_export_task(graphIdentifier=graph, destination=destination, **values)
    wait(aws, "export_task_successful", taskIdentifier=started["taskId"])
    found: dict[str, Any] = aws.get_export_task(taskIdentifier=started["taskId"])
    return found


@pytest.mark.parametrize(
    "options", [{"format": "CSV"}, {"format": "PARQUET", "parquetType": "COLUMNAR"}], ids=str
)
def test_out_to_a_bucket_and_in_again(aws: Any, graph: str, options: dict[str, str]) -> None:
    task = exported(aws, graph, f"{BUCKET}/out", **options)
    details = task["exportTaskDetails"]
    assert (details["numVerticesWritten"], details["numEdgesWritten"]) == (3, 2)
    assert (details["progressPercentage"], task["status"]) == (100, "SUCCEEDED")
    source = f"{BUCKET}/out/{task['taskId']}/"
    made = aws.create_graph_using_import_task(
        graphName=f"again-{options['format'].lower()}", source=source, roleArn=ROLE, **options
    )
    wait(aws, "import_task_successful", taskIdentifier=made["taskId"])
    wait(aws, "graph_available", graphIdentifier=made["graphId"])
    assert run(aws, made["graphId"], CONTENT) == run(aws, graph, CONTENT)
    found = aws.get_import_task(taskIdentifier=made["taskId"])
    assert found["importTaskDetails"]["progressPercentage"] == 100
    assert found["importTaskDetails"]["statementCount"] > 0
    assert found["importTaskDetails"]["dictionaryEntryCount"] > 0


def test_through_a_folder_into_an_existing_graph(aws: Any, graph: str, folder: Path) -> None:
    task = exported(aws, graph, f"file://{folder}/out")
    assert (folder / "out" / task["taskId"] / "vertices/Person-00000.csv").exists()
    empty = make_graph(aws, "filled-later")
    started = aws.start_import_task(
        graphIdentifier=empty, source=str(folder / "out" / task["taskId"]), roleArn=ROLE
    )
    wait(aws, "import_task_successful", taskIdentifier=started["taskId"])
    assert run(aws, empty, CONTENT) == run(aws, graph, CONTENT)
    with pytest.raises(ClientError, match="has 3 nodes"):
        aws.start_import_task(graphIdentifier=empty, source=str(folder / "out"), roleArn=ROLE)
    run(aws, empty, "CREATE (:More)")
    # What was imported is durable, and in snapshots.
    snapshot = aws.create_graph_snapshot(graphIdentifier=empty, snapshotName="imported")["id"]
    wait(aws, "graph_snapshot_available", snapshotIdentifier=snapshot)


def test_a_failed_import_says_what_is_wrong_and_where(aws: Any, folder: Path) -> None:
    bad = folder / "bad"
    bad.mkdir()
    (bad / "nodes.csv").write_text("~id,age:Int\na,1\nb,old\n")
    empty = make_graph(aws, "stays-empty")
    started = aws.start_import_task(graphIdentifier=empty, source=str(bad), roleArn=ROLE)
    with pytest.raises(WaiterError):
        wait(aws, "import_task_successful", taskIdentifier=started["taskId"])
    found = aws.get_import_task(taskIdentifier=started["taskId"])
    assert found["status"] == "FAILED"
    assert "nodes.csv, line 3" in found["statusReason"]
    details = found["importTaskDetails"]
    assert (details["status"], details["errorCount"]) == ("FAILED", 1)
    assert "nodes.csv, line 3" in details["errorDetails"]
    assert aws.get_graph(graphIdentifier=empty)["status"] == "AVAILABLE"
    assert run(aws, empty, "MATCH (n) RETURN count(n) AS c") == [{"c": 0}]
    started = aws.start_import_task(
        graphIdentifier=empty, source=str(bad), roleArn=ROLE, failOnError=False
    )
    wait(aws, "import_task_successful", taskIdentifier=started["taskId"])
    assert run(aws, empty, "MATCH (n) RETURN n.`~id` AS id") == [{"id": "a"}]
    made = aws.create_graph_using_import_task(
        graphName="never", source=f"{BUCKET}/nothing-there/", roleArn=ROLE
    )
    with pytest.raises(WaiterError):
        wait(aws, "import_task_successful", taskIdentifier=made["taskId"])

    def gone() -> bool:
        return made["graphId"] not in [g["id"] for g in aws.list_graphs()["graphs"]]

    wait_for("the graph's end", gone)
    failed = aws.get_import_task(taskIdentifier=made["taskId"])
    assert (failed["status"], failed["graphId"]) == ("FAILED", made["graphId"])


def test_a_failed_export_leaves_nothing(aws: Any, graph: str, folder: Path) -> None:
    values = {"roleArn": ROLE, "format": "CSV", "kmsKeyIdentifier": KEY}
    for only, word in (
        ({"vertexFilter": {"Nobody": {}}}, "Nobody"),
        ({"vertexFilter": {"Person": {"properties": {"name": {"outputType": "Int"}}}}}, "no Int"),
    ):
        started = aws.start_export_task(
            graphIdentifier=graph, destination=str(folder / "no"), exportFilter=only, **values
        )
        with pytest.raises(WaiterError):
            wait(aws, "export_task_successful", taskIdentifier=started["taskId"])
        assert word in aws.get_export_task(taskIdentifier=started["taskId"])["statusReason"]
    assert list((folder / "no").rglob("*.csv")) == []


def big_files(folder: Path, rows: int) -> Path:
    """Files that take some seconds to import."""
    source = folder / "big"
    source.mkdir(exist_ok=True)
    lines = "\n".join(f"n{i},Thing,{i},text number {i}" for i in range(rows))
    (source / "nodes.csv").write_text(f"~id,~label,i:Long,text:String\n{lines}\n")
    ends = "\n".join(f"n{i},n{i * 7919 % rows},R" for i in range(rows))
    (source / "edges.csv").write_text(f"~from,~to,~label\n{ends}\n")
    return source


def test_queries_are_refused_meanwhile_and_cancelling_empties(aws: Any, folder: Path) -> None:
    source = big_files(folder, 400_000)
    empty = make_graph(aws, "cancelled")
    task = aws.start_import_task(graphIdentifier=empty, source=str(source), roleArn=ROLE)["taskId"]
    statuses = {g["status"] for g in aws.list_graphs()["graphs"] if g["id"] == empty}
    assert statuses == {"IMPORTING"}
    with pytest.raises(ClientError) as refused:
        run(aws, empty, "RETURN 1")
    assert refused.value.response["Error"]["Message"] == (
        "Cannot execute any query until bulk import is complete"
    )
    assert aws.cancel_import_task(taskIdentifier=task)["status"] == "CANCELLING"
    wait(aws, "import_task_cancelled", taskIdentifier=task)
    wait(aws, "graph_available", graphIdentifier=empty)
    assert run(aws, empty, "MATCH (n) RETURN count(n) AS c") == [{"c": 0}]


def test_an_export_ends_with_what_is_done_to_it_or_its_graph(aws: Any, folder: Path) -> None:
    filled = make_graph(aws, "much")
    run(aws, filled, "UNWIND range(1, 200000) AS i CREATE (:Thing {i: i, text: 'number ' + i})")
    aws.create_graph_snapshot(graphIdentifier=filled, snapshotName="much")
    wait(aws, "graph_available", graphIdentifier=filled)

    def started(place: str) -> str:
        task: str = aws.start_export_task(
            graphIdentifier=filled,
            destination=str(folder / place),
            roleArn=ROLE,
            format="CSV",
            kmsKeyIdentifier=KEY,
        )["taskId"]
        return task

    def begun(place: str) -> str:
        task = started(place)
        wait_for("its begin", lambda: status(task) != "INITIALIZING")
        return task

    def status(task: str) -> Any:
        listed = aws.list_export_tasks(graphIdentifier=filled)["tasks"]
        return next(one["status"] for one in listed if one["taskId"] == task)

    cancelled = started("cancelled")
    assert aws.cancel_export_task(taskIdentifier=cancelled)["status"] == "CANCELLING"
    wait(aws, "export_task_cancelled", taskIdentifier=cancelled)
    assert list((folder / "cancelled").rglob("*.csv")) == []
    assert run(aws, filled, "MATCH (n) RETURN count(n) AS c") == [{"c": 200_000}]
    # A graph is not kept from stopping, nor from being deleted, and the task says why it failed.
    stopped = begun("stopped")
    aws.stop_graph(graphIdentifier=filled)
    wait_for("its end", lambda: status(stopped) in ("SUCCEEDED", "FAILED"))
    told = aws.get_export_task(taskIdentifier=stopped)
    assert told["status"] == "SUCCEEDED" or "STOPP" in told["statusReason"], told
    wait_for("it", lambda: aws.get_graph(graphIdentifier=filled)["status"] == "STOPPED")
    aws.start_graph(graphIdentifier=filled)
    wait(aws, "graph_available", graphIdentifier=filled)
    deleted = begun("deleted")
    aws.delete_graph(graphIdentifier=filled, skipSnapshot=True)
    wait(aws, "graph_deleted", graphIdentifier=filled)
    wait_for("its end", lambda: status(deleted) in ("SUCCEEDED", "FAILED"))
    told = aws.get_export_task(taskIdentifier=deleted)
    assert told["status"] == "SUCCEEDED" or filled in told["statusReason"], told


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "server"])
def test_a_kill_in_the_middle_of_an_import_and_an_export(
    server: Served, aws: Any, folder: Path, victim: str
) -> None:
    source = big_files(folder, 100_000)
    empty = make_graph(aws, f"killed-{victim}")
    task = aws.start_import_task(graphIdentifier=empty, source=str(source), roleArn=ROLE)["taskId"]

    def loading() -> bool:
        listed = aws.list_import_tasks(graphIdentifier=empty)["tasks"][0]["status"]
        return listed in ("IMPORTING", "SUCCEEDED")

    wait_for("the first data", loading)
    kill(server, victim)
    wait(aws, "import_task_successful", taskIdentifier=task)
    assert aws.get_import_task(taskIdentifier=task)["attemptNumber"] >= 1
    wait(aws, "graph_available", graphIdentifier=empty)
    counted = run(aws, empty, "MATCH (a)-[r]->(b) RETURN count(r) AS c")
    assert counted == [{"c": 100_000}]
    started = aws.start_export_task(
        graphIdentifier=empty,
        destination=f"{BUCKET}/killed",
        roleArn=ROLE,
        format="CSV",
        kmsKeyIdentifier=KEY,
    )
    kill(server, victim)
    wait(aws, "export_task_successful", taskIdentifier=started["taskId"])
    written = aws.get_export_task(taskIdentifier=started["taskId"])["exportTaskDetails"]
    assert (written["numVerticesWritten"], written["numEdgesWritten"]) == (100_000, 100_000)
    aws.delete_graph(graphIdentifier=empty, skipSnapshot=True)


def kill(server: Served, victim: str) -> None:
    if victim == "worker":
        server.kill_workers()
        return
    server.kill()
    server.start()


def test_lists_page_by_page(aws: Any, graph: str) -> None:
    for _ in range(3):
        exported(aws, graph, f"{BUCKET}/listed")
    pages = aws.get_paginator("list_export_tasks").paginate(
        graphIdentifier=graph, PaginationConfig={"PageSize": 2}
    )
    found = [task["taskId"] for page in pages for task in page["tasks"]]
    assert len(found) == len(set(found)) >= 3
    everything = aws.get_paginator("list_import_tasks").paginate()
    assert [task for page in everything for task in page["tasks"]]
