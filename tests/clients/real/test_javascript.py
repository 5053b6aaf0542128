"""The JavaScript SDK as a strict reader: `checks/javascript.mjs` holds every answer against the service model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.loaders
import pytest
from tests.clients.real.environments import run_node

if TYPE_CHECKING:
    from tests.serving import Served

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "checks" / "javascript.mjs"
CHECKS = ("graphs", "pages", "queries", "snapshots", "tags", "endpoints", "tasks", "errors")


@pytest.fixture(scope="module")
def outcomes(
    served: Served, transfers: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str | None]:
    folder = tmp_path_factory.mktemp("node")
    model = botocore.loaders.Loader().load_service_model("neptune-graph", "service-2", "2023-11-29")
    (folder / "model.json").write_text(json.dumps(model))
    command = [
        str(SCRIPT),
        f"http://localhost:{served.port}",
        str(folder / "model.json"),
        str(transfers),
    ]
    done = run_node(command, served, folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    assert tuple(found) == CHECKS
    return found


@pytest.mark.parametrize("name", CHECKS)
def test_the_javascript_sdk(outcomes: dict[str, str | None], name: str) -> None:
    assert outcomes[name] is None, outcomes[name]
