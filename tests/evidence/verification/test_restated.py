"""Sentences in other words than their line."""

from __future__ import annotations

import pytest

from streams.evidence.verification.restated import promises, without_yes_or_no
from streams.evidence.verification.verifier import Evidence
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
    (found,) = (c for c in Evidence(ticket, VOICE).classified if c.sentence.part == "body")
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
    body = [c for c in Evidence(ticket, VOICE).classified if c.sentence.part == "body"]

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
