"""The table of commands.

Above: `main`. Below: one module per command. The modules import at their top what describes the
command; the engine, the server and AWS clients are imported by the command that runs, so that
`seaglass --help` is quick and `serve` never loads the engine.
"""

from __future__ import annotations

from typing import Annotated

import typer

from seaglass.cli.clone import clone
from seaglass.cli.demo import demo
from seaglass.cli.diff import diff
from seaglass.cli.env import env
from seaglass.cli.export import export
from seaglass.cli.graphs import graphs
from seaglass.cli.import_ import import_files
from seaglass.cli.key import keys
from seaglass.cli.query import query
from seaglass.cli.serve import serve
from seaglass.cli.snapshot import snapshots
from seaglass.cli.store import stores
from seaglass.cli.warm import warm

app = typer.Typer(
    name="seaglass",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve)
app.command()(env)
app.command()(demo)
app.add_typer(snapshots, name="snapshot")
app.add_typer(stores, name="store")
app.add_typer(keys, name="key")
app.command()(graphs)
app.command()(query)
app.command()(clone)
app.command()(diff)
app.command(name="import")(import_files)
app.command()(export)
app.command()(warm)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"seaglass {version('seaglass')}")
        raise typer.Exit


@app.callback()
def seaglass(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """A graph analytics database that you can freeze.

    It speaks Amazon Neptune Analytics' API on your own machine.

    Example: seaglass serve --data-dir ./data
    """
