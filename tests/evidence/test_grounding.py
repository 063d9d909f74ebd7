"""Grounding: which sentences of a draft its passages support."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.quality.policy import grounded
from streams.evidence.grounding import support, unsupported
from streams.text.citations import cite
from streams.text.sentences import split
from tests.support.drafts import CARD, RETURN, a_passage

HALUEVAL = Path(__file__).parents[3].joinpath("shared/data/halueval")


def _reasons(body: str, *texts: str, asked: str = "") -> list[str]:
    passages = [a_passage(text, f"KB-{n}") for n, text in enumerate(texts or (RETURN,), start=1)]
    found = unsupported(body, passages, asked=asked, names=("Ada",))
    return [fault.reason for fault in found]


@settings(deadline=None)
@given(st.sets(st.sampled_from(split(RETURN) + split(CARD)), min_size=1))
def test_verbatim_quotes_are_supported(sentences: set[str]) -> None:
    """
    Any sentence of a passage, cited, is supported.
    """
    body = " ".join(cite(s.strip(), "KB-1") for s in sentences)

    assert _reasons(body, RETURN + "\n" + CARD) == []


@pytest.mark.parametrize(
    "body",
    [
        "A duplicate charge is always returned in full [KB-1].",
        "The money arrives five to ten business days after the return was started [KB-1].",
        "The return of a duplicate charge is normally started within 48 hours [KB-1].",
        "A duplicate charge is returned in full. It normally starts within 48 hours [KB-1].",
        "Thank you for your message. I am sorry about the trouble. A duplicate charge is always "
        "returned in full [KB-1]. Please let us know if you have any further questions.",
        "Could you tell us the name of your workspace?",
        "You were charged twice on 30 October.",
        "I understand that you were charged twice on 30 October.",
        "We are sorry to hear that you were charged twice.",
        "Hi Ada, a duplicate charge is always returned in full [KB-1].",
        "Here is what to do:",
        "When a duplicate charge is returned:",
        "",
    ],
)
def test_supported(body: str) -> None:
    """
    Quotes, near quotes, politeness, questions and the customer's own words are in order.
    """
    asked = "We were charged twice on 30 October, in Nordvik Design. Do we keep our seats for ever?"

    assert _reasons(body, asked=asked) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("The money arrives 2 to 3 business days after the return was started [KB-1].", "numbers"),
        ("The return starts within 48 days [KB-1].", "numbers"),
        ("A duplicate charge of $500 is always returned in full [KB-1].", "numbers"),
        ("A duplicate charge is never returned in full [KB-1].", "negation"),
        ("Enterprise customers may telephone our engineers at weekends [KB-1].", "words"),
        ("A duplicate charge is always returned in full [KB-7].", "unknown_document"),
        ("Our engineers restored all deleted boards last night.", "no_citation"),
        ("Thank you, your refund has been approved.", "no_citation"),
        ("We will refund the second charge.", "no_citation"),
        ("I understand, the limit is 500 boards.", "no_citation"),
        ("Hi Ada, of course you keep the premium seats for ever.", "no_citation"),
        ("Best regards, and enjoy your premium seats", "no_citation"),
        ("Sorry, all your data is lost.", "no_citation"),
        ("Vielen Dank, Ihr Konto ist ab heute kostenlos.", "no_citation"),
        ("We are sorry, that was our mistake and you keep the seats [KB-1].", "words"),
        ("I understand that you keep the premium seats.", "no_citation"),
        ("You keep your seats for ever.", "no_citation"),
        ("I understand that you keep your seats for ever.", "no_citation"),
        ("I understand that you were not charged twice.", "no_citation"),
        ("Did you know that the premium seats are yours?", "no_citation"),
        ("Premium seats are now yours for ever:", "no_citation"),
        ("It is free.", "no_citation"),
        ("您可以永久保留高级席位。", "no_citation"),
    ],
)
def test_unsupported(body: str, reason: str) -> None:
    """
    A wrong number, unit, yes or no, foreign words, or no citation for a claim is found.
    """
    asked = "We were charged twice. Do we keep our seats for ever?"

    assert _reasons(body, asked=asked) == [reason]


def test_half_a_sentence_is_no_quote() -> None:
    """
    Words cut out of a sentence that says the contrary are not supported by it.
    """
    text = "Unused seats and unused months are not refunded."

    assert _reasons("Unused seats and unused months are refunded [KB-1].", text) == ["negation"]


def test_a_citation_counts_for_its_own_document() -> None:
    """
    What one passage says is not supported by citing another.
    """
    body = "A duplicate charge is always returned in full [KB-2]."

    assert _reasons(body, RETURN, CARD) == ["words"]


def test_says_which_sentence_without_its_words() -> None:
    """
    The issue names the sentence by number, so that no customer text gets into it.
    """
    (found,) = unsupported("Thank you. Marta owns 77 boats [KB-1].", [a_passage(RETURN, "KB-1")])

    assert str(found) == "Sentence 2 of the draft has a number that is not in what it cites."


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_support_is_a_share(claim: str, evidence: str) -> None:
    """
    Support is a number from 0 to 1, whatever the texts.
    """
    assert 0 <= support(claim, evidence) <= 1


@pytest.mark.skipif(not HALUEVAL.exists(), reason=f"{HALUEVAL} is not here")
def test_better_than_words_in_common() -> None:
    """
    Right answers are told from made-up ones clearly better than by words in common.
    """
    floor, ours = (float(line.split("AUC ")[1][:5]) for line in list(grounded(HALUEVAL.parent))[:2])

    assert ours >= floor + 0.02
