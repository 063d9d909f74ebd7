"""What real servers need of this machine: a cache outside the checkout, free ports, an end."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

WITH_US = ("setpriv", "--pdeathsig=KILL")
"""
Before a command: it dies with the thread that started it, however that dies. The command's own
`setpriv`, which gives it another user, needs the same, because the kernel forgets it then.
"""


def cache() -> Path:
    """Return the folder, there already, where what is fetched or built once is kept."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ticketstream"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on. All are held until all are found."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [held.getsockname()[1] for held in sockets]
    finally:
        for held in sockets:
            held.close()


def needs_real_servers() -> None:
    """Skip the test that runs, unless `make test-real` turned real servers on."""
    if not os.environ.get("REAL"):
        pytest.skip("`make test-real` starts a real Apache Kafka and a real Weaviate")


def needs_kubernetes() -> None:
    """Skip the test that runs, unless `make test-kube` turned Kubernetes on."""
    if not os.environ.get("KUBE"):
        pytest.skip("`make test-kube` starts a Kubernetes API")
