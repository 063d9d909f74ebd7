"""
What the document allows and what it does not, made up by schemathesis, against all of the product.

FUZZ_EXAMPLES in the environment (`make fuzz`) tries that many of each call, and others each time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.conftest import Served

ROOT = Path(__file__).parents[2]
WANTED = os.environ.get("FUZZ_EXAMPLES")
EXAMPLES = (
    [f"--max-examples={WANTED}"] if WANTED else ["--max-examples=15", "--generation-deterministic"]
)


@pytest.mark.timeout(0 if WANTED else 300)
def test_no_call_breaks_anything(served: Served, tmp_path: Path) -> None:
    """
    Every answer is one that the document promises, what fits it is taken and what does not is
    refused; no ticket becomes a dead letter, nothing logs an error, and all goes on working.
    """
    before = served.get("/api/v1/tickets/metrics")["outcomes"]["processed"]

    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/openapi.json"),
            *("--continue-on-failure", "--no-color", "--workers=4", "--request-timeout=60"),
            *EXAMPLES,
        ],
        cwd=tmp_path,  # it leaves files there
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.system.schemathesis_hooks",
        },
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    outcomes = served.get("/api/v1/tickets/metrics")["outcomes"]
    assert outcomes["processed"] > before
    assert outcomes["dead_letter"] == 0
    assert served.get("/health")["status"] == "healthy"
    assert not errors(served.log)


def errors(log: Path) -> list[str]:
    """Return the lines of *log* that tell of an error, or of something that nobody caught."""
    found = []
    for line in log.read_text().splitlines():
        try:
            level = json.loads(line)["level"]
        except (ValueError, TypeError, KeyError):
            level = "error" if "Traceback" in line else None
        if level in ("error", "critical"):
            found.append(line)
    return found
