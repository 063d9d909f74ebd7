"""
Prompts: what a language model is told about its task.

A prompt is a Markdown file beside its stage, whose first line names its version. What comes
from outside is never part of it: tickets and passages go into a message of their own, as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template


@dataclass(frozen=True)
class Prompt:
    """Instructions for a language model, and the version that `meta` and logs name."""

    version: str
    text: str


@cache
def prompt_of(stage: str) -> Prompt:
    """Return the prompt of *stage*, `streams/<stage>_prompt.md`."""
    written = (Path(__file__).parent / f"{stage}_prompt.md").read_text(encoding="utf-8")
    first, _, text = written.partition("\n")
    return Prompt(first.removeprefix("version:").strip(), text.strip())


def filled(prompt: Prompt, **values: str) -> Prompt:
    """Return *prompt* with *values*, our own text, in the places of `$name`."""
    return Prompt(prompt.version, Template(prompt.text).substitute(values))
