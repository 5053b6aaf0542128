"""More connections than there may be: who has one keeps it, who comes too late hears so."""

from __future__ import annotations

import http.client
import resource
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from botocore.exceptions import ClientError

from seaglass.base.settings import CONNECTIONS_MAX_DEFAULT, Settings
from seaglass.server.service.crowd import RESERVED_FILES, TOLD_MAX, share_of
from tests.server.service.serving import served

CONNECTIONS = 5


def listed(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/graphs")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_one_connection_too_many_is_told_so() -> None:
    with served(Settings(connections_max=CONNECTIONS)) as server, ExitStack() as stack:
        held = [
            http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            for _ in range(CONNECTIONS)
        ]
        for one in held:
            stack.callback(one.close)
            assert listed(one) == 200
        for name in ("one-more", "x" * 1_000_000):
            with pytest.raises(ClientError) as refused:
                server.client().create_graph(graphName=name, provisionedMemory=16)
            assert refused.value.response["Error"]["Code"] == "ThrottlingException"
            metadata = refused.value.response["ResponseMetadata"]
            assert metadata["HTTPStatusCode"] == 429
            assert metadata["HTTPHeaders"]["connection"] == "close"
            assert metadata["RequestId"]
        for one in held:
            assert listed(one) == 200
        held[0].close()
        # The server has heard of it when there is room again.
        deadline = time.monotonic() + 20
        while server.request("GET", "/graphs").status == 429:
            assert time.monotonic() < deadline


def test_those_past_all_bounds_are_closed_unheard() -> None:
    with served(Settings(connections_max=CONNECTIONS)) as server, ExitStack() as stack:
        for _ in range(CONNECTIONS + TOLD_MAX):
            address = ("127.0.0.1", server.port)
            stack.enter_context(socket.create_connection(address, timeout=20))
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as last:
            try:
                assert last.recv(1) == b""
            except ConnectionResetError:
                pass


@pytest.mark.parametrize(
    ("files", "wanted", "granted"),
    [
        (100_000, 10_000, 10_000),
        (10_000 + RESERVED_FILES + TOLD_MAX, 10_000, 10_000),
        (10_000 + RESERVED_FILES + TOLD_MAX - 1, 10_000, 9_999),
        (1_024, 10_000, 512),
        (1_024, 100, 100),
        (resource.RLIM_INFINITY, 10_000, 10_000),
    ],
)
def test_connections_leave_files_for_the_rest(files: int, wanted: int, granted: int) -> None:
    assert share_of(files, wanted) == granted


def test_a_process_takes_the_files_that_it_needs() -> None:
    """In a process of its own, as the limits are the process's."""
    program = f"""
import resource
from seaglass.server.service.crowd import RESERVED_FILES, TOLD_MAX, files_for
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
assert hard == resource.RLIM_INFINITY or hard > 5_000, hard
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
assert files_for(10) == 10
assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 10 + RESERVED_FILES + TOLD_MAX
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1_000))
assert files_for({CONNECTIONS_MAX_DEFAULT}) == 500
assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1_000
"""
    subprocess.run([sys.executable, "-c", program], check=True)
