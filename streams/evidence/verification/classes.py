"""The classes of sentences: what each rests on, and why it rests on nothing."""

from __future__ import annotations

from dataclasses import dataclass

from streams.definitions.policy_rules import Effect
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.sentences import DraftSentence
from streams.ports import LineRef


@dataclass(frozen=True)
class Classified:
    """
    A sentence with its class.

    `line`: word for word one of an article, or its heading. `ours`: a fixed phrase. `restated`: a
    line in other words. `courtesy`: politeness in a model's words, which claims nothing.
    `unsupported`: anything else, whatever it says.
    """

    sentence: DraftSentence
    rests_on: str
    ref: LineRef | None = None
    """The line that it is, or restates."""
    fault: str | None = None
    is_heading: bool = False

    def issue(self, rule: str, message: str, effects: tuple[Effect, ...]) -> Issue:
        """Return what *rule* finds in the sentence."""
        s = self.sentence
        return Issue(rule, message, effects, s.part, s.start, s.end, s.text)
