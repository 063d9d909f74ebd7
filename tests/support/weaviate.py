"""
A real Weaviate for tests, built by the Go toolchain and started on free ports of this machine.

`python -m tests.support.weaviate` builds it, once for each version, into a cache outside the
checkout. `RealWeaviate` runs it from there, in a process group of its own, and takes
everything away again, however its `with` block ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from streams.backends.weaviate.knowledge import WeaviateKnowledge
from tests.support.in_folder import InFolder
from tests.support.machine import cache, free_ports

VERSION = "1.35.2"
MODULE = f"github.com/weaviate/weaviate/cmd/weaviate-server@v{VERSION}"
START_SECONDS = 60


def server() -> Path:
    """Return the server's program, after building it if it is not there."""
    folder = cache() / f"weaviate-{VERSION}"
    if not folder.exists():
        if not shutil.which("go"):
            sys.exit("go is missing: install Go 1.24 or newer")
        print(f"building Weaviate {VERSION} (some minutes) in {folder} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache()) as built:
            subprocess.run(
                ["go", "install", "-ldflags=-s -w", MODULE],
                check=True,
                stdout=sys.stderr,
                env={**os.environ, "GOBIN": f"{built}/bin", "CGO_ENABLED": "0"},
            )
            Path(built, "bin").rename(folder)
    return folder / "weaviate-server"


class RealWeaviate(InFolder):
    """
    A running Weaviate of one node, until the `with` block ends.

    It calls nobody: no telemetry, no modules.
    """

    called = "weaviate"

    def __init__(self, api_key: str | None = None) -> None:
        """With *api_key* that key alone is let in, else everybody."""
        self._api_key = api_key
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.grpc_url = ""

    def _set_up(self) -> None:
        """Start it and wait until it is ready; `url` and `grpc_url` are then its addresses."""
        self._program = server()
        self._ports = free_ports(6)
        self.url = f"http://127.0.0.1:{self._ports[0]}"
        self.grpc_url = f"http://127.0.0.1:{self._ports[1]}"
        self.restart()

    def kill(self) -> None:
        """End it as if the power had gone (SIGKILL)."""
        process, self._process = self._process, None
        if process:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self) -> None:
        """Start it if it does not run, on its old ports and data, and wait until it is ready."""
        if not self._process:
            self._process = self._start()
        self._wait()

    def _clean_up(self) -> None:
        self.kill()
        super()._clean_up()

    def _start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._program, "--scheme=http", "--host=127.0.0.1", f"--port={self._ports[0]}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self._environment()},
                start_new_session=True,  # a Ctrl-C at the tests is not for it
            )

    def _environment(self) -> dict[str, str]:
        _, grpc, gossip, data, raft, raft_internal = map(str, self._ports)
        key = self._api_key
        return {
            "PERSISTENCE_DATA_PATH": str(self.folder / "data"),
            "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "false" if key else "true",
            **({"AUTHENTICATION_APIKEY_ENABLED": "true"} if key else {}),
            **({"AUTHENTICATION_APIKEY_ALLOWED_KEYS": key} if key else {}),
            **({"AUTHENTICATION_APIKEY_USERS": "ticketstream"} if key else {}),
            "DISABLE_TELEMETRY": "true",
            "GO_PROFILING_DISABLE": "true",
            "LOG_LEVEL": "warning",
            "GRPC_PORT": grpc,
            "CLUSTER_HOSTNAME": "node1",
            "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
            "CLUSTER_GOSSIP_BIND_PORT": gossip,
            "CLUSTER_DATA_BIND_PORT": data,
            "RAFT_PORT": raft,
            "RAFT_INTERNAL_RPC_PORT": raft_internal,
        }

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/v1/.well-known/ready", timeout=2):  # noqa: S310  # our own address
                    return
            except OSError:  # urllib's are
                time.sleep(0.1)
        log = (self.folder / "log").read_text(errors="replace")[-3000:]
        raise RuntimeError(f"Weaviate did not start:\n{log}")


@asynccontextmanager
async def connected(server: RealWeaviate, prefix: str = "") -> AsyncIterator[WeaviateKnowledge]:
    """Give a knowledge base in *server*; without a *prefix* one of its own, deleted at the end."""
    own = prefix or uuid4().hex
    async with WeaviateKnowledge(server.url, grpc_url=server.grpc_url, prefix=own) as kb:
        yield kb
    if not prefix:
        delete(server, kb.collection)


def delete(server: RealWeaviate, collection: str) -> None:
    """Delete *collection*, as a person would do it."""
    request = urllib.request.Request(f"{server.url}/v1/schema/{collection}", method="DELETE")  # noqa: S310
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310  # our own address
        pass


if __name__ == "__main__":
    server()
