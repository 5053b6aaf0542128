"""One server for all clients, started as in the README, with a default graph named `home` and buckets of a real S3 server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.clients.real.checking import server
from tests.serving import client, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving import Served

    from seaglass.testkit.seaweed import SeaweedServer


@pytest.fixture(scope="session")
def transfers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that imports may read and exports may write."""
    return tmp_path_factory.mktemp("transfers")


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, seaweed: SeaweedServer, transfers: Path
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    with server(folder, seaweed, transfers, "--default-graph", "home") as running:
        make_home(running)
        yield running


def make_home(running: Served) -> None:
    """Make the default graph."""
    aws = client(running.endpoint)
    home = aws.create_graph(graphName="home", provisionedMemory=16, replicaCount=0)["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=home)
    run(
        aws,
        home,
        "CREATE (:Person {name: 'Ada'})-[:KNOWS {since: 1833}]->(:Person {name: 'Charles'})",
    )
