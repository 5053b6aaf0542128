"""awslabs.amazon-neptune-mcp-server: started as an MCP host starts it, and asked over standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

COMMAND = str(Path(sys.executable).parent / "awslabs.amazon-neptune-mcp-server")


def ask(endpoint, *calls):
    async def work():
        environment = {**os.environ, "NEPTUNE_ENDPOINT": endpoint}
        server = StdioServerParameters(command=COMMAND, args=[], env=environment)
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            return [await session.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(work())


def text(result):
    return "".join(part.text for part in result.content)


def check_a_graph_by_its_id(here):
    _, found, status = ask(
        f"neptune-graph://{here.graph}",
        (
            "run_opencypher_query",
            {"query": "CREATE (:City {name: 'Turin'})-[:IN]->(:Country {name: 'Italy'})"},
        ),
        (
            "run_opencypher_query",
            {"query": "MATCH (c:City) RETURN c.name AS name", "parameters": {"unused": 1}},
        ),
        ("get_graph_status", {}),
    )
    assert "Turin" in text(found), text(found)
    assert text(status) == "Available"
    # The schema is read once, at its start.
    (schema,) = ask(f"neptune-graph://{here.graph}", ("get_graph_schema", {}))
    found = json.loads(text(schema))
    assert sorted(node["labels"] for node in found["nodes"]) == ["City", "Country"], found
    assert found["relationship_patterns"] == [
        {"left_node": "City", "right_node": "Country", "relation": "IN"}
    ], found


def check_an_endpoint_with_the_default_graph(here):
    found, status = ask(
        f"neptune-graph://localhost:{here.port}",
        (
            "run_opencypher_query",
            {
                "query": "MATCH (p:Person {name: $name}) RETURN p.name",
                "parameters": {"name": "Ada"},
            },
        ),
        ("get_graph_status", {}),
    )
    assert "Ada" in text(found), text(found)
    assert text(status) == "Available"
