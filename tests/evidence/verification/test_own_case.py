"""Drafts that tell another case than the customer's, or leave theirs out."""

from __future__ import annotations

import pytest

from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

PASSAGE = a_passage(
    "Notifications\n\n"
    "- iPhone: open Settings > Notices and turn them on.\n"
    "- Android: open Apps > Notices and turn them on.\n"
    "Limits\n\n"
    "A file may have 200 MB. On the Enterprise plan a file may have 2 GB. "
    "Moving files are read by a person.\n"
    "A second copy costs 5 dollars. Students get a second copy for nothing. "
    "Lockers are charged monthly."
)


def _rules(body: str, said: str) -> set[str]:
    ticket = a_drafted(body.replace("+", "[KB-1001]"), PASSAGE, text=said)
    found = {issue.rule for issue in verify(ticket, VOICE).findings}
    return found & {"other-case", "own-case", "needs-restriction"}


@pytest.mark.parametrize(
    ("body", "said", "rules"),
    [
        ("Android: open Apps > Notices and turn them on +.", "my iPhone is silent", {"other-case"}),
        ("iPhone: open Settings > Notices and turn them on +.", "my iPhone is silent", set()),
        ("iPhone: open Settings > Notices and turn them on +.", "my phone is silent", set()),
        (
            "iPhone: open Settings > Notices and turn them on +.\n"
            "Android: open Apps > Notices and turn them on +.",
            "my iPhone is silent",
            set(),
        ),
        ("A file may have 200 MB +.", "How large may a file be on Enterprise?", {"own-case"}),
        (
            "A file may have 200 MB +. On the Enterprise plan a file may have 2 GB +.",
            "How large may a file be on Enterprise?",
            set(),
        ),
        ("A file may have 200 MB +.", "How large may a file be?", set()),
        (
            "A second copy costs 5 dollars +.",
            "What does a second copy cost students?",
            {"own-case"},
        ),
        ("A second copy costs 5 dollars +.", "What does a second copy cost me?", set()),
        ("A second copy costs 5 dollars +.", "I have no lockers. What is a second copy?", set()),
    ],
)
def test_a_draft_tells_the_customer_s_own_case(body: str, said: str, rules: set[str]) -> None:
    """
    A line for another case stops a draft, and so does theirs beside a line if it is left out.
    """
    assert _rules(body, said) == rules


def test_a_word_of_any_text_names_no_case() -> None:
    """
    "Peut" is common in French, however rare it is in the vocabulary that rarity comes from.
    """
    text = (
        "Factures\n\nLe comptable et le gérant voient les factures. "
        "Une copie peut être demandée plus tard au service des clients."
    )
    body = "Le comptable et le gérant voient les factures [KB-1001]."
    said = "Qui peut voir les factures ?"
    ticket = a_drafted(body, a_passage(text, locale="fr"), text=said, language="fr")

    assert "own-case" not in {issue.rule for issue in verify(ticket, VOICE).findings}


REFUNDS = {
    "en": "Refunds go back to the card that was used.",
    "de": "Erstattungen gehen auf die Karte zurück, mit der bezahlt wurde.",
    "fr": "Les remboursements sont versés sur la carte utilisée.",
    "es": "Los reembolsos se hacen en la tarjeta utilizada.",
}


@pytest.mark.parametrize(
    ("said", "language", "rules"),
    [
        ("I paid by bank transfer. Where does my refund go?", "en", {"other-case"}),
        ("I paid in cash. Where does my refund go?", "en", {"other-case"}),
        ("I used PayPal. Where does my refund go?", "en", {"other-case"}),
        ("I pay by direct debit. Where does my refund go?", "en", {"other-case"}),
        ("We pay by invoice. Where does our refund go?", "en", {"other-case"}),
        ("I paid with a voucher. Where does my refund go?", "en", {"other-case"}),
        ("I paid by card. Where does my refund go?", "en", set()),
        ("I paid with my Visa. Where does my refund go?", "en", set()),
        ("I lost my loyalty card. Where does my refund go?", "en", set()),
        ("Where does my refund go?", "en", set()),
        ("Ich habe überwiesen. Wohin geht meine Erstattung?", "de", {"other-case"}),
        ("Ich habe per Lastschrift bezahlt. Wohin geht die Erstattung?", "de", {"other-case"}),
        ("Ich habe bar bezahlt. Wohin geht meine Erstattung?", "de", {"other-case"}),
        ("Ich habe mit Kreditkarte bezahlt. Wohin geht die Erstattung?", "de", set()),
        ("J'ai payé par virement. Où va mon remboursement ?", "fr", {"other-case"}),
        ("J'ai payé en espèces. Où va mon remboursement ?", "fr", {"other-case"}),
        ("J'ai payé par carte. Où va mon remboursement ?", "fr", set()),
        ("Pagué por transferencia. ¿Adónde va mi reembolso?", "es", {"other-case"}),
        ("Pagué en efectivo. ¿Adónde va mi reembolso?", "es", {"other-case"}),
        ("Pagué con tarjeta. ¿Adónde va mi reembolso?", "es", set()),
    ],
)
def test_a_line_for_another_way_of_payment_is_no_answer(
    said: str, language: str, rules: set[str]
) -> None:
    """
    Whoever paid by bank transfer gets no refund to a card.
    """
    line = REFUNDS[language]
    ticket = a_drafted(
        line.replace(".", " [KB-1001]."), a_passage(line), text=said, language=language
    )
    found = {issue.rule for issue in verify(ticket, VOICE).findings}
    assert found & {"other-case", "own-case"} == rules
