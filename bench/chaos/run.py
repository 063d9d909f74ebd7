"""A run: a scenario, or a variant of one, and what it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bench.chaos.rival import Rival
from bench.chaos.world import World

Brokers = Literal["shared", "own", "three"]
"""Who else uses the Kafka: all that do it no harm, nobody, or nobody and it has three brokers."""


@dataclass(frozen=True)
class Run:
    """One row to be: a scenario, or a variant of one."""

    number: int
    says: str
    """What happens, as in `--list`."""
    does: Callable[[World], Awaitable[None]]
    variant: str = ""
    quick: bool = False
    """Whether `--quick` has it."""
    by_hand: bool = False
    """Whether it runs only when it is named."""
    cluster: Brokers = "shared"
    rival: Rival | None = None
    most_again: float = 0.05
    """Questions for a ticket that the model may answer twice; a kill repeats what was in flight."""
    may_end: bool = False
    """Whether workers may end by themselves: over poison, or when their Kafka is gone."""

    @property
    def title(self) -> str:
        """Return the number, and which variant it is."""
        return f"{self.number} {self.rival.name if self.rival else self.variant}".strip()
