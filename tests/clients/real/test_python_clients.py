"""Python clients, unmodified, each in an environment of its own: `checks/NAME.py` says what each must be able to do.

What a client does that is not served yet is a check as well: it holds the error that the client gets.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.clients.real.environments import bucket_variables, make_graph, program, run

if TYPE_CHECKING:
    from tests.serving import Served

    from seaglass.testkit.seaweed import SeaweedServer

pytestmark = pytest.mark.slow

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
    "cognee": None,
}


def names(client: str) -> list[str]:
    """The checks of a client, in the order of its file."""
    body = ast.parse((FOLDER / f"{client}.py").read_text()).body
    functions = [one.name for one in body if isinstance(one, ast.FunctionDef)]
    return [name for name in functions if name.startswith("check_")]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client(served: Served, seaweed: SeaweedServer, tmp_path: Path, client: str) -> None:
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
    done = run(command, served, tmp_path, others)
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = json.loads(done.stdout.splitlines()[-1])
    assert list(outcomes) == names(client)
    failed = {name: text for name, text in outcomes.items() if text is not None}
    assert not failed, "\n".join(f"{name}\n{text}" for name, text in failed.items())


def test_every_file_of_checks_belongs_to_a_client() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"runner", "host"}
    assert files == set(CLIENTS)
    assert all(names(client) for client in CLIENTS)
