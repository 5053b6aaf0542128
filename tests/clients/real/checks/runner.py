"""Runs the checks of one client, in that client's own Python: `runner.py CHECKS.py PLACE`.

A check is a function `check_…(here)` of the file; they run in the order of the file. `PLACE` is JSON: endpoint, port,
graph; checks also find `here.refused`. Prints one JSON object as the last line: name of a check -> null, or what went wrong.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from types import SimpleNamespace


def refused(work):
    """Do what must fail; gives all that the client's error says."""
    try:
        work()
    except Exception as error:
        return f"{type(error).__name__} {error} {vars(error)}"
    raise AssertionError("no error: what this check holds to be refused is served")


def main() -> None:
    # The folder of this file: its names are those of packages.
    del sys.path[0]
    spec = importlib.util.spec_from_file_location("checks", sys.argv[1])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    here = SimpleNamespace(**json.loads(sys.argv[2]))
    here.refused = refused
    outcomes = {}
    for name, check in list(vars(module).items()):
        if name.startswith("check_"):
            try:
                check(here)
            except Exception:
                outcomes[name] = traceback.format_exc()
            else:
                outcomes[name] = None
    print()
    print(json.dumps(outcomes))


main()
