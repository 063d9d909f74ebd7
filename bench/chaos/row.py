"""The row that a run gives, and whether that row keeps the promise."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bench.chaos.ledger import Counts
from bench.chaos.run import Run
from bench.chaos.world import EndState


@dataclass(frozen=True)
class RunRow:
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

    @classmethod
    def of(cls, run: Run, found: EndState) -> RunRow:
        """Return the row of *run*, at whose end its world *found* that."""
        again = found.calls_again
        most = run.most_again * found.counts.tickets
        said = (
            (again > most, f"{again} questions were paid for twice"),
            (found.ended and not run.may_end, f"{found.ended} workers ended by themselves"),
        )
        wrong = tuple(otherwise for is_so, otherwise in said if is_so)
        return cls(run, found.counts, again, found.recovery, found.happened, (*found.wrong, *wrong))

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
