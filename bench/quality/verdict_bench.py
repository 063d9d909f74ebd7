"""The policy stage with the default policy and voice, as benches ask it."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas import DraftedTicket
from streams.definitions.policy_rules import load_policy
from streams.definitions.voice import load_voice
from streams.evidence.verification.verifier import verify
from streams.policy import check_draft, keeping_rules


class VerdictBench:
    """Says what becomes of a draft, and why."""

    def __init__(self) -> None:
        self._policy, self.voice = load_policy(), load_voice()

    async def verdict(self, ticket: DraftedTicket) -> str:
        """Return the verdict on the draft of *ticket*."""
        made = await check_draft(
            ticket, policy=self._policy, voice=self.voice, now=lambda: datetime.now(UTC)
        )
        return made.policy_check.compliance

    def rules(self, ticket: DraftedTicket) -> frozenset[str]:
        """Return the rules that keep the draft of *ticket* from passing."""
        return keeping_rules(ticket, policy=self._policy, voice=self.voice)

    def verifier_rules(self, ticket: DraftedTicket) -> frozenset[str]:
        """Return those of the verifier alone: what the draft is, not whose the ticket is."""
        found = verify(ticket, self.voice).findings
        return frozenset(i.rule for i in found if {"failed", "warning"} & set(i.effects))
