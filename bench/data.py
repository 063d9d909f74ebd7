"""
The public data that the quality benches measure on. It is not a part of the project.

    banking77/  PolyAI-LDN/task-specific-datasets    docs_qa/    anthropics/anthropic-cookbook
    stackfaq/   ML-Recipes/BERT-FAQ                  halueval/   RUCAIBox/HaluEval
    pii/        microsoft/presidio-research
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path


def require(parser: ArgumentParser, folder: Path, *names: str) -> None:
    """End the program with one sentence if *folder* has not all of *names*."""
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        parser.error(f"{folder} has no {', '.join(missing)}: bench/data.py says where it is from")
