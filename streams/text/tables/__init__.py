"""Tables of words of languages, one YAML file for each module that reads one."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml


def table(name: str) -> dict[str, Any]:
    """Return the table *name*, by its sections."""
    text = (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def words_of(by_language: dict[str, str]) -> frozenset[str]:
    """Return the words of all languages in *by_language*."""
    return frozenset(word for some in by_language.values() for word in some.split())
