"""The recipes of `docs/clients.md`, run as they stand there: each prints what stands under it.

Method: the text of the document is the test. Only the port and the graph's id are put in.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.clients.real.environments import FOLDER, ROOT, make_graph, program, run, run_node

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Served

pytestmark = pytest.mark.slow

DOCUMENT = ROOT / "docs" / "clients.md"
CHECKS = ROOT / "tests" / "clients" / "real" / "checks"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Heading -> environment.
ENVIRONMENTS = {
    "boto3": None,
    "AWS CLI": "awscli",
    "JavaScript": "js",
    "LangChain": "langchain",
    "nx-neptune": "nx",
    "llama-index": "llamaindex",
    "MCP server of AWS Labs": "mcp",
    "graph-notebook": "notebook",
    "mem0": "mem0",
    "graphrag-lexical-graph": "graphrag",
    "aiobotocore": "aiobotocore",
    "nodestream": "nodestream",
    "cognee": "cognee",
}
# What a line in the hosts file does.
HOSTS = """
import socket
_resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: _resolve(
    "127.0.0.1" if str(host).endswith("neptune-graph.amazonaws.com") else host, *more, **named)
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One section of the document: its blocks of code, in one language, and what they print."""

    name: str
    language: str
    blocks: tuple[str, ...]
    printed: str


def recipes() -> list[Recipe]:
    found = []
    for section in DOCUMENT.read_text().split("\n## ")[2:]:
        *blocks, (last, printed) = BLOCK.findall(section)
        assert last == "text", section
        (language,) = {language for language, _ in blocks}
        name = section.partition("\n")[0]
        found.append(Recipe(name, language, tuple(code for _, code in blocks), printed))
    return found


def test_there_is_a_recipe_for_each_client() -> None:
    assert [recipe.name for recipe in recipes()] == list(ENVIRONMENTS)


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
def test_a_recipe_prints_what_it_says(served: Served, tmp_path: Path, recipe: Recipe) -> None:
    graph = make_graph(served, dimension=4)
    blocks = [
        code.replace("8182", str(served.port)).replace("g-0123456789", graph)
        for code in recipe.blocks
    ]
    environment = ENVIRONMENTS[recipe.name]
    more = {"GRAPH": graph, "AWS_ENDPOINT_URL": served.endpoint}
    match recipe.language:
        case "js":
            script = tmp_path / "given" / "recipe.mjs"
            script.parent.mkdir()
            script.write_text(blocks[0])
            done = run_node([str(script)], served, tmp_path, more)
        case "bash":
            assert environment is not None
            more["PATH"] = f"{FOLDER / environment / 'bin'}:/usr/bin:/bin"
            done = run(["bash", "-euc", blocks[0]], served, tmp_path, more)
        case "json":
            done = run(
                [program("mcp", "python"), str(CHECKS / "host.py"), blocks[0]],
                served,
                tmp_path,
                more,
            )
        case "ipython":
            (tmp_path / "sitecustomize.py").write_text(HOSTS)
            (tmp_path / "recipe.ipynb").write_text(notebook(blocks))
            command = [
                program("notebook", "python"),
                "-m",
                "IPython",
                "--colors=NoColor",
                "recipe.ipynb",
            ]
            done = run(command, served, tmp_path, {**more, "PYTHONPATH": str(tmp_path)})
        case _:
            python = sys.executable if environment is None else program(environment, "python")
            done = run([python, "-c", blocks[0]], served, tmp_path, more)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(recipe.printed), done.stdout + done.stderr


def notebook(cells: list[str]) -> str:
    """A notebook with these cells."""
    code = [
        {
            "cell_type": "code",
            "source": cell.rstrip(),
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for cell in cells
    ]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
