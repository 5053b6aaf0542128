"""What those who run a server ask of it: whether it works, how much it does, and logs that a machine can read."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from seaglass.base.errors import Unavailable
from seaglass.server.iam.principals import read_directory
from seaglass.server.service.requests import BOUNDS, Requests
from seaglass.server.wire.router import Router
from tests.server.samples import MODEL
from tests.server.service.serving import served
from tests.serving import Served as Process
from tests.serving import client, free_port, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRINCIPALS = b'{"principals": []}'


def test_health_is_no_path_of_the_api() -> None:
    paths = {one.segments for one in MODEL.operations.values()}
    assert ("health",) not in paths
    assert ("metrics",) not in paths
    with pytest.raises(Exception, match="no operation"):
        Router(MODEL).route("GET", "/health")


def test_anybody_may_ask_for_the_health() -> None:
    with served(directory=read_directory(PRINCIPALS, "principals.json")) as server:
        assert server.request("GET", "/graphs").status == 403
        answer = server.request("GET", "/health")
        assert (answer.status, answer.body) == (200, b"ok\n")
        assert answer.headers["content-type"] == "text/plain"
        assert server.request("HEAD", "/health").status == 200
        # Anything else is of the API, as before.
        assert server.request("POST", "/health").status == 404


def test_a_control_database_that_fails_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as server:

        async def fails(self: object) -> None:
            raise Unavailable("control", "the disk is away")

        monkeypatch.setattr(type(server.plane), "states", fails)
        answer = server.request("GET", "/health")
        assert (answer.status, answer.body) == (503, b"not healthy\n")


def test_requests_are_counted_with_how_they_ended() -> None:
    requests = Requests()
    for seconds in (0.0005, 0.001, 0.05, 1_000.0):
        requests.add("ExecuteQuery", 200, seconds)
    requests.add("ExecuteQuery", 400, 0.5)
    lines = list(requests.lines())
    assert 'seaglass_requests_total{operation="ExecuteQuery",status="200"} 4' in lines
    assert 'seaglass_requests_total{operation="ExecuteQuery",status="400"} 1' in lines
    buckets = [line.rpartition(" ")[2] for line in lines if "_bucket" in line]
    assert buckets == ["2", "2", "2", "3", "4", "4", "4", "4", "4", "5"]
    assert len(buckets) == len(BOUNDS) + 1
    assert 'seaglass_request_duration_seconds_count{operation="ExecuteQuery"} 5' in lines
    total = 'seaglass_request_duration_seconds_sum{operation="ExecuteQuery"} 1000.551500'
    assert total in lines


SAMPLE = re.compile(
    r"(?P<name>[a-z_]+)(?P<labels>\{[a-z]+=\"[^\"]*\"(?:,[a-z]+=\"[^\"]*\")*\})? (?P<value>[0-9.e+]+)"
)


def samples(port: int) -> dict[str, float]:
    """What Prometheus would read: each line is one of its format."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))", line)
            continue
        match = SAMPLE.fullmatch(line.replace('le="+Inf"', 'le="inf"'))
        assert match is not None, line
        found[match["name"] + (match["labels"] or "")] = float(match["value"])
    return found


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Process, int]]:
    """A real server that tells how it does, and where."""
    port = free_port()
    options = ["--metrics-port", str(port), "--log-level", "info", "--log-format", "json"]
    process = Process(tmp_path / "data", *options)
    process.start()
    try:
        yield process, port
    finally:
        process.stop()


def test_a_server_tells_what_it_does(watched: tuple[Process, int]) -> None:
    process, port = watched
    aws = client(process.endpoint)
    graph = aws.create_graph(graphName="g", provisionedMemory=16)["id"]
    wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
    for _ in range(3):
        run(aws, graph, "CREATE (:P)")
    with pytest.raises(aws.exceptions.ValidationException):
        run(aws, graph, "NONSENSE")
    with urllib.request.urlopen(f"{process.endpoint}/health", timeout=20) as answer:
        assert answer.read() == b"ok\n"
    found = samples(port)
    assert found['seaglass_requests_total{operation="ExecuteQuery",status="200"}'] == 3
    assert found['seaglass_requests_total{operation="ExecuteQuery",status="400"}'] == 1
    assert found['seaglass_request_duration_seconds_count{operation="ExecuteQuery"}'] == 4
    assert found['seaglass_graphs{status="AVAILABLE"}'] == 1
    assert found[f'seaglass_queries{{graph="{graph}",state="running"}}'] == 0
    [memory] = [
        value
        for name, value in found.items()
        if name.startswith("seaglass_worker_resident_memory_bytes") and '"writer"' in name
    ]
    assert memory > 10_000_000
    assert found["process_resident_memory_bytes"] > 10_000_000
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/graphs", timeout=20)


LOGGING = """
import logging
from seaglass.base.logs import LogFormat, LogLevel, write_logs
write_logs(LogLevel({level!r}), LogFormat({form!r}), {process!r})
log = logging.getLogger("seaglass.server.x")
log.debug("not told")
log.info("two\\nlines of %s", "ü")
logging.getLogger("library").info("not told")
try:
    raise ValueError("broken")
except ValueError:
    log.exception("failed")
"""


def logged(level: str, form: str, process: str) -> list[str]:
    """What a process writes that logs."""
    text = LOGGING.format(level=level, form=form, process=process)
    command = [sys.executable, "-c", text]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return ended.stderr.splitlines()


def test_logs_for_machines() -> None:
    first, second = (json.loads(line) for line in logged("info", "json", "server"))
    assert first["message"] == "two\nlines of ü"
    assert (first["level"], first["process"]) == ("INFO", "server")
    assert first["logger"] == "seaglass.server.x"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
    assert "error" not in first
    assert second["error"].endswith("ValueError: broken")


def test_logs_for_people() -> None:
    first, *rest = logged("error", "text", "worker")
    assert re.fullmatch(r"\S+ \S+ worker \d+ ERROR failed", first)
    assert rest[-1] == "ValueError: broken"


def test_each_request_is_logged_where_that_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    with served() as server:
        server.request("GET", "/graphs")
        assert caplog.messages == []
        with caplog.at_level(logging.INFO, "seaglass"):
            server.request("GET", "/graphs")
            server.request("GET", "/nonsense")
    told: list[Any] = [re.sub(r"[0-9a-f-]{36}|[0-9.]+ ms", "_", one) for one in caplog.messages]
    assert told == ["request _ (ListGraphs): 200 in _", "request _ (no operation): 404 in _"]
