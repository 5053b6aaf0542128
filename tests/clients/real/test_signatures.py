"""Clients that sign in ways of their own, before a server that verifies signatures.

Method: the checks of the JavaScript SDK, of a notebook and of a session manager (which asks STS and IAM too), as a
principal that may do everything; and once more with a wrong secret.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.clients.real.checking import failures, javascript_outcomes, python_outcomes, server

from seaglass.testkit.seaweed import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving import Served

    from seaglass.testkit.seaweed import SeaweedServer

pytestmark = pytest.mark.slow

ALLOWED = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def closed(
    tmp_path_factory: pytest.TempPathFactory, seaweed: SeaweedServer, transfers: Path
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("closed")
    principals = folder / "principals.json"
    principal = {
        "arn": "arn:aws:iam::123456789012:role/seaglass",
        "keys": [{"accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY}],
        "policies": [{"Statement": ALLOWED}],
    }
    principals.write_text(json.dumps({"principals": [principal]}))
    with server(folder / "data", seaweed, transfers, "--principals", str(principals)) as running:
        yield running


def test_the_javascript_sdk(closed: Served, transfers: Path, tmp_path: Path) -> None:
    failed = failures(javascript_outcomes(closed, transfers, tmp_path))
    assert not failed, failed


def test_the_javascript_sdk_with_a_wrong_secret(
    closed: Served, transfers: Path, tmp_path: Path
) -> None:
    wrong = {"AWS_SECRET_ACCESS_KEY": "other"}
    outcomes = javascript_outcomes(closed, transfers, tmp_path, wrong)
    assert all(outcome is not None for outcome in outcomes.values())
    assert "InvalidSignatureException" in str(outcomes["graphs"])


@pytest.mark.parametrize("client", ["notebook", "nx"])
def test_a_python_client(
    closed: Served, seaweed: SeaweedServer, tmp_path: Path, client: str
) -> None:
    failed = failures(python_outcomes(client, closed, seaweed, tmp_path))
    assert not failed, failed
