"""Environments of real clients: each in a folder of its own, made by `make client-environments` from pinned lists.

Nothing of a client is in seaglass's own environment. A client runs in a process of its own, with what `seaglass env`
prints and nothing else that AWS tools read.
"""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import client

from seaglass.cli.env import exports
from seaglass.testkit.seaweed import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from tests.serving import Served

    from seaglass.testkit.seaweed import SeaweedServer

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".clients"
SECONDS_MAX = 240


def program(environment: str, name: str) -> str:
    """The path of a program of an environment."""
    found = FOLDER / environment / "bin" / name
    assert found.exists(), f"{found} is not there: run `make client-environments` first"
    return str(found)


def variables(served: Served) -> dict[str, str]:
    """The environment variables of a client's process."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
    lines = [
        line.removeprefix("export ").partition("=") for line in exports(served.port, "us-east-1")
    ]
    return {
        **kept,
        **{name: value for name, _, value in lines},
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def bucket_variables(seaweed: SeaweedServer) -> dict[str, str]:
    """What points a process at the S3 server beside seaglass."""
    return {
        "AWS_ENDPOINT_URL_S3": seaweed.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }


def run(
    command: list[str], served: Served, folder: Path, more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a client's command to its end, in a folder of its own."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**variables(served), **(more or {})},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def make_graph(served: Served, dimension: int | None = None) -> str:
    """An empty graph for one client."""
    aws = client(served.endpoint)
    vectors = {} if dimension is None else {"vectorSearchConfiguration": {"dimension": dimension}}
    name = f"client-{uuid.uuid4().hex}"
    made = aws.create_graph(graphName=name, provisionedMemory=16, replicaCount=0, **vectors)
    aws.get_waiter("graph_available").wait(graphIdentifier=made["id"])
    identity: str = made["id"]
    return identity


def run_node(
    command: list[str], served: Served, folder: Path, more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script, the first word of the command, with the modules of the JavaScript environment."""
    modules = FOLDER / "js" / "node_modules"
    assert modules.exists(), f"{modules} is not there: run `make client-environments` first"
    (folder / "node_modules").symlink_to(modules)
    (folder / "package.json").write_text('{"type": "module"}')
    script, *arguments = command
    # Node looks for modules beside the script.
    copied = folder / Path(script).name
    copied.write_text(Path(script).read_text())
    return run(["node", str(copied), *arguments], served, folder, more)
