"""STS and IAM as clients ask them before they begin, on the port of the graphs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from seaglass.server.service.identity import FORM_BYTES_MAX

if TYPE_CHECKING:
    from tests.server.service.serving import Served


def client(server: Served, service: str, key: str = "test") -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="test",
    )


@pytest.mark.parametrize(
    ("key", "account"), [("test", "123456789012"), ("000000000007", "000000000007")]
)
def test_who_asks(server: Served, key: str, account: str) -> None:
    found = client(server, "sts", key).get_caller_identity()
    assert found["Account"] == account
    assert found["Arn"] == f"arn:aws:sts::{account}:assumed-role/seaglass/{key}"
    assert found["UserId"].endswith(f":{key}")
    assert re.fullmatch(r"[0-9a-f-]{36}", found["ResponseMetadata"]["RequestId"])


def test_what_the_role_of_a_session_may_do(server: Served) -> None:
    """The calls of a session manager: the role of the caller, its trust, a simulation."""
    arn = client(server, "sts").get_caller_identity()["Arn"]
    name = arn.split("/")[1]
    iam = client(server, "iam")
    role = iam.get_role(RoleName=name)["Role"]
    assert role["Arn"] == f"arn:aws:iam::123456789012:role/{name}"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
    assert statement["Principal"] == {"Service": "neptune-graph.amazonaws.com"}
    actions = ["neptune-graph:CreateGraph", "s3:GetObject", "kms:Decrypt"]
    resources = ["arn:aws:s3:::a-bucket/a&b", "*"]
    found = iam.simulate_principal_policy(
        PolicySourceArn=role["Arn"], ActionNames=actions, ResourceArns=resources
    )
    assert found["IsTruncated"] is False
    assert [
        (one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"])
        for one in found["EvaluationResults"]
    ] == [(action, resource, "allowed") for action in actions for resource in resources]
    (one,) = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=actions[:1])[
        "EvaluationResults"
    ]
    assert one["EvalResourceName"] == "*"


def test_more_than_nine_members_keep_their_order(server: Served) -> None:
    actions = [f"neptune-graph:Action{n}" for n in range(12)]
    found = client(server, "iam").simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::123456789012:role/x", ActionNames=actions
    )
    assert [one["EvalActionName"] for one in found["EvaluationResults"]] == actions


def refused(call: Any, **values: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**values)
    return dict(caught.value.response)


def test_what_is_not_answered_is_an_error_of_the_service(server: Served) -> None:
    found = refused(client(server, "iam").list_users)
    assert found["Error"]["Code"] == "InvalidAction"
    assert "GetRole, SimulatePrincipalPolicy" in found["Error"]["Message"]
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 400
    many = [f"s3:Action{n}" for n in range(1_001)]
    found = refused(
        client(server, "iam").simulate_principal_policy,
        PolicySourceArn="arn:aws:iam::123456789012:role/x",
        ActionNames=many,
    )
    assert found["Error"]["Code"] == "InvalidInput"
    for values in ({"ActionNames": ["s3:" + "x" * 2_046]}, {"PolicyInputList": ["{}"]}):
        found = refused(
            client(server, "iam").simulate_principal_policy,
            **{
                "PolicySourceArn": "arn:aws:iam::123456789012:role/x",
                "ActionNames": many[:1],
                **values,
            },
        )
        assert found["Error"]["Code"] == "InvalidInput"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MissingAction"),
        (b"Version=2011-06-15", "MissingAction"),
        (b"Action=GetCallerIdentity", "InvalidAction"),
        (b"Action=GetCallerIdentity&Version=2010-05-08", "InvalidAction"),
        (b"Action=%3Cx%3E&Version=%00", "InvalidAction"),
        (b"Action=\xff", "MalformedQueryString"),
        (b"&".join(b"a=b" for _ in range(5_001)), "MalformedQueryString"),
        (b"Action=GetRole&Version=2010-05-08", "ValidationError"),
        (b"Action=SimulatePrincipalPolicy&Version=2010-05-08", "ValidationError"),
        (
            b"Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=a&ActionNames.member.x=b",
            "ValidationError",
        ),
    ],
)
def test_a_bad_form(server: Served, body: bytes, code: str) -> None:
    answer = server.request("POST", "/", body)
    assert answer.status == 400
    assert answer.headers["content-type"] == "text/xml"
    text = answer.body.decode()
    assert f"<Code>{code}</Code>" in text
    assert f"<RequestId>{answer.headers['x-amzn-requestid']}</RequestId>" in text


def test_the_size_of_a_form(server: Served) -> None:
    for size, status in ((FORM_BYTES_MAX, 400), (FORM_BYTES_MAX + 1, 413)):
        assert server.request("POST", "/", b"x" * size).status == status


def test_an_unsigned_question(server: Served) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    text = server.request("POST", "/", body).body.decode()
    assert "<Arn>arn:aws:sts::123456789012:assumed-role/seaglass/anonymous</Arn>" in text
