"""An MCP host that has the settings of the documentation: `host.py SETTINGS`. Prints what the server says of its graph."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

# The folder of this file: its names are those of packages.
del sys.path[0]

from mcp import ClientSession, StdioServerParameters  # noqa: E402
from mcp.client.stdio import stdio_client  # noqa: E402


async def main() -> None:
    (settings,) = json.loads(sys.argv[1])["mcpServers"].values()
    (package,) = settings["args"]
    # What `uvx` would find by the package's name.
    command = str(Path(sys.executable).parent / package)
    environment = {"PATH": os.environ["PATH"], **settings["env"]}
    server = StdioServerParameters(command=command, args=[], env=environment)
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        result = await session.call_tool("get_graph_status", {})
        print("get_graph_status:", "".join(part.text for part in result.content))


asyncio.run(main())
