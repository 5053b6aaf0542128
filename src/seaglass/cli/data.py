"""Data folders for commands that work on one directly, without a server."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seaglass.base.arguments import place_of
from seaglass.base.errors import Conflict
from seaglass.base.kms import Kms
from seaglass.cli.told import fail, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass import Database

KmsOption = Annotated[
    Kms, typer.Option("--kms", help="Where keys come from that are not in the folder.")
]


def at_home(folder: Path) -> Path:
    """A folder as the shell would have it: it leaves `~` alone in `--data-dir=~/data`."""
    with told():
        return Path(place_of("--data-dir", folder))


@contextmanager
def opened(data_dir: Path, kms: Kms = Kms.LOCAL, *, make: bool = False) -> Iterator[Database]:
    """Open a data folder; errors of ours end the command with their message.

    Args: make: make the folder where it is not there, instead of ending the command
    """
    data_dir = at_home(data_dir)
    if not (make or data_dir.is_dir()):
        fail(f"There is no folder {data_dir}.")
    import seaglass

    with told():
        try:
            database = seaglass.open(data_dir, kms=kms)
        except Conflict as error:
            fail(
                f"{error.message}. A server that runs holds its folder: use its API instead, or "
                "stop it first."
            )
        with database:
            yield database
