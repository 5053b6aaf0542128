"""Which graph a data-plane call is for, or which snapshot: those can be read where they are.

Above: chain. Below: control. In this order: the header `graphIdentifier`, the first label of the
host name, the configured default graph, if it is the caller's. An id that no graph of the caller
has goes to the default graph too, where there is one: some tools send a placeholder to endpoints
that are not AWS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.base.ids import GRAPH_ID_PATTERN, SNAPSHOT_ID_PATTERN, is_snapshot_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.control.plane import ControlPlane

_HOST = re.compile(rf"({GRAPH_ID_PATTERN}|{SNAPSHOT_ID_PATTERN})(\.|:|$)", re.ASCII)


def find_graph(plane: ControlPlane, named: object, headers: Mapping[str, str]) -> str:
    """Give the id that the call is for; whether a graph or snapshot has it is for others to say.

    Args: named: the member `graphIdentifier` of the call, unvalidated, or None
    Raises: Invalid(bad_request) when nothing names a graph.
    """
    graph_id = str(named) if named is not None else _host_graph(headers.get("host", ""))
    if graph_id is not None and is_snapshot_id(graph_id):
        return graph_id
    watch, owner = plane.watch, plane.owner
    name = plane.settings.default_graph
    default = None if name is None else watch.named(owner, name)
    if default is not None and (graph_id is None or watch.graph(owner, graph_id) is None):
        return default.id
    if graph_id is None:
        raise Invalid(
            "bad_request",
            "1 validation error detected: Value at 'graphIdentifier' failed to satisfy constraint: "
            "Member must not be null. Name the graph by the header graphIdentifier, or by a host "
            "name that begins with its id (g-0123456789.localhost), or start the server with a "
            "default graph.",
        )
    return graph_id


def _host_graph(host: str) -> str | None:
    match = _HOST.match(host.lower())
    return None if match is None else match[1]
