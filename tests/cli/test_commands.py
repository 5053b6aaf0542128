"""The command line: help, what is printed, what is refused, and what is not loaded."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from seaglass.base.files import LocalFiles
from seaglass.cli.app import app
from seaglass.cli.told import told
from tests.serving import READY_SECONDS_MAX, children, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = (
    ("serve",),
    ("env",),
    ("demo",),
    ("graphs",),
    ("query",),
    ("clone",),
    ("diff",),
    ("export",),
    ("import",),
    ("warm",),
    ("store",),
    *(("store", name) for name in ("stats", "verify", "gc", "rebuild", "copy", "sync")),
    ("snapshot",),
    ("snapshot", "list"),
    ("snapshot", "create"),
    ("snapshot", "verify"),
    ("snapshot", "restore"),
    ("snapshot", "delete"),
    ("snapshot", "pin"),
    ("snapshot", "prune"),
    ("snapshot", "export"),
    ("snapshot", "import"),
    ("key",),
    ("key", "create"),
    ("key", "list"),
    ("key", "rotate"),
    ("key", "disable"),
    ("key", "enable"),
    ("key", "delete"),
    ("key", "keep"),
)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    kept = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def run(*arguments: str) -> tuple[int, str]:
    """Exit status and what was printed, in one line."""
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    return result.exit_code, " ".join((result.stdout + result.stderr).split())


@pytest.mark.parametrize("command", [(), *COMMANDS], ids=" ".join)
def test_every_help_shows_an_example(command: tuple[str, ...]) -> None:
    status, text = run(*command, "--help")
    assert status == 0
    assert "Example: " in text


def test_every_command_is_known_to_this_test() -> None:
    listed = {command[0] for command in COMMANDS}
    names = {
        info.name or info.callback.__name__ for info in app.registered_commands if info.callback
    }
    assert names | {group.name for group in app.registered_groups} == listed


def test_the_version_is_printed() -> None:
    status, text = run("--version")
    assert status == 0
    assert text.startswith("seaglass ")


ENGINE = ("seaglass.engine", "numpy", "polars", "pyarrow", "numba")
FRONT = ("seaglass.server.control.plane", "sqlalchemy", "botocore", "uvicorn", "starlette")


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("seaglass.cli.app", ENGINE + FRONT),
        # What comes before the first worker is started must not keep it waiting.
        ("seaglass.server.service.serve", ENGINE + FRONT),
        ("seaglass.server.service.front", ENGINE),
        ("seaglass.engine.database", (*FRONT, "polars", "typer", "rich", "boto3")),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_env_prints_what_a_shell_can_evaluate() -> None:
    status, _ = run("env", "--port", "9000", "--region", "eu-west-1")
    assert status == 0
    printed = subprocess.run(
        [
            "sh",
            "-c",
            f'eval "$({sys.executable} -m seaglass env --port 9000 --region eu-west-1)"; env',
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "AWS_ENDPOINT_URL_NEPTUNE_GRAPH=http://localhost:9000\n" in printed
    assert "AWS_DISABLE_HOST_PREFIX_INJECTION=true\n" in printed
    assert "AWS_DEFAULT_REGION=eu-west-1\n" in printed
    assert "AWS_REGION=eu-west-1\n" in printed


@pytest.mark.parametrize("arguments", [(), ("--data-dir", "x", "--in-memory")])
def test_serve_wants_one_place_for_the_data(arguments: tuple[str, ...]) -> None:
    status, text = run("serve", *arguments)
    assert status == 1
    assert "either --data-dir DIR or --in-memory" in text


def test_serve_says_that_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, text = run("serve", "--data-dir", str(tmp_path), "--port", port)
    assert status == 1
    assert port in text
    assert "Choose another port" in text
    assert "Traceback" not in text


def test_serve_says_that_the_folder_is_in_use(tmp_path: Path) -> None:
    lock = LocalFiles().lock(tmp_path / "lock")
    status, text = run("serve", "--data-dir", str(tmp_path), "--port", "0")
    lock.release()
    assert status == 1
    assert "is open in this process" in text


@pytest.mark.parametrize(
    "command",
    [("snapshot", "list"), ("snapshot", "create", "g", "s")],
    ids=" ".join,
)
def test_a_folder_that_is_not_there_is_not_made(command: tuple[str, ...], tmp_path: Path) -> None:
    status, text = run(*command, "--data-dir", str(tmp_path / "absent"))
    assert status == 1
    assert "There is no folder" in text
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_server_and_leaves_nothing(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "seaglass", "serve", "--in-memory", "--port", "0"]
    # Whoever started the tests may have told them to stay when a terminal goes (`nohup`); the server would, too.
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert "http://" in process.stdout.readline()
        workers = wait_for("a worker", lambda: children(process.pid))
        open_files = [entry.readlink() for entry in Path(f"/proc/{process.pid}/fd").iterdir()]
        folder = next(path.parent for path in open_files if path.name == "lock")
        process.send_signal(number)
        assert process.wait(READY_SECONDS_MAX) == 0
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not folder.exists()


def test_a_server_may_outlive_its_terminal() -> None:
    command = [sys.executable, "-m", "seaglass", "serve", "--in-memory", "--port", "0"]
    with subprocess.Popen(["nohup", *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "http://" in process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.0)
        process.terminate()
        assert process.wait(READY_SECONDS_MAX) == 0


def test_pins_and_retention(tmp_path: Path) -> None:
    import seaglass

    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("pets")
        ids = []
        for name in ("one", "two", "three"):
            time.sleep(0.002)
            ids.append(graph.snapshot(name).id)
    folder = ("--data-dir", str(tmp_path))
    assert run("snapshot", "pin", "one", *folder) == (0, "one is now pinned.")
    prune = ("snapshot", "prune", "pets", "--keep", "last=1", *folder)
    assert run(*prune) == (0, f"{ids[1]} two is removed.")
    assert run(*prune) == (0, "Every snapshot is to be kept.")
    assert run("snapshot", "pin", "one", "--undo", *folder) == (0, "one is no longer pinned.")
    assert run(*prune) == (0, f"{ids[0]} one is removed.")
    (tmp_path / "control.db").touch()
    status, text = run(*prune)
    assert status == 1
    assert "seaglass:snapshot-keep" in text


def test_export(tmp_path: Path) -> None:
    import seaglass

    data, out = tmp_path / "data", tmp_path / "out"
    with seaglass.open(data) as database:
        graph = database.create_graph("pets")
        graph.query("CREATE (:Cat {`~id`: 't', name: 'Tom'})-[:CHASES]->(:Mouse {`~id`: 'j'})")
        graph.snapshot("before")
    only = tmp_path / "filter.json"
    only.write_text('{"vertexFilter": {"Cat": {}}, "edgeFilter": {}}')
    status, text = run("export", "pets", str(out), "--data-dir", str(data), "--filter", str(only))
    assert (status, text) == (0, f"1 nodes and 0 edges are in {out}.")
    assert (out / "vertices/Cat-00000.csv").read_text().splitlines()[1] == '"t","Cat","Tom"'
    status, text = run("export", "pets", str(out), "--data-dir", str(data))
    assert status == 1
    assert "has an export already" in text
    command = ("export", "before", str(tmp_path / "p"), "--format", "parquet")
    assert run(*command, "--data-dir", str(data))[0] == 0
    assert (tmp_path / "p/edges/CHASES-00000.parquet").exists()
    only.write_text("{")
    assert run("export", "pets", "x", "--data-dir", str(data), "--filter", str(only))[0] == 1


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--account", "me"), "'me' is no account. Write twelve digits."),
        (("--account", "1234567890123"), "is no account"),
        (("--region", "Frankfurt"), "'Frankfurt' is no Region. Write it like us-east-1."),
        (("--region", "x'y"), "is no Region"),
        (("--quota", "graphs=none"), "'none' is no quota of graphs"),
        (("--rate", "calls=1"), "'calls' is no rate"),
    ],
)
def test_what_a_server_cannot_be_told(option: tuple[str, str], told: str) -> None:
    status, text = run("serve", "--in-memory", "--port", "0", *option)
    assert status == 1
    assert told in text


def test_at_sigterm_a_command_ends_as_at_an_error_and_a_server_in_its_own_way() -> None:
    met: list[int] = []
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as ended, told():
            signal.raise_signal(signal.SIGTERM)
        assert ended.value.code == 128 + signal.SIGTERM
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        signal.signal(signal.SIGTERM, lambda number, _: met.append(number))
        with told():
            signal.raise_signal(signal.SIGTERM)
        assert met == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
