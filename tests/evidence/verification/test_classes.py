"""The classes of sentences."""

from __future__ import annotations

from streams.evidence.verification.classes import Classified
from streams.evidence.verification.sentences import DraftSentence


def test_an_issue_of_a_sentence_has_its_place() -> None:
    """
    What a rule finds in a sentence names the sentence.
    """
    one = Classified(DraftSentence("closing", 1, 5, "Bye."), "unsupported")
    issue = one.issue("rule", "It is so.", ("failed",))

    assert (issue.part, issue.start, issue.end, issue.quote) == ("closing", 1, 5, "Bye.")
