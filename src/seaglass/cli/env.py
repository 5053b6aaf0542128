"""`seaglass env`: the exports that point AWS clients at a server of ours."""

from __future__ import annotations

from typing import Annotated

import typer


def exports(port: int, region: str) -> tuple[str, ...]:
    """Return the lines for a shell."""
    return (
        f"export AWS_ENDPOINT_URL_NEPTUNE_GRAPH=http://localhost:{port}",
        "export AWS_DISABLE_HOST_PREFIX_INJECTION=true",
        "export AWS_ACCESS_KEY_ID=test",
        "export AWS_SECRET_ACCESS_KEY=test",
        # Python's SDK and the command line read the first, the other SDKs the second.
        f"export AWS_DEFAULT_REGION={region}",
        f"export AWS_REGION={region}",
    )


def env(
    port: Annotated[int, typer.Option(help="Port of the server.", min=1, max=65_535)] = 8182,
    region: Annotated[str, typer.Option(help="Region that clients sign for.")] = "us-east-1",
) -> None:
    """Print the exports that point AWS clients here.

    Example: eval "$(seaglass env --port 8182)"
    """
    for line in exports(port, region):
        typer.echo(line)
