"""The JavaScript SDK as a strict reader: `checks/javascript.mjs` holds every answer against the service model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.clients.real.checking import JAVASCRIPT, Outcomes, javascript_outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcomes(served: Served, transfers: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return javascript_outcomes(served, transfers, tmp_path_factory.mktemp("node"))


@pytest.mark.parametrize("name", JAVASCRIPT)
def test_the_javascript_sdk(outcomes: Outcomes, name: str) -> None:
    assert outcomes[name] is None, outcomes[name]
