"""Every program under `bench/` is run in small by a test here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.bench import ROOT

TESTS = Path(__file__).parent


def programs() -> Iterator[str]:
    """Yield the modules under `bench/` that can be run."""
    for file in (ROOT / "bench").rglob("*.py"):
        if '__name__ == "__main__"' in file.read_text():
            module = file.relative_to(ROOT).with_suffix("")
            yield ".".join(module.parts).removesuffix(".__main__")


def named_by_tests() -> set[object]:
    """Return every text in the tests here that may be the name of a program."""
    trees = (ast.parse(file.read_text()) for file in TESTS.rglob("test_*.py"))
    return {
        node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    }


def test_a_test_runs_every_program() -> None:
    """
    A new program is one that a test runs, so that none can rot.
    """
    found = set(programs())

    assert "bench.system" in found
    assert found - named_by_tests() == set()
