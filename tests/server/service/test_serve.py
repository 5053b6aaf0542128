"""Listening sockets: both loopback addresses on one port, and what is said when that fails."""

from __future__ import annotations

import re
import socket
import sys

import pytest

from seaglass.base.errors import Unavailable
from seaglass.server.service.serve import listen


def test_both_addresses_share_a_port() -> None:
    sockets = listen(("127.0.0.1", "::1"), 0)
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
        for one in sockets:
            with socket.create_connection(one.getsockname()[:2], timeout=5):
                pass
    finally:
        for one in sockets:
            one.close()


def test_a_port_in_use_is_named() -> None:
    (first,) = listen(("127.0.0.1",), 0)
    with first:
        port = first.getsockname()[1]
        with pytest.raises(Unavailable, match=f"port {port}.*another port"):
            listen(("127.0.0.1", "::1"), port)


def test_an_address_that_is_not_ours_is_refused() -> None:
    for host in ("192.0.2.1", "300.1.1.1"):
        with pytest.raises(Unavailable, match=f"{re.escape(host)}.*another address"):
            listen((host,), 0)


def test_the_kernel_looks_after_clients_that_say_nothing() -> None:
    """One that vanishes in the middle of a long query is noticed, and nothing between forgets the others."""
    (listener,) = listen(("127.0.0.1",), 0)
    with listener, socket.create_connection(listener.getsockname()):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            if sys.platform == "linux":
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
