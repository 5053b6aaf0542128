"""nodestream with its Neptune plugin: a pipeline of its command line writes a graph."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import boto3

PIPELINE = """
- implementation: nodestream.pipeline:IterableExtractor
  factory: range
  arguments:
    stop: 5
- implementation: nodestream.interpreting:Interpreter
  arguments:
    interpretations:
      - type: source_node
        node_type: Number
        key:
          number: !jmespath index
      - type: relationship
        node_type: Parity
        relationship_type: IS
        node_key:
          name: any
"""
PROJECT = """
scopes:
  numbers:
    pipelines:
      - numbers.yaml
targets:
  here:
    database: neptune
    mode: analytics
    graph_id: {graph}
    region: us-east-1
"""


def check_a_pipeline_writes_a_graph(here):
    Path("numbers.yaml").write_text(PIPELINE)
    Path("nodestream.yaml").write_text(PROJECT.format(graph=here.graph))
    command = [
        str(Path(sys.executable).parent / "nodestream"),
        "run",
        "numbers",
        "--target",
        "here",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = boto3.client("neptune-graph").execute_query(
        graphIdentifier=here.graph,
        language="OPEN_CYPHER",
        queryString="MATCH (n:Number)-[:IS]->(p:Parity) RETURN id(p) AS parity, count(n) AS numbers",
    )
    rows = json.loads(answer["payload"].read())["results"]
    assert rows == [{"parity": "Parity_name:any", "numbers": 5}], (rows, done.stdout, done.stderr)
