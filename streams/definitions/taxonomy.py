"""
The user's taxonomy: categories, whose they are, how urgent they are, and examples of them.

A YAML file; `defaults/taxonomy.yaml` is used where the user has none and documents the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import PydanticCustomError

from streams.definitions.printable import PrintedName, PrintedVersion
from streams.definitions.yaml_files import Definition, Part, load_yaml, mistake, named, shipped

DEFAULT = Path(__file__).parent / "defaults" / "taxonomy.yaml"

_PRIORITIES = frozenset(("P1", "P2", "P3"))

_Length = Field(min_length=1, max_length=100)
Name = Annotated[PrintedName, _Length]


class PriorityLevel(Part):
    """How soon a ticket of this priority is due."""

    sla_hours: Annotated[int, Field(ge=1, le=168)]
    description: str = ""


class Subcategory(Part):
    """One kind of problem: what people write about it, and how urgent it is by itself."""

    name: Name
    description: str = ""
    priority: Annotated[str, Field(pattern="^P[1-3]$")] = "P3"
    key_phrases: tuple[str, ...] = ()
    examples: Annotated[tuple[str, ...], Field(min_length=1)]


class Category(Part):
    """A main category and the team that answers its tickets."""

    name: Name
    team: Name
    subcategories: Annotated[tuple[Subcategory, ...], Field(min_length=1)]


class Taxonomy(Definition):
    """All categories, priorities, and the category for what fits nowhere else."""

    version: Annotated[PrintedVersion, _Length]
    fallback: Annotated[Name, Field(description="the category for what fits nowhere else")]
    priorities: dict[Annotated[str, Field(pattern="^P[1-3]$")], PriorityLevel]
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """Yield that a priority is missing, that two categories have one name, a wrong fallback."""
        priorities = given.get("priorities")
        if isinstance(priorities, dict) and (missing := _PRIORITIES - priorities.keys()):
            yield mistake(f"lacks {', '.join(sorted(missing))}", "priorities")
        categories = list(named(given, "categories", "name"))
        names: set[str] = set()
        for n, name in categories:
            if name in names:
                yield mistake("two categories have one name", "categories", n, "name")
            names.add(name)
        yield from _wrong_fallback(given, names)

    def team(self, category: str) -> str:
        """Return the team that answers *category*; KeyError if there is no such category."""
        return {c.name: c.team for c in self.categories}[category]

    def sla_hours(self, priority: str) -> int:
        """Return the hours in which a ticket of *priority* (P1 to P3) is due."""
        return self.priorities[priority].sla_hours


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """
    Return the taxonomy in the file at *path*, or the default one.

    Raises:
        ConfigurationError: The file does not hold a taxonomy; file, line and field are named.
    """
    return load_yaml(path, Taxonomy) if path else shipped(DEFAULT, Taxonomy)


def _wrong_fallback(given: Mapping[str, Any], names: set[str]) -> Iterator[PydanticCustomError]:
    """Yield that the fallback is none of *names*, and none that a category may be meant to have."""
    fallback, categories = given.get("fallback"), given.get("categories")
    if not isinstance(fallback, str) or not isinstance(categories, list | tuple) or not categories:
        return
    nameless = [c for c in categories if isinstance(c, dict) and not isinstance(c.get("name"), str)]
    meant = {value for c in nameless for value in c.values() if isinstance(value, str)}
    if fallback not in names | meant:
        reason = "is not the name of a category"
        yield mistake(f"{reason} that has one" if nameless else reason, "fallback")
