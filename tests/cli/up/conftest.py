"""`ticketstream up` as a process of its own, on articles and tickets of a user's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which no other `up` runs."""
    return {**os.environ, "XDG_STATE_HOME": str(tmp_path)}


@contextmanager
def up(
    environment: dict[str, str],
    *options: str,
    out: int | IO[bytes] = subprocess.PIPE,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[str]]:
    """Run `ticketstream up` until the block ends, its standard output going to *out*."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streams.cli.main", "up", "--port", "0", *options],
        env=environment,
        stdin=stdin,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with an article and tickets of a user's own, some of them broken."""
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "pick-up.md").write_text(
        "---\ndoc_id: SHOP-1\n---\n# Pick up an order\n\n"
        "Orders can be picked up until seven days after the order.\n"
    )
    (tmp_path / "kb" / "broken.md").write_text(
        "---\ndoc_id: SHOP-2\naudience: all\n---\n# A\n\nB\n"
    )
    (tmp_path / "tickets.jsonl").write_text(
        '{"ticket_id": "A-1", "raw_message": "Until when can I pick up my order?"}\n'
        '{"ticket_id": "A-2"}\n'
        '{"ticket_id": "A-1", "raw_message": "Until when can I pick up my order?"}\n'
    )
    return tmp_path
