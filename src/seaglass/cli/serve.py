"""`seaglass serve`: the server, until a signal ends it."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seaglass.base.dialect import Dialect
from seaglass.base.kms import Kms
from seaglass.base.logs import LogFormat, LogLevel, write_logs
from seaglass.base.settings import CONNECTIONS_MAX_DEFAULT, Quotas, Rates, Settings
from seaglass.cli.data import at_home
from seaglass.cli.env import exports
from seaglass.cli.numbers import changed, written
from seaglass.cli.told import fail, told

if TYPE_CHECKING:
    from types import FrameType

LOOPBACK = ("127.0.0.1", "::1")


def checked_region(text: str) -> str:
    """A Region's name, or the end of the command."""
    if re.fullmatch(r"[a-z0-9-]{1,32}", text, re.ASCII) is None:
        fail(f"{text!r} is no Region. Write it like us-east-1.")
    return text


def checked_account(text: str) -> str:
    """An account, or the end of the command."""
    if re.fullmatch(r"[0-9]{12}", text, re.ASCII) is None:
        fail(f"{text!r} is no account. Write twelve digits.")
    return text


Bucket = Annotated[
    str | None,
    typer.Option(
        help="Bucket for the snapshots of a new folder, s3://bucket/prefix; the folder remembers "
        "it."
    ),
]
KeySource = Annotated[
    Kms,
    typer.Option(help="Where keys come from that are not in the local key ring (`seaglass key`)."),
]
RegionOption = Annotated[
    str, typer.Option(help="Region of requests that are not signed.", callback=checked_region)
]
AccountOption = Annotated[
    str, typer.Option(help="Account of keys that are no account's own.", callback=checked_account)
]
PrincipalsOption = Annotated[
    Path | None,
    typer.Option(
        help="File of users and roles with keys and policies: only they may ask, and do what their "
        "policies allow.",
        show_default="everybody, everything",
    ),
]
QuotaOption = Annotated[
    list[str] | None,
    typer.Option(
        help="How much an account may have in a Region, NAME=N, may be repeated. As it is: "
        f"{written(Quotas())}.",
    ),
]
RateOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Calls per second that an account may make in a Region, NAME=N, may be repeated. As it "
        f"is: {written(Rates())}.",
    ),
]
Connections = Annotated[
    int, typer.Option(help="Connections that clients may have, all together.", min=1)
]
ScrubRate = Annotated[
    float,
    typer.Option(
        help="Read and check the whole store in the background, once a day, this fast.",
        min=0,
        show_default="off",
    ),
]

MetricsPort = Annotated[
    int | None,
    typer.Option(
        help="Port on which Prometheus may ask for /metrics; nobody is asked who they are there.",
        min=1,
        max=65_535,
        show_default="off",
    ),
]
LevelOption = Annotated[
    LogLevel, typer.Option(help="What is logged, on standard error; info: each request.")
]
FormatOption = Annotated[
    LogFormat, typer.Option(help="Lines for people, or an object of JSON a line.")
]
LocalPaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--allow-local-path",
        help="Folder of this machine that imports may read and exports may write; may be repeated.",
        show_default="none",
    ),
]


def serve(
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Folder of everything durable; made if it is not there."),
    ] = None,
    store: Bucket = None,
    in_memory: Annotated[
        bool,
        typer.Option("--in-memory", help="Keep everything in memory; it ends with the server."),
    ] = False,
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65_535)
    ] = 8182,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Address to listen on, may be repeated.", show_default="127.0.0.1, ::1"),
    ] = None,
    default_graph: Annotated[
        str | None,
        typer.Option(help="Graph (id or name) for calls that name no graph of this server."),
    ] = None,
    dialect: Annotated[
        Dialect,
        typer.Option(help="Language of queries: the superset, or exactly what Neptune takes."),
    ] = Dialect.OPENCYPHER,
    kms: KeySource = Kms.LOCAL,
    allow_local_path: LocalPaths = None,
    scrub_mib_per_second: ScrubRate = 0.0,
    memory: Annotated[
        str | None,
        typer.Option(
            help="Memory of each graph's process, e.g. 4GiB; 60 % of the machine's by default."
        ),
    ] = None,
    region: RegionOption = "us-east-1",
    account: AccountOption = "123456789012",
    principals: PrincipalsOption = None,
    quota: QuotaOption = None,
    rate: RateOption = None,
    connections: Connections = CONNECTIONS_MAX_DEFAULT,
    metrics_port: MetricsPort = None,
    log_level: LevelOption = LogLevel.WARNING,
    log_format: FormatOption = LogFormat.TEXT,
) -> None:
    """Serve Amazon Neptune Analytics' API on this machine.

    Listens on loopback only, unless told otherwise. Ctrl-C stops it in order.

    Example: seaglass serve --data-dir ./data --port 8182
    """
    if (data_dir is None) is not in_memory:
        fail("Say where the data goes: either --data-dir DIR or --in-memory.")
    if in_memory and store is not None:
        fail("A server in memory cannot use a bucket: its keys would end with it. Give --data-dir.")
    settings = Settings(
        data_dir=None if data_dir is None else at_home(data_dir),
        store=store,
        hosts=tuple(host or LOOPBACK),
        port=port,
        region=region,
        account_id=account,
        principals=principals,
        default_graph=default_graph,
        dialect=dialect,
        kms=kms,
        local_paths=tuple(path.absolute() for path in allow_local_path or ()),
        scrub_bytes_per_second=scrub_mib_per_second * 2**20,
        memory_bytes=bytes_of(memory),
        quotas=changed("quota", Quotas(), quota),
        rates=changed("rate", Rates(), rate),
        connections_max=connections,
        metrics_port=metrics_port,
        log_level=log_level,
        log_format=log_format,
    )
    run(settings)


def bytes_of(text: str | None) -> int | None:
    """The number of bytes that a text such as 4GiB or 500MB says."""
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+)\s*([KMGT]?)(i?)B?\s*", text, re.IGNORECASE)
    if match is None or int(match[1]) == 0:
        fail(f"{text!r} is no amount of memory. Write it like 4GiB or 500MB.")
    base = 1024 if match[3] else 1000
    size: int = int(match[1]) * base ** " KMGT".index(match[2].upper() or " ")
    return size


def run(settings: Settings) -> None:
    """Serve, print where, and clean up however it ends."""
    from seaglass.server.service.serve import serve as serve_until_signal

    write_logs(settings.log_level, settings.log_format, "server")

    def ready(port: int) -> None:
        host = f"[{settings.hosts[0]}]" if ":" in settings.hosts[0] else settings.hosts[0]
        where = "memory" if settings.data_dir is None else str(settings.data_dir)
        lines = [f"seaglass listens on http://{host}:{port} with its data in {where}"]
        if settings.metrics_port is not None:
            lines += [f"Prometheus may ask http://{host}:{settings.metrics_port}/metrics"]
        lines += ["Point AWS clients here with:", ""]
        lines += [f"  {line}" for line in exports(port, settings.region)]
        # One write: whoever waits for the first line may close its end after it.
        typer.echo("\n".join([*lines, "", "Ctrl-C stops the server."]))

    # The server gives a signal back after its orderly stop. By default that would end the process
    # on the spot, before the folder's lock and the folder of --in-memory are cleaned up.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        # The terminal has gone, and nobody has said `nohup`.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    with told():
        serve_until_signal(settings, ready)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
