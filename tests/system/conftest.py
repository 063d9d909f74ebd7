"""All of the product, as `ticketstream up` runs it: stages, sample articles and the sidecar."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

START_SECONDS = 90


@dataclass(frozen=True)
class Served:
    """Where the sidecar listens, and what all processes have logged so far."""

    url: str
    log: Path

    def get(self, path: str) -> Any:
        """Return the JSON that a GET answers. Raises OSError if it answers with an error."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:  # noqa: S310  # ours
            return json.load(answer)


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return what a `ticketstream up` of the tests' own serves, once all its stages work."""
    folder = tmp_path_factory.mktemp("up")
    settings = {k: v for k, v in os.environ.items() if not k.startswith("TICKETSTREAM_")}
    log = folder / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams.cli.main", "up", "--port", "0"],
            env={
                **settings,
                "XDG_STATE_HOME": str(folder),
                "TICKETSTREAM_WORKER_HTTP_PORT": "0",
                "TICKETSTREAM_LOOP_MESSAGES": "0",  # made-up tickets share ids
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    try:
        yield _ready(process, folder / "ticketstream" / "up.json", log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()


def _ready(process: subprocess.Popen[bytes], state: Path, log: Path) -> Served:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            served = Served(json.loads(state.read_text())[-1]["url"], log)
            served.get("/health")
        except (
            OSError,
            ValueError,
            LookupError,
        ):  # not there yet, or half written, or not all healthy
            time.sleep(0.1)
        else:
            return served
    raise AssertionError(log.read_text()[-3000:])
