"""Python clients, unmodified, each in an environment of its own: `checks/NAME.py` says what each must be able to do.

What a client does that is not served yet is a check as well: it holds the error that the client gets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.clients.real.checking import CLIENTS, FOLDER, failures, names, python_outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Served

    from seaglass.testkit.seaweed import SeaweedServer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client(served: Served, seaweed: SeaweedServer, tmp_path: Path, client: str) -> None:
    failed = failures(python_outcomes(client, served, seaweed, tmp_path))
    assert not failed, failed


def test_every_file_of_checks_belongs_to_a_client() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"runner", "host"}
    assert files == set(CLIENTS)
    assert all(names(client) for client in CLIENTS)
