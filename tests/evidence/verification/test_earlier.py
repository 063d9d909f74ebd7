"""What the customer has had already."""

from __future__ import annotations

import pytest

from schemas import Line, PreviousMessage
from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

LINE = "A duplicate charge is always returned in full"


@pytest.mark.parametrize(
    ("role", "visibility", "text", "had"),
    [
        ("agent", "public", f"Hello,\n{LINE}.\nBye", True),
        ("bot", "public", f"Well: {LINE.lower()}, as you know.", True),
        ("Agent", "public", f"{LINE} [KB-1001].", True),
        ("customer", "public", f"{LINE}?", False),
        ("agent", "internal", f"{LINE}.", False),
        ("agent", "public", "We look into it.", False),
    ],
)
def test_an_answer_that_was_sent_before(role: str, visibility: str, text: str, had: bool) -> None:
    """
    Whoever writes again after our answer needs another one, and a person.
    """
    message = PreviousMessage(role=role, visibility=visibility, text=text)
    ticket = a_drafted(f"{LINE} [KB-1001].", a_passage(), ticket={"previous_messages": (message,)})

    issues = [i for i in verify(ticket, VOICE).findings if i.rule == "already-said"]

    assert [i.effects for i in issues] == ([("warning", "escalate")] if had else [])


def test_a_row_that_was_sent_before() -> None:
    """
    A row of several values counts as sent, though it has several lines.
    """
    cells = (("Plan", "Saver"), ("Notice period", "30 days"), ("Fee", "25 euros"))
    row = Line(n=1, kind="row", text="Saver: Notice period 30 days; Fee 25 euros", cells=cells)
    laid_out = "Saver:\n- Notice period: 30 days\n- Fee: 25 euros"
    message = PreviousMessage(
        role="agent", visibility="public", text=f"Hello,\n\n{laid_out}\n\nBye"
    )
    passage = a_passage(row.text, doc_id="KB-1", lines=(row,))
    ticket = a_drafted(f"{laid_out} [KB-1]", passage, ticket={"previous_messages": (message,)})

    assert "already-said" in [issue.rule for issue in verify(ticket, VOICE).findings]


ARRIVES = "The money arrives 5 to 10 business days after the return was started"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "As you wrote, 5 to 10 business days. That has passed. How long does it take?"),
        ("en", "The 5 to 10 business days are over and nothing came. When does it come?"),
        ("en", "Your bot said five to ten business days, which is wrong. When does it come?"),
        ("en", "I was told 10 days. When does it come?"),
        ("en", "I have been waiting for 10 business days. When does it come?"),
        ("de", "Die 5 bis 10 Werktage sind vorbei. Wann kommt das Geld?"),
        ("de", "Wie Sie schrieben, 5 bis 10 Werktage. Wann kommt das Geld?"),
        ("de", "Ihr Bot hat 5-10 Werktage genannt, das stimmt nicht. Wann kommt das Geld?"),
        ("fr", "Vous m'avez dit 5 à 10 jours ouvrés. Quand arrive l'argent ?"),
        ("fr", "Les 10 jours ouvrés sont écoulés. Quand arrive l'argent ?"),
        ("es", "Me dijeron 5 a 10 días hábiles. ¿Cuándo llega el dinero?"),
        ("es", "Ya han pasado los 10 días hábiles. ¿Cuándo llega el dinero?"),
        ("it", "Mi avete detto 10 giorni lavorativi. Quando arriva?"),
        ("pt", "Já passaram os 10 dias úteis. Quando chega o dinheiro?"),
        ("nl", "De 10 werkdagen zijn voorbij. Wanneer komt het geld?"),
    ],
)
def test_an_answer_that_the_customer_names(language: str, said: str) -> None:
    """
    An amount that was told to the customer, or is over, is no answer to them any more.
    """
    ticket = a_drafted(f"{ARRIVES} [KB-1001].", a_passage(), text=said, language=language)

    assert "already-said" in {i.rule for i in verify(ticket, VOICE).findings}


@pytest.mark.parametrize(
    "said",
    [
        "When does the money arrive?",
        "I paid 10 days ago. When does the money arrive?",
        "Does it take 5 to 10 business days?",
        "You said that you return duplicates. When does the money arrive?",
        "I was told 3 months of credit. When does the money arrive?",
    ],
)
def test_another_amount_was_told(said: str) -> None:
    """
    A number that nobody told the customer leaves the answer as it is.
    """
    ticket = a_drafted(f"{ARRIVES} [KB-1001].", a_passage(), text=said)

    assert "already-said" not in {i.rule for i in verify(ticket, VOICE).findings}


@pytest.mark.parametrize(
    ("text", "had"),
    [
        ("You will have the money 5 to 10 business days after we start the return.", True),
        ("The return was started. Your money arrives in 5-10 business days.", True),
        ("The money arrives 3 business days after the return was started.", False),
    ],
)
def test_an_answer_in_other_words(text: str, had: bool) -> None:
    """
    A reply that had a line's numbers and most of its words has given that answer.
    """
    message = PreviousMessage(role="agent", visibility="public", text=text)
    ticket = a_drafted(
        f"{ARRIVES} [KB-1001].", a_passage(), ticket={"previous_messages": (message,)}
    )

    assert had == ("already-said" in {i.rule for i in verify(ticket, VOICE).findings})


@pytest.mark.parametrize(
    ("text", "had"),
    [
        ("We start the return of duplicates within 48 hours, after a check.", True),
        ("Larkspur support answers within 48 hours.", False),
    ],
)
def test_one_amount_is_no_proof(text: str, had: bool) -> None:
    """
    A single number that two lines have in common does not make them the same answer.
    """
    line = "Larkspur normally starts the return of a duplicate within 48 hours after the check."
    message = PreviousMessage(role="agent", visibility="public", text=text)
    ticket = a_drafted(
        f"{line} [KB-1001].", a_passage(line), ticket={"previous_messages": (message,)}
    )

    assert had == ("already-said" in {i.rule for i in verify(ticket, VOICE).findings})
