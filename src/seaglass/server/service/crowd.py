"""How many connections there may be, and the files that they need.

Above: serve, app, patience. Below: nothing. Each connection is a file of the process, and so is each that
a query needs to its worker. A process that has no file left can start no worker, and cannot even
refuse a client in words. So the clients have a share of the files, and those who come after that
hear that they are too many.
"""

from __future__ import annotations

import logging
import resource

from seaglass.base.errors import Throttled

# For workers, their pipes and connections, and the control plane: 200 graphs that are all busy.
RESERVED_FILES = 4_096
# Connections past the limit that are told so; any more are closed unheard.
TOLD_MAX = 256

_log = logging.getLogger(__name__)


def files_for(connections_max: int) -> int:
    """Let the process have as many files as so many connections need, as far as the system does.

    Returns: how many connections there may be: at least half of the files are theirs
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections_max + TOLD_MAX + RESERVED_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (ValueError, OSError) as error:
            _log.warning("this process keeps its limit of %d files: %s", soft, error)
    granted = share_of(soft, connections_max)
    if granted < connections_max:
        _log.warning(
            "%d connections at most, not %d: the system gives this process %d files (ulimit -n)",
            granted,
            connections_max,
            soft,
        )
    return granted


def refusal() -> Throttled:
    """What a client hears that comes after them; SDKs wait and try again."""
    return Throttled(
        "connections", "The server has as many connections as it may have. Try again later."
    )


def share_of(files: int, connections_max: int) -> int:
    """How many connections there may be in a process of so many files."""
    if files == resource.RLIM_INFINITY:
        return connections_max
    return min(connections_max, max(files // 2, files - RESERVED_FILES - TOLD_MAX))
