"""What is found in a draft: the rule that finds it, what it does, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import Finding
from streams.definitions.policy_rules import Effect

LOOK: tuple[Effect, ...] = ("warning", "escalate")
_LONGEST_QUOTE = 200


@dataclass(frozen=True)
class Issue:
    """Something to know before sending. The message never contains customer text."""

    rule: str
    """What finds it: the id of a rule of the policy's file, or of one that always applies."""
    message: str
    effects: tuple[Effect, ...]
    part: str | None = None
    """The part of the draft that it is about, with its place there."""
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    """The draft's own words there; None where they could be a customer's."""

    @property
    def finding(self) -> Finding:
        """Return it as it travels."""
        quote = self.quote[:_LONGEST_QUOTE] if self.quote else None
        return Finding(
            type=self.rule, message=self.message, part=self.part,
            start=self.start, end=self.end, quote=quote,
        )  # fmt: skip
