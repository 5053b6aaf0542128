"""`python -m seaglass.server.worker`: what the fleet starts. Not for people."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.dialect import Dialect
from seaglass.base.kms import Kms
from seaglass.base.logs import LogFormat, LogLevel, write_logs
from seaglass.server.worker.engine import SeaglassEngine
from seaglass.server.worker.serve import serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.server.worker.ports import Engine


def main(engine_of: Callable[[Dialect, Kms, int | None, tuple[str, ...]], Engine]) -> None:
    """Read the options and serve with an engine."""
    parser = argparse.ArgumentParser(prog="python -m seaglass.server.worker", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--memory-bytes", type=int, default=None)
    parser.add_argument("--dialect", type=Dialect, default=Dialect.OPENCYPHER)
    parser.add_argument("--kms", type=Kms, default=Kms.LOCAL)
    parser.add_argument("--folder", action="append", default=[])
    parser.add_argument("--log-level", type=LogLevel, default=LogLevel.WARNING)
    parser.add_argument("--log-format", type=LogFormat, default=LogFormat.TEXT)
    options = parser.parse_args()
    write_logs(options.log_level, options.log_format, "worker")
    engine = engine_of(options.dialect, options.kms, options.memory_bytes, tuple(options.folder))
    serve(options.socket, engine, options.memory_bytes)


if __name__ == "__main__":
    main(SeaglassEngine)
