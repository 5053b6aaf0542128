"""A closed gate: signatures of real clients, and what policies let their principals do."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from seaglass.base.clock import ManualClock
from seaglass.server.iam.principals import read_directory
from tests.server.service.serving import Served, served

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "123456789012"
ARN = f"arn:aws:neptune-graph:us-east-1:{ACCOUNT}:"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def user(name: str, *statements: dict[str, Any], account: str = ACCOUNT) -> dict[str, Any]:
    key = {"accessKeyId": f"AK{name}", "secretAccessKey": f"secret/{name}+="}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"arn": f"arn:aws:iam::{account}:user/{name}", "keys": [key], "policies": [document]}


def allow(*actions: str, **elements: Any) -> dict[str, Any]:
    named = [f"neptune-graph:{action}" for action in actions]
    return {"Effect": "Allow", "Action": named, "Resource": "*", **elements}


@contextmanager
def closed(*principals: dict[str, Any], now: float | None = None) -> Iterator[Served]:
    content = json.dumps({"principals": [user("admin", ALL), *principals]}).encode()
    clock = None if now is None else ManualClock(now)
    with served(None, clock, read_directory(content, "principals")) as server:
        yield server


def client(server: Served, name: str, service: str = "neptune-graph", **values: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{server.port}",
        **{
            "region_name": "us-east-1",
            "aws_access_key_id": f"AK{name}",
            "aws_secret_access_key": f"secret/{name}+=",
            "config": Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
            **values,
        },
    )


def made(aws: Any, name: str, **values: Any) -> str:
    graph = aws.create_graph(graphName=name, provisionedMemory=16, **values)
    aws.get_waiter("graph_available").wait(graphIdentifier=graph["id"])
    return str(graph["id"])


def refused(call: Any, **values: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**values)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return response["Error"]["Code"], response["Error"]["Message"]


def query(aws: Any, graph: str, text: str = "RETURN 1", **values: Any) -> Any:
    return aws.execute_query(
        graphIdentifier=graph, queryString=text, language="OPEN_CYPHER", **values
    )


def denied(name: str, action: str, resource: str) -> tuple[str, str]:
    return (
        "AccessDeniedException",
        (
            f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: "
            f"neptune-graph:{action} on resource: {ARN}{resource}"
        ),
    )


def test_requests_of_every_form_are_verified() -> None:
    with closed() as server:
        aws = client(server, "admin")
        graph = made(aws, "signed", tags={"a b".replace(" ", ":"): "c d/é"})
        arn = ARN + f"graph/{graph}"
        aws.tag_resource(resourceArn=arn, tags={"x": "y"})
        aws.untag_resource(resourceArn=arn, tagKeys=["x", "none+such"])
        assert aws.list_tags_for_resource(resourceArn=arn)["tags"] == {"a:b": "c d/é"}
        assert query(aws, graph, "RETURN 'é'", parameters={"a": [1, None]})["payload"].read()
        assert aws.list_queries(graphIdentifier=graph, maxResults=5)["queries"] == []
        assert aws.get_graph_summary(graphIdentifier=graph, mode="DETAILED")
        snapshot = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName="s")["id"]
        aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=snapshot)
        assert aws.list_graph_snapshots(graphIdentifier=graph, maxResults=1)["graphSnapshots"]
        aws.update_graph(graphIdentifier=graph, provisionedMemory=32)
        assert aws.delete_graph(graphIdentifier=graph, skipSnapshot=True)["status"] == "DELETING"


def test_who_cannot_sign_does_not_get_in() -> None:
    with closed() as server:
        calls = len(server.fleet.calls)
        wrong = client(server, "admin", aws_secret_access_key="other")
        code, message = refused(wrong.list_graphs)
        assert code == "InvalidSignatureException"
        assert message.startswith("The request signature we calculated does not match")
        assert refused(wrong.create_graph, graphName="a", provisionedMemory=16)[0] == code
        stranger = client(server, "admin", aws_access_key_id="123456789012")
        assert refused(stranger.list_graphs) == (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
        session = client(server, "admin", aws_session_token="t")
        assert refused(session.list_graphs)[0] == "UnrecognizedClientException"
        for headers, name in (
            ({}, "MissingAuthenticationTokenException"),
            ({"Authorization": "AWS4-HMAC-SHA256 Nothing"}, "IncompleteSignatureException"),
        ):
            answer = server.request("GET", "/graphs", headers=headers)
            assert answer.status == 403
            assert answer.headers["x-amzn-errortype"] == name
        assert len(server.fleet.calls) == calls


def test_nothing_of_a_stranger_s_body_is_waited_for() -> None:
    with closed() as server:
        for who in (
            "",
            "Authorization: AWS4-HMAC-SHA256 Credential=AKx/20260101/r/neptune-graph/aws4_request\r\n",
        ):
            head = f"POST /queries HTTP/1.1\r\nHost: a\r\n{who}Content-Length: 100000000\r\n\r\n"
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                connection.sendall(head.encode())
                assert connection.recv(100).startswith(b"HTTP/1.1 403 ")


def test_signatures_grow_old() -> None:
    now = datetime.now(UTC).timestamp()
    for seconds, text in ((600, "Signature expired: "), (-600, "Signature not yet current: ")):
        with closed(now=now + seconds) as server:
            code, message = refused(client(server, "admin").list_graphs)
            assert (code, message.startswith(text)) == ("InvalidSignatureException", True)


def test_a_signature_for_another_service_is_none() -> None:
    with closed() as server:
        assert client(server, "admin", "sts").get_caller_identity()["Account"] == ACCOUNT
        aws = client(server, "admin")
        aws.meta.config.signature_version = "v4"
        aws._request_signer._signing_name = "neptune-db"
        assert refused(aws.list_graphs) == (
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'neptune-graph'.",
        )


def test_the_account_is_that_of_the_principal() -> None:
    with closed(user("other", ALL, account="000000000001")) as server:
        graph = made(client(server, "other"), "theirs")
        found = client(server, "other").get_graph(graphIdentifier=graph)
        assert found["arn"] == f"arn:aws:neptune-graph:us-east-1:000000000001:graph/{graph}"
        assert client(server, "admin").list_graphs()["graphs"] == []


def test_what_no_policy_allows_is_denied() -> None:
    reader = user("reader", allow("Get*", "List*", "ReadDataViaQuery"))
    with closed(reader, user("nobody")) as server:
        admin, aws = client(server, "admin"), client(server, "reader")
        graph = made(admin, "guarded")
        assert aws.get_graph(graphIdentifier=graph)["name"] == "guarded"
        assert aws.list_graphs()["graphs"]
        new = {"graphName": "new", "provisionedMemory": 16}
        assert refused(aws.create_graph, **new) == denied("reader", "CreateGraph", "graph/*")
        for call, values, action in (
            (aws.delete_graph, {"skipSnapshot": True}, "DeleteGraph"),
            (aws.update_graph, {"provisionedMemory": 32}, "UpdateGraph"),
            (aws.stop_graph, {}, "StopGraph"),
            (aws.create_graph_snapshot, {"snapshotName": "s"}, "CreateGraphSnapshot"),
            (aws.cancel_query, {"queryId": "x"}, "CancelQuery"),
        ):
            found = refused(call, graphIdentifier=graph, **values)
            assert found == denied("reader", action, f"graph/{graph}")
        nobody = client(server, "nobody")
        # What is not there is denied as what is.
        for one in (graph, "g-0000000000"):
            found = refused(nobody.get_graph, graphIdentifier=one)
            assert found == denied("nobody", "GetGraph", f"graph/{one}")
        with pytest.raises(nobody.exceptions.AccessDeniedException):
            query(nobody, graph)
        assert server.fleet.queries_seen == []


def test_the_graph_is_told_what_a_query_may_not_do() -> None:
    people = (
        user("reader", allow("ReadDataViaQuery")),
        user("writer", allow("ReadDataViaQuery", "WriteDataViaQuery")),
    )
    with closed(*people) as server:
        graph = made(client(server, "admin"), "queried")
        for name, withheld in (
            ("admin", []),
            ("reader", ["WriteDataViaQuery", "DeleteDataViaQuery"]),
            ("writer", ["DeleteDataViaQuery"]),
        ):
            query(client(server, name), graph)
            said = server.fleet.queries_seen[-1].withheld
            assert list(said.values()) == [
                denied(name, action, f"graph/{graph}")[1] for action in withheld
            ]


def test_tags_of_resources_and_requests() -> None:
    team = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    tagged = {
        "StringEquals": {"aws:RequestTag/team": "x"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    one = user(
        "one",
        allow("GetGraph", "TagResource", Condition=team),
        allow("CreateGraph", "TagResource", Condition=tagged),
        allow("CreateGraph", Condition={"Null": {"aws:RequestTag/team": True}}),
    )
    with closed(one) as server:
        admin, aws = client(server, "admin"), client(server, "one")
        theirs = made(admin, "theirs", tags={"team": "y"})
        plain = made(admin, "plain")
        for graph in (theirs, plain):
            assert refused(aws.get_graph, graphIdentifier=graph)[0] == "AccessDeniedException"
        mine = made(aws, "mine", tags={"team": "x"})
        assert aws.get_graph(graphIdentifier=mine)["name"] == "mine"
        for tags in ({"team": "y"}, {"team": "x", "other": "z"}):
            found = refused(aws.create_graph, graphName="no", provisionedMemory=16, tags=tags)
            assert found[0] == "AccessDeniedException"
        # Rights follow the tags.
        admin.tag_resource(resourceArn=f"{ARN}graph/{mine}", tags={"team": "y"})
        assert refused(aws.get_graph, graphIdentifier=mine)[0] == "AccessDeniedException"


def test_tasks_are_resources_of_their_own() -> None:
    team = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    one = user(
        "one",
        allow("StartExportTask", "TagResource"),
        allow("GetExportTask", Resource=f"{ARN}export-task/*", Condition=team),
    )
    with closed(one) as server:
        aws = client(server, "one")
        graph = made(client(server, "admin"), "exported")
        export = {
            "graphIdentifier": graph,
            "destination": "s3://b/out/",
            "format": "CSV",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
            "kmsKeyIdentifier": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef",
        }
        mine, other = (
            aws.start_export_task(**export, tags={"team": team})["taskId"] for team in ("x", "y")
        )
        assert aws.get_export_task(taskIdentifier=mine)["taskId"] == mine
        found = refused(aws.get_export_task, taskIdentifier=other)
        assert found == denied("one", "GetExportTask", f"export-task/{other}")
        found = refused(aws.cancel_export_task, taskIdentifier=mine)
        assert found == denied("one", "CancelExportTask", f"export-task/{mine}")
        found = refused(aws.list_import_tasks)
        assert found == denied("one", "ListImportTasks", "import-task/*")


def test_tags_on_creation_need_the_right_to_tag() -> None:
    with closed(user("maker", allow("CreateGraph", "GetGraph"))) as server:
        aws = client(server, "maker")
        made(aws, "plain")
        found = refused(aws.create_graph, graphName="b", provisionedMemory=16, tags={"a": "b"})
        assert found == denied("maker", "TagResource", "graph/*")


def test_public_graphs_may_be_forbidden() -> None:
    public = {"Bool": {"neptune-graph:PublicConnectivity": "true"}}
    forbidden = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": public}
    with closed(user("private", ALL, forbidden)) as server:
        aws = client(server, "private")
        graph = made(aws, "inner")
        new = {"graphName": "outer", "provisionedMemory": 16, "publicConnectivity": True}
        assert refused(aws.create_graph, **new) == denied("private", "CreateGraph", "graph/*")
        found = refused(aws.update_graph, graphIdentifier=graph, publicConnectivity=True)
        assert found == denied("private", "UpdateGraph", f"graph/{graph}")
        aws.update_graph(graphIdentifier=graph, publicConnectivity=False)


def test_a_region_and_an_address_may_be_asked_for() -> None:
    here = {
        "StringEquals": {"aws:RequestedRegion": "eu-west-1"},
        "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/local"},
        "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
    }
    away = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    people = (
        user("local", allow("ListGraphs", Condition=here)),
        user("away", allow("ListGraphs", Condition=away)),
    )
    with closed(*people) as server:
        assert client(server, "local", region_name="eu-west-1").list_graphs()["graphs"] == []
        assert refused(client(server, "local").list_graphs)[0] == "AccessDeniedException"
        assert refused(client(server, "away").list_graphs)[0] == "AccessDeniedException"


def test_a_role_is_asked_for_by_its_own_arn() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/loader"
    mine = {"ArnEquals": {"aws:PrincipalArn": arn}}
    others = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": others}
    role = {**user("loader", allow("ListGraphs", Condition=mine), deny), "arn": arn}
    with closed(role) as server:
        assert client(server, "loader").list_graphs()["graphs"] == []
        iam = client(server, "loader", "iam")
        for named in (arn, client(server, "loader", "sts").get_caller_identity()["Arn"]):
            iam.simulate_principal_policy(PolicySourceArn=named, ActionNames=["s3:GetObject"])


def test_sts_and_iam_behind_the_gate() -> None:
    role = {
        **user("loader", allow("GetGraph", Resource=f"{ARN}graph/g-*")),
        "arn": f"arn:aws:iam::{ACCOUNT}:role/loader",
    }
    deny = {"Effect": "Deny", "Action": "neptune-graph:DeleteGraph", "Resource": "*"}
    with closed(role, user("ada", allow("*"), deny)) as server:
        assert client(server, "ada", "sts").get_caller_identity()["Arn"].endswith(":user/ada")
        session = client(server, "loader", "sts").get_caller_identity()["Arn"]
        assert session == f"arn:aws:sts::{ACCOUNT}:assumed-role/loader/AKloader"
        iam = client(server, "ada", "iam")
        ada = f"arn:aws:iam::{ACCOUNT}:user/ada"

        def decisions(asker: Any, arn: str) -> list[str]:
            found = asker.simulate_principal_policy(
                PolicySourceArn=arn,
                ActionNames=["neptune-graph:GetGraph", "neptune-graph:DeleteGraph", "s3:GetObject"],
                ResourceArns=[f"{ARN}graph/g-0123456789"],
            )
            return [one["EvalDecision"] for one in found["EvaluationResults"]]

        assert decisions(iam, ada) == ["allowed", "explicitDeny", "implicitDeny"]
        loader = client(server, "loader", "iam")
        for arn in (session, role["arn"]):
            assert decisions(loader, arn) == ["allowed", "implicitDeny", "implicitDeny"]
        values = {"PolicySourceArn": role["arn"], "ActionNames": ["s3:GetObject"]}
        assert refused(iam.simulate_principal_policy, **values) == (
            "AccessDenied",
            (
                f"User: {ada} is not authorized to perform: iam:SimulatePrincipalPolicy on resource: "
                f"{role['arn']}"
            ),
        )
        admin = client(server, "admin", "iam")
        assert decisions(admin, role["arn"]) == ["allowed", "implicitDeny", "implicitDeny"]
        with pytest.raises(admin.exceptions.NoSuchEntityException):
            decisions(admin, f"arn:aws:iam::{ACCOUNT}:user/none")
        wrong = client(server, "ada", "sts", aws_secret_access_key="x")
        assert refused(wrong.get_caller_identity)[0] == "SignatureDoesNotMatch"
