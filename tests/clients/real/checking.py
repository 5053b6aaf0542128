"""How the checks of a client are run: on which server, in which place, with which arguments.

The one way for every test that runs them, so that what a check needs is given to it everywhere. A server has a folder
that imports may read and exports may write, and the buckets of a real S3 server.
"""

from __future__ import annotations

import ast
import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.loaders
import pytest
from tests.clients.real.environments import bucket_variables, make_graph, program, run, run_node
from tests.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.testkit.seaweed import SeaweedServer

FOLDER = Path(__file__).parent / "checks"
# Client -> dimension of the vectors that its graph is made for.
CLIENTS: dict[str, int | None] = {
    "langchain": 2,
    "nx": None,
    "llamaindex": 4,
    "mcp": None,
    "notebook": None,
    "mem0": 4,
    "graphrag": 4,
    "aiobotocore": None,
    "nodestream": None,
    "cognee": 4,
}
# In the order of `checks/javascript.mjs`.
JAVASCRIPT = ("graphs", "pages", "queries", "snapshots", "tags", "endpoints", "tasks", "errors")

# Name of a check -> None, or what went wrong.
Outcomes = dict[str, str | None]


@contextlib.contextmanager
def server(
    folder: Path, seaweed: SeaweedServer, transfers: Path, *options: str
) -> Iterator[Served]:
    """A server for checks, until the end of the context."""
    running = Served(folder, "--allow-local-path", str(transfers), *options)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bucket_variables(seaweed).items():
            patch.setenv(name, value)
        running.start()
    yield running
    running.stop()


def names(client: str) -> list[str]:
    """The checks of a Python client, in the order of its file."""
    body = ast.parse((FOLDER / f"{client}.py").read_text()).body
    functions = [one.name for one in body if isinstance(one, ast.FunctionDef)]
    return [name for name in functions if name.startswith("check_")]


def python_outcomes(client: str, served: Served, seaweed: SeaweedServer, folder: Path) -> Outcomes:
    """Run the checks of a Python client with a graph of its own."""
    place = {
        "endpoint": served.endpoint,
        "port": served.port,
        "graph": make_graph(served, CLIENTS[client]),
    }
    command = [
        program(client, "python"),
        str(FOLDER / "runner.py"),
        str(FOLDER / f"{client}.py"),
        json.dumps(place),
    ]
    # Services that some of them ask as well, on the same port.
    others = {"AWS_ENDPOINT_URL": served.endpoint, **bucket_variables(seaweed)}
    done = run(command, served, folder, others)
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes: Outcomes = json.loads(done.stdout.splitlines()[-1])
    assert list(outcomes) == names(client)
    return outcomes


def javascript_outcomes(
    served: Served, transfers: Path, folder: Path, more: dict[str, str] | None = None
) -> Outcomes:
    """Run the checks of the JavaScript SDK. Args: more: environment variables besides the usual"""
    model = botocore.loaders.Loader().load_service_model("neptune-graph", "service-2", "2023-11-29")
    (folder / "model.json").write_text(json.dumps(model))
    command = [
        str(FOLDER / "javascript.mjs"),
        f"http://localhost:{served.port}",
        str(folder / "model.json"),
        str(transfers),
    ]
    done = run_node(command, served, folder, more)
    assert done.returncode == 0, done.stderr
    outcomes: Outcomes = json.loads(done.stdout.splitlines()[-1])
    assert tuple(outcomes) == JAVASCRIPT
    return outcomes


def failures(outcomes: Outcomes) -> str:
    """What went wrong, under the names of the checks."""
    failed = {name: text for name, text in outcomes.items() if text is not None}
    return "\n".join(f"{name}\n{text}" for name, text in failed.items())
