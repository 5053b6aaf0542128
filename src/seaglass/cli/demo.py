"""`seaglass demo`: the main job from end to end, on real data, through an AWS client.

Above: `cli`. Below: `demo_data`; everything else goes through boto3 to a server that the demo
starts and stops itself. The proof at the end is exact: every write also counts a clock node, so
the restored graph says after which write the snapshot was taken, and is compared with what the
graph held at that write, package by package.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.cli.demo_data import Packages

BATCH_ROWS = 10_000
CLOCK = "demo:clock"
UPGRADED = "+upgraded"

console = Console(highlight=False, soft_wrap=True)


def demo(
    small: Annotated[
        bool, typer.Option("--small", help="Only the Python packages of this environment.")
    ] = False,
) -> None:
    """Freeze a live graph of real packages, change it, restore it, and show what differs.

    Starts a server of its own in a temporary folder and leaves nothing behind.

    Example: seaglass demo --small
    """
    folder = Path(tempfile.mkdtemp(prefix="seaglass-demo-"))
    try:
        with serving(folder) as endpoint:
            Story(connect(endpoint)).tell(small)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    console.print("\nThe server is stopped and its folder removed.")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server on a free port; yields its address, and stops it in the end."""
    command = [sys.executable, "-m", "seaglass", "serve", "--data-dir", str(folder), "--port", "0"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = ""
            for line in process.stdout:
                if "http://" in line:
                    address = "http://" + line.split("http://", 1)[1].split()[0].rstrip("/.,")
                    break
            if not address:
                console.print("The server did not start; what it printed stands above.")
                raise typer.Exit(1)
            # What it prints from now on is read and thrown away, so that it never waits for us.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            say(started, f"[bold]seaglass serve[/bold] listens on {address}")
            yield address
        finally:
            process.terminate()
            process.wait()


def connect(endpoint: str) -> Any:
    """An unmodified AWS client that talks to `endpoint`."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "neptune-graph",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="demo",
        aws_secret_access_key="demo",
        config=Config(
            inject_host_prefix=False, read_timeout=600, retries={"total_max_attempts": 1}
        ),
    )


def say(started: float, text: str) -> None:
    """Print a line with the seconds since `started`."""
    console.print(f"[dim]{time.perf_counter() - started:8.2f} s[/dim]  {text}")


def title(text: str) -> None:
    console.print(f"\n[bold cyan]{text}[/bold cyan]")


@dataclass(slots=True)
class Writer:
    """Upgrades one package per query, in its own thread, until it is told to stop.

    `acknowledged[i]` is the package that write i + 1 upgraded; it grows only after the server has
    answered.
    """

    story: Story
    identities: list[str]
    acknowledged: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None

    def run(self) -> None:
        text = (
            "MATCH (c {`~id`: $clock}) MATCH (p {`~id`: $id}) "
            "SET p.version = $version, p.upgraded = $step, c.step = $step"
        )
        try:
            for identity in self.identities:
                if self.stop.is_set():
                    return
                step = len(self.acknowledged) + 1
                began = time.perf_counter()
                version = f"{step}{UPGRADED}"
                parameters = {"clock": CLOCK, "id": identity, "version": version, "step": step}
                self.story.run(self.story.graph, text, parameters)
                self.slowest_ms = max(self.slowest_ms, (time.perf_counter() - began) * 1000)
                self.acknowledged.append(identity)
        except Exception as failure:
            self.failure = failure


class Story:
    """The steps of the demo, in order, over one client."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.graph = ""

    def run(self, graph: str, text: str, parameters: dict[str, Any] | None = None) -> list[Any]:
        """Run a query through ExecuteQuery and give its rows."""
        answer = self.client.execute_query(
            graphIdentifier=graph,
            queryString=text,
            language="OPEN_CYPHER",
            parameters=parameters or {},
        )
        rows: list[Any] = json.loads(answer["payload"].read())["results"]
        return rows

    def tell(self, small: bool) -> None:
        packages = self.collect(small)
        self.create()
        self.load(packages)
        self.ask()
        before = self.versions(self.graph)
        writer, snapshot = self.freeze_while_writing(before)
        self.change()
        restored = self.restore(snapshot)
        self.compare(before, writer, restored)

    def collect(self, small: bool) -> Packages:
        from seaglass.cli.demo_data import Packages, add_python, collect

        title("The data: packages that this machine has or knows")
        started = time.perf_counter()
        if small:
            packages = Packages()
            add_python(packages)
        else:
            packages = collect()
        packages.add_node("Clock", CLOCK, step=0)
        what = f"{packages.node_count():,} nodes and {packages.edge_count():,} edges"
        say(started, f"read {what} from package metadata")
        return packages

    def create(self) -> None:
        title("A graph")
        started = time.perf_counter()
        graph = self.client.create_graph(
            graphName="packages", provisionedMemory=16, tags={"purpose": "demo"}
        )
        self.graph = graph["id"]
        self.client.get_waiter("graph_available").wait(graphIdentifier=self.graph)
        say(started, f"CreateGraph: {graph['arn']} is AVAILABLE")

    def load(self, packages: Packages) -> None:
        started = time.perf_counter()
        for label, nodes in packages.nodes.items():
            rows = [{"id": node.pop("id"), "properties": node} for node in nodes.values()]
            text = (
                f"UNWIND $rows AS row CREATE (n:{label} {{`~id`: row.id}}) SET n += row.properties"
            )
            self.send(text, rows)
        say(started, f"ExecuteQuery: {packages.node_count():,} nodes created")
        started = time.perf_counter()
        for kind, edges in packages.edges.items():
            keys = [key for key in edges[0] if key not in ("source", "target")]
            properties = ", ".join(f"{key}: row.{key}" for key in keys)
            text = (
                "UNWIND $rows AS row MATCH (a {`~id`: row.source}) MATCH (b {`~id`: row.target}) "
                f"CREATE (a)-[:{kind} {{{properties}}}]->(b)"
            )
            self.send(text, edges)
        say(started, f"ExecuteQuery: {packages.edge_count():,} edges created")

    def send(self, text: str, rows: list[dict[str, Any]]) -> None:
        for start in range(0, len(rows), BATCH_ROWS):
            self.run(self.graph, text, {"rows": rows[start : start + BATCH_ROWS]})

    def ask(self) -> None:
        title("Questions")
        started = time.perf_counter()
        rows = self.run(
            self.graph,
            "MATCH (p:Package)-[:DEPENDS]->(q:Package) "
            "RETURN q.system AS system, q.name AS name, count(DISTINCT p) AS dependents "
            "ORDER BY dependents DESC, name LIMIT 8",
        )
        say(started, "which packages are depended on most?")
        table = Table("system", "package", "dependents")
        for row in rows:
            table.add_row(row["system"], row["name"], f"{row['dependents']:,}")
        console.print(table)
        for name in ("pypi:numpy", "deb:libssl3"):
            self.breakage(name)

    def breakage(self, identity: str) -> None:
        """What breaks, directly and indirectly, if a package goes: a frontier at a time."""
        if not self.run(
            self.graph, "MATCH (p {`~id`: $id}) RETURN p.name AS name", {"id": identity}
        ):
            return
        started = time.perf_counter()
        reached = {identity}
        frontier = [identity]
        rounds = 0
        while frontier:
            rows = self.run(
                self.graph,
                "UNWIND $ids AS id MATCH (p {`~id`: id})<-[:DEPENDS]-(q:Package) "
                "RETURN DISTINCT q.`~id` AS id",
                {"ids": frontier},
            )
            frontier = [row["id"] for row in rows if row["id"] not in reached]
            reached.update(frontier)
            rounds += 1
        say(started, f"without {identity}, {len(reached) - 1:,} packages break ({rounds} rounds)")

    def versions(self, graph: str) -> dict[str, Any]:
        rows = self.run(graph, "MATCH (p:Package) RETURN p.`~id` AS id, p.version AS version")
        return {row["id"]: row["version"] for row in rows}

    def freeze_while_writing(self, before: dict[str, Any]) -> tuple[Writer, str]:
        title("A snapshot, while a writer keeps writing")
        writer = Writer(self, sorted(before))
        thread = threading.Thread(target=writer.run)
        thread.start()
        while len(writer.acknowledged) < 50 and thread.is_alive():
            time.sleep(0.01)
        first = len(writer.acknowledged)
        started = time.perf_counter()
        snapshot = self.client.create_graph_snapshot(
            graphIdentifier=self.graph, snapshotName="before-the-upgrade", tags={"keep": "yes"}
        )
        waiter = self.client.get_waiter("graph_snapshot_available")
        waiter.wait(snapshotIdentifier=snapshot["id"])
        last = len(writer.acknowledged)
        say(started, f"CreateGraphSnapshot: {snapshot['id']} is AVAILABLE")
        time.sleep(0.2)
        writer.stop.set()
        thread.join()
        if writer.failure is not None:
            raise writer.failure
        console.print(
            f"            {last - first:,} writes were acknowledged meanwhile; "
            f"the slowest of {len(writer.acknowledged):,} took {writer.slowest_ms:.0f} ms"
        )
        return writer, snapshot["id"]

    def change(self) -> None:
        title("The world moves on")
        started = time.perf_counter()
        rows = self.run(
            self.graph,
            "MATCH (p:Package {system: 'python'}) WHERE p.name STARTS WITH 'p' "
            "DETACH DELETE p RETURN count(*) AS gone",
        )
        say(started, f"{rows[0]['gone']:,} packages removed with all their edges")

    def restore(self, snapshot: str) -> str:
        title("Restore, as a new graph beside the live one")
        started = time.perf_counter()
        graph: str = self.client.restore_graph_from_snapshot(
            snapshotIdentifier=snapshot, graphName="packages-before"
        )["id"]
        self.client.get_waiter("graph_available").wait(graphIdentifier=graph)
        rows = self.run(graph, "MATCH (c {`~id`: $clock}) RETURN c.step AS step", {"clock": CLOCK})
        say(started, f"RestoreGraphFromSnapshot: {graph} has answered its first query")
        step = rows[0]["step"]
        console.print(f"            the snapshot was taken right after write {step:,}")
        return graph

    def compare(self, before: dict[str, Any], writer: Writer, restored: str) -> None:
        title("The proof")
        started = time.perf_counter()
        rows = self.run(restored, "MATCH (c {`~id`: $clock}) RETURN c.step AS s", {"clock": CLOCK})
        expected = dict(before)
        for step, identity in enumerate(writer.acknowledged[: rows[0]["s"]], 1):
            expected[identity] = f"{step}{UPGRADED}"
        then = self.versions(restored)
        if then != expected:
            console.print("[bold red]The restored graph differs from the moment of the snapshot.")
            raise typer.Exit(1)
        say(
            started, f"all {len(then):,} packages are as they were at that write, none more or less"
        )
        now = self.versions(self.graph)
        removed = sorted(then.keys() - now.keys())
        changed = sorted(key for key in now.keys() & then.keys() if now[key] != then[key])
        table = Table("since the snapshot", "packages", "for example")
        table.add_row("removed", f"{len(removed):,}", ", ".join(removed[:3]))
        table.add_row("upgraded", f"{len(changed):,}", ", ".join(changed[:3]))
        console.print(table)
