"""deploy/prometheus, as Prometheus' own tool reads it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.machine import needs_real_servers

pytestmark = pytest.mark.real
FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"


@pytest.mark.parametrize("rules", ["none", "good", "broken"])
def test_promtool_reads_the_configuration(tmp_path: Path, rules: str) -> None:
    """
    It is valid with the rules of deploy/prometheus, with others and without any; a broken file of
    rules is found, so it is read.
    """
    needs_real_servers()
    if not shutil.which("promtool") and os.geteuid() != 0:
        pytest.skip("promtool is not there, and only root may install it")
    folder = shutil.copytree(FOLDER, tmp_path / "prometheus")
    if rules == "none":
        for file in folder.glob("*rules.yml"):
            file.unlink()
    else:
        expression = "up == 0" if rules == "good" else "up =="
        (folder / "more-rules.yml").write_text(
            f"groups: [{{name: a, rules: [{{alert: A, expr: '{expression}'}}]}}]\n"
        )

    check = ["promtool", "check", "config", str(folder / "prometheus.yml")]
    done = subprocess.run(check, capture_output=True, text=True)

    assert done.returncode == (rules == "broken"), done.stderr
