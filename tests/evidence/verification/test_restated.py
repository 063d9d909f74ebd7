"""Sentences in other words than their line."""

from __future__ import annotations

import pytest

from streams.evidence.verification.draft_evidence import DraftEvidence
from streams.evidence.verification.restated import (
    promises,
    tells_of_done,
    without_yes_or_no,
)
from tests.support.drafts import VOICE, a_drafted, a_passage

TEXT = (
    "Limits\n\n"
    "Plan: Team; Largest file: 100 MB; Storage: 10 GB per seat\n"
    "Plan: Business; Largest file: 500 MB; Storage: 50 GB per seat\n"
    "A file above the limit is refused with the error code LK-413.\n"
    "Deleted files can be restored by an owner if the trash was not emptied.\n"
    "We send a link to an identity check. The link is valid for 60 minutes.\n"
    "Files of guests are not counted."
)


def _class(sentence: str, text: str = TEXT) -> tuple[str, str | None]:
    ticket = a_drafted(f"{sentence} [KB-1001].", a_passage(text, title="Limits of files"))
    (found,) = (c for c in DraftEvidence(ticket, VOICE).classified if c.sentence.part == "body")
    return found.rests_on, found.fault


@pytest.mark.parametrize(
    "sentence",
    [
        "On the Team plan the largest file is 100 MB",
        "Yes, an owner can restore deleted files if the trash was not emptied",
        "A link to an identity check is sent, and it is valid for 60 minutes",
        "LK-413 means that the file is above the limit",
        "Guests' files are not counted",
        "Business allows files up to 500 MB",
    ],
)
def test_what_keeps_its_line(sentence: str) -> None:
    """
    Other words for one line, or for neighbours, are restated: a person reads them first.
    """
    assert _class(sentence) == ("restated", None)


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("On the Team plan the largest file is 500 MB", "numbers"),
        ("On the Team plan the largest file is 100 GB", "numbers"),
        ("On the Team plan the largest file is half of 500 MB", "numbers"),
        ("The link is valid for a dozen hours", "numbers"),
        ("Files of guests are counted", "negation"),
        ("Files of guests are not counted, says Jonas Weber", "name"),
        ("Deleted files can be restored by an owner", "condition"),
        ("We have sent a link to an identity check, and we restored your deleted files", "promise"),
        ("Our rivals sell better boards for less", "words"),
        ("Yes", "words"),
    ],
)
def test_what_does_not_keep_it(sentence: str, fault: str) -> None:
    """
    Another number, unit, row, name, yes for no, a dropped condition or a promise is not supported.
    """
    assert _class(sentence) == ("unsupported", fault)


def test_what_cites_nothing_or_something_unknown() -> None:
    """
    A claim needs a citation, of a document that was found.
    """
    ticket = a_drafted("The files are safe.\n\nThey are ours [KB-9].", a_passage(TEXT))
    body = [c for c in DraftEvidence(ticket, VOICE).classified if c.sentence.part == "body"]

    assert [c.fault for c in body] == ["no-citation", "unknown-document"]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Yes, it is.", "it is."),
        ("Of course.", ""),
        ("Ja, das geht.", "das geht."),
        ("Non : c'est ainsi.", "c'est ainsi."),
        ("No boards are deleted.", "No boards are deleted."),
    ],
)
def test_yes_and_no(said: str, left: str) -> None:
    """
    A yes or no at the beginning is no part of what is compared.
    """
    assert without_yes_or_no(said) == left


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ("We have refunded it.", True),
        ("You will get it back.", True),
        ("Wir überweisen es Ihnen noch heute.", True),
        ("Nous avons débloqué votre compte.", True),
        ("Hemos reembolsado el importe.", True),
        ("It is refunded on request.", False),
        ("Owners can change it.", False),
    ],
)
def test_what_promises(said: str, promise: bool) -> None:
    """
    What we did, do or will do is a promise in any of the languages.
    """
    assert bool(promises(said)) is promise


FEES = (
    "Fees\n\n"
    "Service: Assembly; Fee: 30 €; Refund: 70 %\n"
    "Service: Removal; Fee: 25 €; Refund: none\n"
    "A course can be moved at most two times before it begins.\n"
    "Shipping costs are refunded only if you return the whole order.\n"
    "The message LIMIT means that the cost limit of the account is reached.\n"
    "Issued invoices cannot be changed."
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Assembly costs 30 €, and 70 % of it is refunded",
        "There is no refund for removal",
        "A course can only be moved twice before it begins",
        "The shipping costs are refunded, as you return the whole order",
        "The message LIMIT means that the cost limit of the account has been reached",
        "Invoices that have already been issued cannot be changed",
    ],
)
def test_what_sounds_like_a_fault_and_is_none(sentence: str) -> None:
    """
    Two columns of a row in one sentence, "none" as a negation, "only" for "at most", a condition
    that is met, and what happens to things in general contradict nothing and promise nothing.
    """
    assert _class(sentence, FEES) == ("restated", None)


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Assembly costs 25 €, and 70 % of it is refunded", "numbers"),
        ("A course cannot be moved two times before it begins", "negation"),
        ("The shipping costs are refunded", "condition"),
        ("Your invoice has already been changed", "promise"),
        ("Your invoices are cancelled", "promise"),
    ],
)
def test_what_is_near_to_that_and_a_fault(sentence: str, fault: str) -> None:
    """
    The number of another row, a denial, a condition that nobody met, and an act for this customer.
    """
    assert _class(sentence, FEES) == ("unsupported", fault)


@pytest.mark.parametrize(
    "said",
    [
        "Your cancellation is registered",
        "Ihre Kündigung ist eingetragen",
        "Votre résiliation est enregistrée",
        "Su baja está registrada",
    ],
)
def test_what_was_done_for_the_customer(said: str) -> None:
    """
    That something of the customer's is done is an act, which no article tells.
    """
    assert tells_of_done(said)
    assert not tells_of_done("A cancellation is registered at the end of the month")
