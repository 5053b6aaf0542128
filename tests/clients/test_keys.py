"""Goal: graphs are sealed under the key that CreateGraph names, from the local key ring or AWS KMS,
and no state of a key loses data.

Method: a real server with boto3; the keys are changed by `seaglass key` beside it, or in moto's KMS
over HTTP.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.kms.models import kms_backends
from moto.server import ThreadedMotoServer
from tests.serving import Served, client, run, wait_for
from typer.testing import CliRunner

import seaglass
from seaglass.base.errors import Conflict, Corrupt, NotFound, Unavailable
from seaglass.cli.app import app
from seaglass.storage.keys.aws import AwsKeyRing
from seaglass.storage.keys.aws import refusal as refusal_of_kms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNKNOWN = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"


def key(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "seaglass", "key", *arguments, "--data-dir", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def refusal(call: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def made(aws: Any, name: str, arn: str) -> str:
    graph: str = aws.create_graph(graphName=name, provisionedMemory=16, kmsKeyIdentifier=arn)["id"]
    wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
    run(aws, graph, "CREATE (:P {n: 1})")
    return graph


def life_under_a_key(aws: Any, arn: str, disable: Any, enable: Any, rotate: Any) -> None:
    """A graph whose key is disabled, enabled and rotated under it keeps its data."""
    graph = made(aws, "sealed", arn)
    assert aws.get_graph(graphIdentifier=graph)["kmsKeyIdentifier"] == arn
    taken = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName="kept")
    assert taken["kmsKeyIdentifier"] == arn
    wait_for(
        "the snapshot",
        lambda: aws.get_graph_snapshot(snapshotIdentifier=taken["id"])["status"] == "AVAILABLE",
    )
    disable()
    refused = [
        refusal(aws.create_graph_snapshot, graphIdentifier=graph, snapshotName="more"),
        refusal(aws.restore_graph_from_snapshot, snapshotIdentifier=taken["id"], graphName="again"),
        refusal(aws.create_graph, graphName="x", provisionedMemory=16, kmsKeyIdentifier=arn),
        refusal(aws.delete_graph, graphIdentifier=graph, skipSnapshot=False),
    ]
    assert [code for code, _ in refused] == ["ConflictException"] * 4
    assert all(arn in message for _, message in refused)
    # What runs goes on, and stops in order; only a new start needs the key.
    run(aws, graph, "CREATE (:P {n: 2})")
    aws.stop_graph(graphIdentifier=graph)
    wait_for("the stop", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "STOPPED")
    assert refusal(aws.start_graph, graphIdentifier=graph)[0] == "ConflictException"
    assert aws.get_graph(graphIdentifier=graph)["status"] == "STOPPED"
    enable()
    rotate()
    aws.start_graph(graphIdentifier=graph)
    wait_for("the start", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
    assert run(aws, graph, "MATCH (p:P) RETURN count(p) AS n") == [{"n": 2}]
    again = aws.restore_graph_from_snapshot(snapshotIdentifier=taken["id"], graphName="again")
    assert again["kmsKeyIdentifier"] == arn
    wait_for(
        "the restore", lambda: aws.get_graph(graphIdentifier=again["id"])["status"] == "AVAILABLE"
    )
    assert run(aws, again["id"], "MATCH (p:P) RETURN count(p) AS n") == [{"n": 1}]


def test_keys_of_the_local_ring(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    try:
        aws = client(server.endpoint)
        code, message = refusal(
            aws.create_graph, graphName="x", provisionedMemory=16, kmsKeyIdentifier=UNKNOWN
        )
        assert code == "ValidationException"
        assert message.startswith(f"There is no key {UNKNOWN}")
        assert str(tmp_path) not in message
        arn = key(server.folder, "create")
        life_under_a_key(
            aws,
            arn,
            lambda: key(server.folder, "disable", arn),
            lambda: key(server.folder, "enable", arn),
            lambda: key(server.folder, "rotate", arn),
        )
        listed = key(server.folder, "list")
        assert f"{arn}" in listed
        assert "AWS_OWNED_KEY" not in listed
        assert key(server.folder, "delete", arn, "--days", "7").startswith(f"{arn} is deleting")
        assert key(server.folder, "keep", arn) == f"{arn} is disabled."
    finally:
        server.stop()


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of moto's KMS; processes that start now find the same one."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    try:
        yield boto3.client("kms", region_name="us-east-1")
    finally:
        server.stop()


def test_keys_of_aws_kms(tmp_path: Path, kms: Any) -> None:
    made_key = kms.create_key()["KeyMetadata"]
    # Moto takes only the bare id where a key changes.
    arn, key_id = made_key["Arn"], made_key["KeyId"]
    server = Served(tmp_path / "data", "--kms", "aws")
    server.start()
    try:
        aws = client(server.endpoint)
        code, _ = refusal(
            aws.create_graph, graphName="x", provisionedMemory=16, kmsKeyIdentifier=UNKNOWN
        )
        assert code == "ValidationException"
        life_under_a_key(
            aws,
            arn,
            lambda: kms.disable_key(KeyId=key_id),
            lambda: kms.enable_key(KeyId=key_id),
            lambda: key(server.folder, "rotate", arn, "--kms", "aws"),
        )
    finally:
        server.stop()
    with (
        seaglass.open(server.folder) as database,
        pytest.raises(NotFound, match="There is no key"),
    ):
        database.graph("sealed")
    command = ("query", "sealed", "MATCH (p:P) RETURN count(p)", "--data-dir", str(server.folder))
    assert "--kms aws" in CliRunner().invoke(app, command).stderr
    assert CliRunner().invoke(app, (*command, "--kms", "aws")).stdout.split()[-1] == "2"
    with seaglass.open(server.folder, kms="aws") as database:
        assert database.graph("sealed").query("MATCH (p:P) RETURN count(p) AS n").rows() == [
            {"n": 2}
        ]


def test_a_key_that_goes_away_under_a_graph(tmp_path: Path, kms: Any) -> None:
    """Whoever is asked says why; the graph is never lost, and others go on."""
    made_key = kms.create_key()["KeyMetadata"]
    arn, key_id = made_key["Arn"], made_key["KeyId"]
    server = Served(tmp_path / "data", "--kms", "aws")
    server.start()
    aws = client(server.endpoint)

    def status(wanted: str, of: str) -> Any:
        wait_for(wanted, lambda: aws.get_graph(graphIdentifier=of)["status"] == wanted)
        return aws.get_graph(graphIdentifier=of).get("statusReason", "")

    def query(of: str) -> Any:
        return run(aws, of, "MATCH (p:P) RETURN count(p) AS n")

    try:
        graph = made(aws, "sealed", arn)
        taken = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName="kept")["id"]
        aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=taken)
        other = aws.create_graph(graphName="other", provisionedMemory=16)["id"]
        status("AVAILABLE", other)
        kms.disable_key(KeyId=key_id)
        # The worker ends, and the next one cannot open what is sealed.
        server.kill_workers()
        ask = {"graphIdentifier": graph, "queryString": "RETURN 1", "language": "OPEN_CYPHER"}
        # At first nobody knows but that it ended.
        wait_for("why", lambda: refusal(aws.execute_query, **ask)[0] == "ConflictException")
        assert arn in refusal(aws.execute_query, **ask)[1]
        code, message = refusal(aws.get_graph_summary, graphIdentifier=graph)
        assert (code, arn in message) == ("ValidationException", True), message
        assert query(other) == [{"n": 0}]
        kms.enable_key(KeyId=key_id)
        wait_for("the graph", lambda: _answers(query, graph))
        # The server ends, and comes back while the key is away.
        for away, back in (
            (lambda: kms.disable_key(KeyId=key_id), lambda: None),
            (
                lambda: kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7),
                lambda: kms.cancel_key_deletion(KeyId=key_id),
            ),
        ):
            away()
            assert query(graph) == [{"n": 1}]
            server.stop()
            server.start()
            assert arn in status("FAILED", graph)
            status("AVAILABLE", other)
            assert refusal(aws.start_graph, graphIdentifier=graph)[0] == "ConflictException"
            back()
            kms.enable_key(KeyId=key_id)
            aws.start_graph(graphIdentifier=graph)
            status("AVAILABLE", graph)
        kms_backends["123456789012"]["us-east-1"].delete_key(key_id)
        assert query(graph) == [{"n": 1}]
        code, message = refusal(
            aws.create_graph_snapshot, graphIdentifier=graph, snapshotName="more"
        )
        assert (code, arn in message) == ("ConflictException", True)
        server.stop()
        server.start()
        assert "key" in status("FAILED", graph)
        assert refusal(aws.start_graph, graphIdentifier=graph)[0] == "ConflictException"
        code, _ = refusal(aws.restore_graph_from_snapshot, snapshotIdentifier=taken, graphName="r")
        assert code == "ConflictException"
        assert aws.delete_graph(graphIdentifier=graph, skipSnapshot=True)["status"] == "DELETING"
        aws.get_waiter("graph_deleted").wait(graphIdentifier=graph)
        aws.delete_graph_snapshot(snapshotIdentifier=taken)
        aws.get_waiter("graph_snapshot_deleted").wait(snapshotIdentifier=taken)
        assert query(other) == [{"n": 0}]
    finally:
        server.stop()


def _answers(query: Any, graph: str) -> bool:
    try:
        return bool(query(graph) == [{"n": 1}])
    except ClientError:
        return False


def test_what_kms_refuses_is_said_in_our_words(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = AwsKeyRing()
    arn, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    wrapped = ring.wrap(arn, b"d" * 32)
    assert ring.unwrap(arn, wrapped) == b"d" * 32
    # AWS says IncorrectKeyException; moto says that access is denied.
    with pytest.raises((Corrupt, NotFound), match=arn):
        ring.unwrap(arn, ring.wrap(other, b"d" * 32))
    with pytest.raises(NotFound, match="AWS KMS says NotFoundException"):
        ring.check(UNKNOWN)
    with pytest.raises(NotFound, match="names its keys by ARNs"):
        ring.check("mine")
    kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=7)
    with pytest.raises(Conflict, match="PendingDeletion"):
        ring.check(arn)
    waits = ring._client("us-east-1").meta.config
    assert (waits.connect_timeout, waits.read_timeout) == (5, 10)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Unavailable, match="does not answer"):
        AwsKeyRing().check(arn)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("DisabledException", Conflict),
        ("KMSInvalidStateException", Conflict),
        ("NotFoundException", NotFound),
        ("AccessDeniedException", NotFound),
        ("InvalidCiphertextException", Corrupt),
        ("IncorrectKeyException", Corrupt),
        ("ThrottlingException", Unavailable),
    ],
)
def test_each_refusal_of_kms_has_its_category(code: str, kind: type[Exception]) -> None:
    error = refusal_of_kms(UNKNOWN, {"Code": code, "Message": "internal words"})
    assert type(error) is kind
    assert UNKNOWN in error.message
