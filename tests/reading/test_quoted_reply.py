"""What of a mail is the sender's own words, whatever mail client made it."""

from __future__ import annotations

import pytest

from tests.support.readings import a_reading

OWN = "The export stops at 40 percent. What can I do?"


@pytest.mark.parametrize(
    "around",
    [
        "{}\n\nOn Mon, 3 May 2027 at 10:01, Support <help@example.com> wrote:\n> Hello\n> again",
        "{}\n\nOn Monday, 3 May 2027, Support Team\n<help@example.com> wrote:\n\n> Hello",
        "{}\n\nAm 03.05.27 um 10:01 schrieb Support:\n> Hallo",
        "{}\n\nLe 3 mai 2027 à 10:01, Support <a@example.com> a écrit :\n> Bonjour",
        "{}\n\nEl 3 may 2027, a las 10:01, Ayuda <a@example.com> escribió:\n> Hola",
        "{}\n\nIl giorno 3 mag 2027 alle 10:01 Aiuto <a@example.com> ha scritto:\n> Ciao",
        "{}\n\nOp 3 mei 2027 om 10:01 schreef Hulp <a@example.com>:\n> Hallo",
        "{}\n\nOn 3 May 2027, Support wrote:\n\nunquoted history, as some clients send it",
        "{}\n\n-----Original Message-----\nWe will look into it.",
        "{}\n\n-----Ursprüngliche Nachricht-----\nWir sehen nach.",
        "{}\n\n___________________\nFrom: Help\nSent: Monday\nTo: Ann\nSubject: x\n\nold",
        "{}\n\nVon: Hilfe\nGesendet: Montag\nAn: Ann\nBetreff: x\n\nalt",
        "> earlier\n> words\n\n{}",
        "{}\n\nBest regards,\nAnn Example\nHead of Things\n+1 555 0100",
        "{}\n\nMit freundlichen Grüßen\nAnn Beispiel",
        "{}\n\nCordialement,\nAnne",
        "{}\n\n-- \nAnn Example\nExample Ltd.",
        "{}\n\nSent from my iPhone",
        "{}\n\nVon meinem iPhone gesendet",
        "{}\n\nThis e-mail is confidential. If you are not the intended recipient, delete it.",
        "##- Please type your reply above this line -##",
    ],
)
def test_only_new_words_are_read(around: str) -> None:
    """
    History, signature and disclaimer of the common mail clients are not the customer's words.
    """
    message = around.format(OWN) if "{}" in around else f"{OWN}\n\n{around}\nold words"

    assert a_reading(message).text == OWN


def test_answers_between_quoted_lines_are_kept() -> None:
    """
    Who answers below each quoted question has all of his answers read.
    """
    message = (
        "On 3 May 2027, Help wrote:\n> Which browser?\nFirefox\n> Since when?\nToday, it fails"
    )

    assert a_reading(message).text == "Firefox\nToday, it fails"


@pytest.mark.parametrize(
    "message",
    [
        "> The whole message is quoted",
        "Best regards,\nAnn",
        "-----Original Message-----\nPlease see this",
        "If you are not the intended recipient, delete this",
    ],
)
def test_what_would_leave_nothing_is_not_cut(message: str) -> None:
    """
    A message of which nothing would be left is read whole.
    """
    assert a_reading(message).text == message


@pytest.mark.parametrize("prefix", ["Fwd:", "FW:", "WG:"])
def test_a_forwarded_message_is_read(prefix: str) -> None:
    """
    In a forward the history is what the customer wants us to see.
    """
    message = "See below.\n\nFrom: Bank\nSent: Monday\nTo: Ann\nSubject: Card\n\nWe declined it."

    assert "We declined it." in a_reading(message, subject=f"{prefix} Card").text


def test_a_postscript_survives_the_signature() -> None:
    """
    A problem that comes to mind after signing is read.
    """
    text = a_reading(f"{OWN}\n\nRegards,\nAnn\n\nPS: the import fails too").text

    assert text == f"{OWN}\n\nPS: the import fails too"


def test_a_message_that_opens_with_thanks_is_no_signature() -> None:
    """
    Thanks at the top, or sentences after thanks, cut nothing off.
    """
    message = "Hello,\nThanks,\nbut my export still stops at the same place."

    assert a_reading(message).text == message
