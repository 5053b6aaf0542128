"""Whose a request is, by its Authorization header."""

from __future__ import annotations

import pytest

from seaglass.base.owner import Owner
from seaglass.server.iam.credential import Credential, credential_of, owner_of

DEFAULT = Owner("123456789012", "us-east-1")


def header(key: str, region: str = "eu-west-1") -> str:
    scope = f"{key}/20261128/{region}/neptune-graph/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=ab"


@pytest.mark.parametrize(
    ("authorization", "owner"),
    [
        (header("test"), Owner("123456789012", "eu-west-1")),
        (header("AKIAIOSFODNN7EXAMPLE"), Owner("123456789012", "eu-west-1")),
        (header("000000000001"), Owner("000000000001", "eu-west-1")),
        (header("00000000001"), Owner("123456789012", "eu-west-1")),
        (header("0000000000012"), Owner("123456789012", "eu-west-1")),
        (header("000000000001", "us-east-1"), Owner("000000000001", "us-east-1")),
    ],
)
def test_a_signed_request_names_its_owner(authorization: str, owner: Owner) -> None:
    assert owner_of(credential_of({"authorization": authorization}), DEFAULT) == owner


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic dGVzdDp0ZXN0",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=000000000001",
        header("000000000001", "eu west"),
        header("000000000001", "'; DROP TABLE graphs"),
        header("000000000001", "x" * 33),
        header("\u0661" * 12 + "/"),
    ],
)
def test_a_request_that_says_nothing_is_the_default_owners(authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    assert credential_of(headers) is None
    assert owner_of(credential_of(headers), DEFAULT) == DEFAULT


def test_the_parts_of_a_credential() -> None:
    # Clients put the parts in any order, with or without blanks after the commas.
    text = (
        "AWS4-HMAC-SHA256 SignedHeaders=host,Signature=ab,"
        "Credential=AK/20261128/us-west-2/sts/aws4_request"
    )
    assert credential_of({"authorization": text}) == Credential(
        "AK", "20261128", "us-west-2", "sts"
    )
