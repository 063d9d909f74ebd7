"""
What KEDA makes of a formula: its language, in the version that KEDA has.

`python -m tests.support.keda` builds it, once for each version, into a cache outside the checkout.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from tests.support.go import cached, go

EXPR = "1.17.8"
_MAIN = """package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/expr-lang/expr"
)

func main() {
	values := map[string]float64{}
	if err := json.Unmarshal([]byte(os.Args[2]), &values); err != nil {
		panic(err)
	}
	program, err := expr.Compile("float("+os.Args[1]+")", expr.Env(values))
	if err != nil {
		panic(err)
	}
	result, err := expr.Run(program, values)
	if err != nil {
		panic(err)
	}
	fmt.Println(result)
}
"""


def program() -> Path:
    """Return the program that evaluates a formula, after building it if it is not there."""
    return cached(f"keda-formula-{EXPR}", "KEDA's formulas", _build) / "formula"


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        Path(work, "main.go").write_text(_MAIN)
        Path(work, "go.mod").write_text(
            f"module formula\n\ngo 1.24\n\nrequire github.com/expr-lang/expr v{EXPR}\n"
        )
        go("mod", "tidy", folder=Path(work))
        go("build", "-o", str(folder / "formula"), ".", folder=Path(work))


def evaluated(formula: str, values: dict[str, float]) -> float:
    """Return what *formula* comes to, with *values* of the triggers."""
    done = subprocess.run(
        [program(), formula, json.dumps(values)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


if __name__ == "__main__":
    program()
