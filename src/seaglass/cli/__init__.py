"""The command line: one file per command, each loaded only when it runs or shows its help."""

from __future__ import annotations


def main() -> None:
    """Run `seaglass`."""
    # Here, so that whoever imports a part of this package does not load all of it.
    from seaglass.cli.app import app

    app()
