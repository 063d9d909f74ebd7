"""
The user's taxonomy: categories, whose they are, how urgent they are, and examples of them.

A YAML file; `defaults/taxonomy.yaml` is used where the user has none and documents the form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.definitions.yaml_files import load_yaml, mistake

DEFAULT = Path(__file__).parent / "defaults" / "taxonomy.yaml"

Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriorityLevel(_Part):
    """How soon a ticket of this priority is due."""

    sla_hours: Annotated[int, Field(ge=1, le=168)]
    description: str = ""


class Subcategory(_Part):
    """One kind of problem: what people write about it, and how urgent it is by itself."""

    name: Name
    description: str = ""
    priority: Annotated[str, Field(pattern="^P[1-3]$")] = "P3"
    key_phrases: tuple[str, ...] = ()
    examples: Annotated[tuple[str, ...], Field(min_length=1)]


class Category(_Part):
    """A main category and the team that answers its tickets."""

    name: Name
    team: Name
    subcategories: Annotated[tuple[Subcategory, ...], Field(min_length=1)]


class Taxonomy(_Part):
    """All categories, priorities, and the category for what fits nowhere else."""

    version: Name
    fallback: Annotated[Name, Field(description="the category for what fits nowhere else")]
    priorities: dict[Annotated[str, Field(pattern="^P[1-3]$")], PriorityLevel]
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        missing = {"P1", "P2", "P3"} - self.priorities.keys()
        if missing:
            raise mistake(f"lacks {', '.join(sorted(missing))}", "priorities")
        names: set[str] = set()
        for n, category in enumerate(self.categories):
            if category.name in names:
                raise mistake("two categories have one name", "categories", n, "name")
            names.add(category.name)
        if self.fallback not in names:
            raise mistake("is not the name of a category", "fallback")
        return self

    def team(self, category: str) -> str:
        """Return the team that answers *category*; KeyError if there is no such category."""
        return {c.name: c.team for c in self.categories}[category]

    def sla_hours(self, priority: str) -> int:
        """Return the hours in which a ticket of *priority* (P1 to P3) is due."""
        return self.priorities[priority].sla_hours


def load(path: Path | None = None) -> Taxonomy:
    """
    Return the taxonomy in the file at *path*, or the default one.

    Raises:
        ConfigurationError: The file does not hold a taxonomy; file, line and field are named.
    """
    return load_yaml(path or DEFAULT, Taxonomy)
