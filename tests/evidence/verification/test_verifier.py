"""The verifier: what speaks against a draft, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.evidence.verification.verifier import verify
from tests.support.drafts import RETURN, VOICE, a_drafted, a_passage

QUOTE = "A duplicate charge is always returned in full [KB-1001]."


def test_findings_have_their_place() -> None:
    """
    A finding names the sentence that it is about, in the draft's own words.
    """
    body = f"{QUOTE} PWNED!"
    issue = verify(a_drafted(body, a_passage()), VOICE).findings[0]

    assert (issue.rule, issue.part, issue.quote) == ("unsupported-claim", "body", "PWNED!")
    assert body[issue.start : issue.end] == "PWNED!"


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("closing", "The money is on its way.\nSupport Team"),
        ("closing", "Das Geld überweisen wir Ihnen noch heute.\nSupport Team"),
        ("greeting", "Hi John, everything is settled,"),
        ("greeting", "Hello Mr. Weber,"),
        ("body", f"We pay it back at once:\n\n{QUOTE}"),
        ("body", f"{QUOTE}\n\nYou will have it by Friday, all right?"),
        ("body", f"{QUOTE}\n\nWe understand, and we have unlocked your workspace."),
        ("body", f"{QUOTE}\n\nNous avons déjà remboursé la somme."),
    ],
)
def test_a_promise_is_never_ours(part: str, text: str) -> None:
    """
    Promises, and what we have done, rest on nothing in any part, form or language.
    """
    more = {"body": QUOTE, part: text}
    ticket = a_drafted(more.pop("body"), a_passage(), **more)

    effects = {effect for issue in verify(ticket, VOICE).findings for effect in issue.effects}

    assert "failed" in effects


def test_what_an_article_says_and_may_not_be_quoted_is_looked_at() -> None:
    """
    A link that leads to another site than the article's is none of ours, and nothing invented.
    """
    text = "Open https://app.other.example/reset and enter your address."
    found = verify(a_drafted(f"{text[:-1]} [KB-1001].", a_passage(text), kind="thanks"), VOICE)

    effects = {effect for issue in found.findings for effect in issue.effects}
    assert "warning" in effects
    assert "failed" not in effects


@given(
    st.lists(
        st.sampled_from(
            [
                QUOTE,
                "The money arrives 5 to 10 business days after the return was started [KB-1001].",
                "It is [KB-1001].",
                "Best regards,",
                "- ",
                "\n\n",
                "[KB-1001]",
                "Hello!",
            ]
        ),
        max_size=6,
    )
)
def test_the_same_draft_has_the_same_verdict(pieces: list[str]) -> None:
    """
    The verifier is a function of the ticket alone, and reads every word of a draft.
    """
    body = " ".join(pieces)
    ticket = a_drafted(body, a_passage(RETURN))

    once, again = verify(ticket, VOICE), verify(ticket, VOICE)

    assert once.sentences == again.sentences
    assert once.findings == again.findings
    inside = {n for s in once.sentences if s.part == "body" for n in range(s.start, s.end)}
    assert not "".join(c for n, c in enumerate(body) if n not in inside).strip()
