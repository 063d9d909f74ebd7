"""What is installed from a wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_has_every_file(tmp_path: Path) -> None:
    """
    Code, prompts, the page /docs and the samples are all in the wheel.
    """
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()
    packed = set(zipfile.ZipFile(wheel).namelist())

    expected = {
        str(file.relative_to(ROOT))
        for package in ("streams", "schemas", "health")
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    samples = {
        str(Path("streams/sample") / file.relative_to(ROOT / "deploy" / "sample"))
        for file in (ROOT / "deploy" / "sample").rglob("*")
        if file.is_file()
    }
    assert expected | samples <= packed
    assert not {name for name in packed if name.startswith("tests")}
