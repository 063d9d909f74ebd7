"""Hosts as Docker makes them, by Linux's namespaces: one a service, with its name and ports."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self


class Hosts:
    """
    A network of its own with one host for each name, until the `with` block ends.

    Each host reaches the others by name, and has every port for itself.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Prepare hosts called *names*."""
        self._addresses = {name: f"10.73.0.{n}" for n, name in enumerate(sorted(names), 2)}
        self._prefix = f"ticketstream-{os.getpid()}"

    def __enter__(self) -> Self:
        """Make them. `file` is then an /etc/hosts that names them all."""
        self._folder = tempfile.TemporaryDirectory(prefix=f"{self._prefix}-hosts-")
        self.file = Path(self._folder.name, "hosts")
        known = {"localhost": "127.0.0.1", **self._addresses}
        self.file.write_text("".join(f"{at} {name}\n" for name, at in known.items()))
        self._let_others_read()
        try:
            self._connect()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clean_up()

    def on(self, name: str, command: Iterable[str]) -> list[str]:
        """Return the command that runs *command* on the host *name*."""
        mount = f"mount --bind {shlex.quote(str(self.file))} /etc/hosts"
        script = f'hostname {name}; {mount}; exec "$@"'
        entered = ["ip", "netns", "exec", self._namespace(name), "unshare", "--mount", "--uts"]
        return [*entered, "sh", "-euc", script, "sh", *command]

    def _let_others_read(self) -> None:
        Path(self._folder.name).chmod(0o755)
        self.file.chmod(0o644)

    def _connect(self) -> None:
        switch = self._namespace("switch")
        _ip("netns", "add", switch)
        _ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", switch, "link", "set", "bridge", "up")
        for number, (name, address) in enumerate(self._addresses.items()):
            host, port = self._namespace(name), f"port{number}"
            _ip("netns", "add", host)
            _ip("-n", host, "link", "set", "lo", "up")
            _ip("-n", host, "link", "add", "eth0", "type", "veth", "peer", port, "netns", switch)
            _ip("-n", host, "addr", "add", f"{address}/24", "dev", "eth0")
            _ip("-n", host, "link", "set", "eth0", "up")
            _ip("-n", switch, "link", "set", port, "master", "bridge", "up")

    def _clean_up(self) -> None:
        for name in ("switch", *self._addresses):
            subprocess.run(["ip", "netns", "delete", self._namespace(name)], capture_output=True)
        self._folder.cleanup()

    def _namespace(self, name: str) -> str:
        return f"{self._prefix}-{name}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
