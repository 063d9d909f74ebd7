"""A run, the row that it gives, and whether that row keeps the promise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from bench.chaos.ledger import Counts
from bench.chaos.rival import Rival

if TYPE_CHECKING:
    from bench.chaos.world import World

Cluster = Literal["shared", "own", "three"]
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
    cluster: Cluster = "shared"
    rival: Rival | None = None
    most_again: float = 0.05
    """Questions for a ticket that the model may answer twice; a kill repeats what was in flight."""
    may_end: bool = False
    """Whether workers may end by themselves: over poison, or when their Kafka is gone."""

    @property
    def title(self) -> str:
        """Return the number, and which variant it is."""
        return f"{self.number} {self.rival.name if self.rival else self.variant}".strip()


@dataclass(frozen=True)
class Row:
    """What came of a run."""

    run: Run
    counts: Counts | None
    """None if it did not come to its end."""
    calls_again: int
    """Completions of the language model beyond the first one for the same question."""
    recovery: float | None
    """Seconds; see `Ledger.recovery`."""
    happened: str
    wrong: tuple[str, ...] = ()
    """Why the run proves nothing."""

    @property
    def failures(self) -> tuple[str, ...]:
        """Return what breaks the promise, or makes the run prove nothing."""
        return (*self._broken, *self.wrong)

    @property
    def proves_nothing(self) -> bool:
        """Say whether nothing is broken, but the fault did not hit: then it may be run again."""
        return bool(self.wrong) and not self._broken

    @property
    def _broken(self) -> tuple[str, ...]:
        kinds = {
            "lost": "lost",
            "other_id": "with another id",
            "out_of_order": "out of order",
            "wrong": "with an outcome that is not theirs",
        }
        found = ((getattr(self.counts, name, 0), said) for name, said in kinds.items())
        return tuple(f"{n} {said}" for n, said in found if n)

    @property
    def fails(self) -> bool:
        """Say whether the program is to fail: a rival promises nothing."""
        return bool(self.failures) and not self.run.rival

    def as_json(self) -> dict[str, Any]:
        """Return the row as one JSON object."""
        return {
            "scenario": self.run.title,
            **(asdict(self.counts) if self.counts else {}),
            "calls_beyond_need": self.calls_again,
            "seconds_to_recover": None if self.recovery is None else round(self.recovery, 1),
            "happened": self.happened,
            "failures": self.failures,
        }
