"""What follows from the classes of sentences, and from the language."""

from __future__ import annotations

import pytest

from streams.evidence.verification.classes import Classified
from streams.evidence.verification.sentences import DraftSentence
from streams.evidence.verification.support import of_support
from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

SENTENCE = DraftSentence("body", 3, 9, "So it.")


@pytest.mark.parametrize(
    ("rests_on", "fault", "rule", "effects"),
    [
        ("unsupported", "numbers", "unsupported-claim", ("failed",)),
        ("unsupported", "negation", "contradiction", ("failed",)),
        ("unsupported", "salutation", "greeting-or-closing", ("failed",)),
        ("restated", None, "restated", ("warning",)),
        ("courtesy", None, "courtesy", ("warning",)),
    ],
)
def test_what_is_neither_line_nor_ours(
    rests_on: str, fault: str | None, rule: str, effects: tuple[str, ...]
) -> None:
    """
    What rests on nothing fails, what is in other words is looked at.
    """
    (issue,) = of_support([Classified(SENTENCE, rests_on, fault=fault)])

    assert (issue.rule, issue.effects) == (rule, effects)
    assert (issue.part, issue.start, issue.end, issue.quote) == ("body", 3, 9, "So it.")


def test_lines_and_phrases_of_ours_are_no_issue() -> None:
    """
    A draft of lines and fixed phrases has nothing against it.
    """
    assert list(of_support([Classified(SENTENCE, "line"), Classified(SENTENCE, "ours")])) == []


@pytest.mark.parametrize(
    ("language", "locale", "other"),
    [
        ("en", None, False),
        ("en-GB", "en", False),
        ("de", None, True),
        ("es", "en-US", True),
        ("und", "en", False),
        ("de", "de", False),
    ],
)
def test_the_lines_are_in_the_customers_language(
    language: str, locale: str | None, other: bool
) -> None:
    """
    Whoever writes in another language than the article gets no answer unread.
    """
    passage = a_passage(locale=locale)
    body = "A duplicate charge is always returned in full [KB-1001]."
    found = verify(a_drafted(body, passage, language=language), VOICE)

    rules = {issue.rule for issue in found.findings}
    assert ("other-language-than-customer" in rules) is other
