"""One server for all clients, started as in the README, with a default graph named `home` and buckets of a real S3 server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.clients.real.environments import bucket_variables
from tests.serving import Served, client, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seaglass.testkit.seaweed import SeaweedServer


@pytest.fixture(scope="session")
def transfers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that imports may read and exports may write."""
    return tmp_path_factory.mktemp("transfers")


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, seaweed: SeaweedServer, transfers: Path
) -> Iterator[Served]:
    options = ("--default-graph", "home", "--allow-local-path", str(transfers))
    running = Served(tmp_path_factory.mktemp("data"), *options)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bucket_variables(seaweed).items():
            patch.setenv(name, value)
        running.start()
    aws = client(running.endpoint)
    home = aws.create_graph(graphName="home", provisionedMemory=16, replicaCount=0)["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=home)
    run(
        aws,
        home,
        "CREATE (:Person {name: 'Ada'})-[:KNOWS {since: 1833}]->(:Person {name: 'Charles'})",
    )
    yield running
    running.stop()
