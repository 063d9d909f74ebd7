"""Hosts as Docker makes them, by Linux's namespaces: one a service, with its name and ports."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable

from tests.support.in_folder import InFolder
from tests.support.machine import WITH_US


class Hosts(InFolder):
    """
    A network of its own with one host for each name, until the `with` block ends.

    Each host reaches the others by name, and has every port for itself.
    """

    called = "hosts"

    def __init__(self, names: Iterable[str]) -> None:
        """Prepare hosts called *names*."""
        self._addresses = {name: f"10.73.0.{n}" for n, name in enumerate(sorted(names), 2)}
        self._prefix = f"ticketstream-{os.getpid()}"

    def _set_up(self) -> None:
        """Make them. `file` is then an /etc/hosts that names them all."""
        self.file = self.folder / "hosts"
        known = {"localhost": "127.0.0.1", **self._addresses}
        self.file.write_text("".join(f"{at} {name}\n" for name, at in known.items()))
        self._let_others_read()
        self._connect()

    def on(self, name: str, command: Iterable[str]) -> list[str]:
        """Return the command that runs *command* on the host *name*, and that dies with us."""
        mount = f"mount --bind {shlex.quote(str(self.file))} /etc/hosts"
        script = f'hostname {name}; {mount}; exec "$@"'
        entered = [*WITH_US, "ip", "netns", "exec", self._namespace(name)]
        entered += ["unshare", "--mount", "--uts"]
        return [*entered, "sh", "-euc", script, "sh", *command]

    def _let_others_read(self) -> None:
        self.folder.chmod(0o755)
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
        super()._clean_up()

    def _namespace(self, name: str) -> str:
        return f"{self._prefix}-{name}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
