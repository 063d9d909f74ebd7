"""
Prompts: what a language model is told about its task.

A prompt is a Markdown file beside its stage, or one of the operator's in its place. Its first
line names its version. What comes from outside is never part of it: tickets and passages go into a
message of their own, as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

PLACES: Mapping[str, frozenset[str]] = {
    "triage": frozenset(("kinds", "priorities", "fallback")),
    "pointing": frozenset(),
    "drafting": frozenset(),
}
"""
What is filled into each prompt, where `$name` stands.

`pointing` has a model choose lines, `drafting` has it write prose: both are the stage drafting's.
"""


@dataclass(frozen=True)
class Prompt:
    """Instructions for a language model, and the version that `meta` and logs name."""

    version: str
    text: str


@cache
def prompt_of(name: str) -> Prompt:
    """Return the included prompt *name*."""
    return parsed_prompt(included_file(name).read_text(encoding="utf-8"))


def included_file(name: str) -> Path:
    """Return where the included prompt *name* lies, `streams/<name>_prompt.md`."""
    return Path(__file__).parent / f"{name}_prompt.md"


def parsed_prompt(written: str) -> Prompt:
    """Return what a file says: its version, and the text below it."""
    first, _, text = written.partition("\n")
    return Prompt(first.removeprefix("version:").strip(), text.strip())


def filled(prompt: Prompt, **values: str) -> Prompt:
    """Return *prompt* with *values*, our own text, in the places of `$name`."""
    return Prompt(prompt.version, Template(prompt.text).substitute(values))
