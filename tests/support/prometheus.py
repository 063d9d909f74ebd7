"""
A real Prometheus for tests: Debian's, with its promtool.

`python -m tests.support.prometheus` installs it by apt, if it is not there and we may.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.support.documents import ROOT
from tests.support.in_folder import InFolder
from tests.support.machine import free_ports

RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
PROGRAMS = ("prometheus", "promtool")
QUICK = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}


def install() -> None:
    """Install Prometheus unless it is there. Ends the process with the way out if that fails."""
    if all(map(shutil.which, PROGRAMS)):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        sys.exit("prometheus and promtool are missing: install them, and put them on the path")
    print("installing prometheus (some 50 MB) ...", file=sys.stderr)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "--quiet=2"],
        ["apt-get", "install", "--quiet=2", "--yes", "--no-install-recommends", "prometheus"],
    ):
        subprocess.run(command, env=quiet, check=True, stdout=sys.stderr)


def promtool(*arguments: str, folder: Path) -> str:
    """Return what promtool says of *arguments* in *folder*; fail with it if it finds a fault."""
    done = subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Prometheus(InFolder):
    """A server that scrapes *targets*, by job, each second, until the `with` block ends."""

    called = "prometheus"

    def __init__(self, targets: Mapping[str, Sequence[str]]) -> None:
        self._targets = targets
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def _set_up(self) -> None:
        """Start it and wait until it answers; `url` is then its address."""
        port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{port}"
        command = [
            "prometheus",
            f"--config.file={self._configuration()}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while not self._is_ready():
            assert time.monotonic() < until, "Prometheus does not answer"
            time.sleep(0.1)

    def _clean_up(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(30)
        super()._clean_up()

    def _configuration(self) -> Path:
        jobs = [
            {"job_name": job, "static_configs": [{"targets": list(hosts)}]}
            for job, hosts in self._targets.items()
        ]
        rules, file = self.folder / "rules.yml", self.folder / "prometheus.yml"
        rules.write_text(RULES.read_text().replace("interval: 30s", "interval: 1s"))
        file.write_text(
            yaml.safe_dump({"global": QUICK, "rule_files": [str(rules)], "scrape_configs": jobs})
        )
        return file

    def ask(self, path: str, **given: str) -> Any:
        """Return the data that the API answers under *path*."""
        asked = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(given)}"
        with urllib.request.urlopen(asked) as answer:  # noqa: S310  # ours
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that *expression* gives now, each with its labels and value."""
        return list(self.ask("query", query=expression)["result"])

    def has_scraped(self, targets: int) -> None:
        """Return when so many *targets* were scraped: an increase is seen from then on."""
        until = time.monotonic() + 60
        while len(self.query("up == 1")) < targets:
            assert time.monotonic() < until, self.query("up")
            time.sleep(0.2)

    def query_range(self, expression: str, seconds: float, step: float) -> list[dict[str, Any]]:
        """Return the series that *expression* gave in the last *seconds*."""
        now = time.time()
        given = {"start": str(now - seconds), "end": str(now), "step": str(step)}
        return list(self.ask("query_range", query=expression, **given)["result"])

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready") as answer:  # noqa: S310  # ours
                return bool(answer.status == 200)
        except OSError:
            return False


if __name__ == "__main__":
    install()
