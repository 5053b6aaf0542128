"""How the processes of a server write their logs, on standard error: lines for people, or an object of JSON a line for
what collects logs.

Above: the command line, the worker. Below: nothing. The level is that of seaglass; libraries are heard from warnings
on.

An object has `time` (ISO 8601, UTC), `level`, `process` ("server" or "worker"), `pid`, `logger`, `message`, and
`error` with a traceback where there is one.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from enum import StrEnum


class LogLevel(StrEnum):
    """From what on is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """What a line is."""

    TEXT = "text"
    JSON = "json"


def write_logs(level: LogLevel, form: LogFormat, process: str) -> None:
    """Has everything that is logged from now on written. Args: process: what this one is called"""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines(process) if form is LogFormat.JSON else _text_lines(process))
    chosen = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(chosen, logging.WARNING), handlers=[handler])
    logging.getLogger("seaglass").setLevel(chosen)


def _text_lines(process: str) -> logging.Formatter:
    who = "" if process == "server" else f"{process} %(process)d "
    return logging.Formatter(f"%(asctime)s {who}%(levelname)s %(message)s")


class _JsonLines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, object] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname,
            "process": self._process,
            "pid": record.process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)
