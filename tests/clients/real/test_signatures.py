"""Clients that sign in ways of their own, before a server that verifies signatures.

Method: the checks of the JavaScript SDK, of a notebook and of a session manager (which asks STS and IAM too), as a
principal that may do everything; and once more with a wrong secret.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.loaders
import pytest
from tests.clients.real.environments import make_graph, program, run, run_node
from tests.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

CHECKS = Path(__file__).parent / "checks"
# The key that `seaglass env` prints, and all tests use.
PRINCIPAL = {
    "arn": "arn:aws:iam::123456789012:role/seaglass",
    "keys": [{"accessKeyId": "test", "secretAccessKey": "test"}],
    "policies": [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}],
}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("closed")
    principals = folder / "principals.json"
    principals.write_text(json.dumps({"principals": [PRINCIPAL]}))
    running = Served(folder / "data", "--principals", str(principals))
    running.start()
    yield running
    running.stop()


def javascript(server: Served, folder: Path, secret: str) -> dict[str, str | None]:
    model = botocore.loaders.Loader().load_service_model("neptune-graph", "service-2", "2023-11-29")
    (folder / "model.json").write_text(json.dumps(model))
    command = [
        str(CHECKS / "javascript.mjs"),
        f"http://localhost:{server.port}",
        str(folder / "model.json"),
    ]
    done = run_node(command, server, folder, {"AWS_SECRET_ACCESS_KEY": secret})
    assert done.returncode == 0, done.stderr
    found: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_javascript_sdk(closed: Served, tmp_path: Path) -> None:
    assert set(javascript(closed, tmp_path, "test").values()) == {None}


def test_the_javascript_sdk_with_a_wrong_secret(closed: Served, tmp_path: Path) -> None:
    outcomes = javascript(closed, tmp_path, "other")
    assert all(outcome is not None for outcome in outcomes.values())
    assert "InvalidSignatureException" in str(outcomes["graphs"])


@pytest.mark.parametrize("client", ["notebook", "nx"])
def test_a_python_client(closed: Served, tmp_path: Path, client: str) -> None:
    place = {"endpoint": closed.endpoint, "port": closed.port, "graph": make_graph(closed)}
    command = [
        program(client, "python"),
        str(CHECKS / "runner.py"),
        str(CHECKS / f"{client}.py"),
        json.dumps(place),
    ]
    done = run(command, closed, tmp_path, {"AWS_ENDPOINT_URL": closed.endpoint})
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = json.loads(done.stdout.splitlines()[-1])
    assert outcomes
    assert [outcome for outcome in outcomes.values() if outcome is not None] == []
