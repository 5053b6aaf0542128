"""The engine under test behind a real server: an unmodified AWS client, and answers as JSON.

JSON has fewer types: an expected value is brought to the form that its JSON has (a path is a list, infinity a text). A
text that shows a point in time is compared as Neptune writes one, in UTC and with milliseconds, on both sides: that it
may be the text itself which a query made, the JSON does not tell. Of an error, the client learns neither openCypher's code nor the moment.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.engine.tck.forms import scalar
from tests.engine.tck.outcome import Failure, NotYet, Outcome
from tests.serving import Served, client, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical.procedures import Procedure
    from seaglass.engine.exec.procedures import Body
    from tests.engine.tck.forms import Form

NO_PROCEDURES = "a server has no test procedures"
_SPECIAL = {"inf": "INF", "-inf": "-INF", "nan": "NaN"}
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d(?::\d\d)?)(\[.+\])?"
)
_REFUSALS = ("ValidationException", "ConflictException", "UnprocessableException")
_NODES = "MATCH (n) RETURN id(n) AS id, labels(n) AS labels, properties(n) AS properties"
_EDGES = "MATCH ()-[r]->() RETURN id(r) AS id, properties(r) AS properties"


@contextlib.contextmanager
def serving() -> Iterator[ServedEngine]:
    """A server of its own with one graph."""
    with tempfile.TemporaryDirectory() as folder:
        server = Served(Path(folder) / "data")
        server.start()
        try:
            aws = client(server.endpoint)
            graph = aws.create_graph(graphName="tck", provisionedMemory=16)["id"]
            aws.get_waiter("graph_available").wait(graphIdentifier=graph)
            yield ServedEngine(aws, graph)
        finally:
            server.stop()


class ServedEngine:
    """One graph, emptied by a query before each scenario."""

    def __init__(self, aws: Any, graph: str) -> None:
        self._aws = aws
        self._graph = graph
        # Whether the graph is known to be empty: then it is neither read nor emptied.
        self._empty = True

    def reset(self) -> None:
        if not self._empty:
            run(self._aws, self._graph, "MATCH (n) DETACH DELETE n")
        self._empty = True

    def add_procedure(self, procedure: Procedure, body: Body) -> None:
        raise NotYet(NO_PROCEDURES)

    def execute(self, text: str, parameters: dict[str, Any]) -> Outcome:
        self._empty = False
        try:
            rows = run(self._aws, self._graph, text, parameters)
        except ClientError as error:
            told = error.response["Error"]
            if told["Code"] not in _REFUSALS:
                raise
            if "not supported yet" in told["Message"]:
                raise NotYet(told["Message"].split(" (line")[0]) from None
            return Outcome(failure=Failure(told["Message"], None, None))
        columns = tuple(rows[0]) if rows else None
        return Outcome(columns, [[_given(value) for value in row.values()] for row in rows])

    def form(self, wanted: Form) -> Form:
        match wanted[0]:
            case "float" if wanted[1] in _SPECIAL:
                return ("text", _SPECIAL[wanted[1]])
            case "text":
                return ("text", _in_utc(wanted[1]))
            case "list":
                return ("list", tuple(self.form(item) for item in wanted[1]))
            case "map":
                return ("map", tuple((key, self.form(item)) for key, item in wanted[1]))
            case "node" | "edge":
                return (*wanted[:-1], self.form(wanted[-1]))
            case "path":
                parts = (part[-1] if part[0] == "step" else part for part in wanted[1])
                return ("list", tuple(self.form(part) for part in parts))
            case _:
                return wanted

    def state(self) -> dict[str, set[Any]]:
        nodes = [] if self._empty else run(self._aws, self._graph, _NODES)
        edges = run(self._aws, self._graph, _EDGES) if nodes else []
        self._empty = not nodes
        return {
            "nodes": {row["id"] for row in nodes},
            "relationships": {row["id"] for row in edges},
            "labels": {label for row in nodes for label in row["labels"]},
            "properties": {
                (noun, row["id"], key, repr(value))
                for noun, rows in (("node", nodes), ("edge", edges))
                for row in rows
                for key, value in row["properties"].items()
            },
        }


def _in_utc(text: str) -> str:
    """A point in time as Neptune writes it, any other text as it is."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    minute, second, fraction, offset, _ = found.groups()
    moment = datetime.fromisoformat(f"{minute}:{second or '00'}{offset}").astimezone(UTC)
    return f"{moment.isoformat()[:19]}.{(fraction or '')[:3]:0<3}Z"


def _given(value: Any) -> Form:
    """The form of a value of the JSON."""
    if isinstance(value, str):
        return ("text", _in_utc(value))
    plain_form = scalar(value)
    if plain_form is not None:
        return plain_form
    match value:
        case list():
            return ("list", tuple(_given(item) for item in value))
        case {"~entityType": "node"}:
            return ("node", tuple(sorted(value["~labels"])), _given(value["~properties"]))
        case {"~entityType": "relationship"}:
            return ("edge", value["~type"], _given(value["~properties"]))
        case _:
            return ("map", tuple(sorted((key, _given(item)) for key, item in value.items())))
