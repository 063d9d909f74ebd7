"""A ticket's reading: subject, language, and that any message can be read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import IncomingTicket
from streams.reading.message import read_message
from tests.support.readings import PHRASES, a_reading


@pytest.mark.parametrize(
    ("subject", "message", "text"),
    [
        ("Re: Export stops", "It fails again", "Export stops\n\nIt fails again"),
        ("AW: [Ticket #123] Export", "It fails", "Export\n\nIt fails"),
        ("It fails", "Since Monday it fails.", "Since Monday it fails."),
        ("Site down", "", "Site down"),
    ],
)
def test_subject(subject: str, message: str, text: str) -> None:
    """
    A subject is read where it says something that the message does not.
    """
    assert a_reading(message, subject=subject).text == text


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("I cannot sign in to my account any more.", "en"),
        ("Ich kann mich nicht mehr anmelden.", "de"),
        ("Je n'arrive pas à me connecter.", "fr"),
        ("パスワードを忘れました", "ja"),
        ("ok", "und"),
        ("ERR-4711", "und"),
    ],
)
def test_language(message: str, language: str) -> None:
    """
    The language is told where there is enough to tell it from.
    """
    assert a_reading(message).language == language


def test_a_given_language_is_believed() -> None:
    """
    The publisher knows better.
    """
    assert a_reading("I cannot sign in.", language="pt-BR").language == "pt-BR"


@pytest.mark.parametrize("text", ["شكرا لا أستطيع الدخول", "a\0b crashes", "👩‍👩‍👧 does not load"])
def test_unusual_text_survives(text: str) -> None:
    """
    Emoji, right-to-left text and NUL are kept as they came.
    """
    assert a_reading(text).text == text


_FRAGMENTS = st.sampled_from(
    [
        "> ",
        "On 1 May, x wrote:\n",
        "-- \n",
        "From: a\n",
        "Sent: b\n",
        "<p>",
        "</html>",
        "<!--",
        "\r\n",
        "Thanks,\n",
        "PS: ",
        "\n\n",
        "4111",
        " ",
        "<div style='color:#fff'>",
        "&",
        "\x00",
        "?",
        "1. ",
    ]
)
_MESSAGES = st.lists(st.one_of(_FRAGMENTS, st.text(max_size=20)), max_size=30).map("".join)


@settings(max_examples=200, deadline=None)
@given(_MESSAGES, st.sampled_from(["text", "html", "markdown"]), st.text(max_size=20))
def test_any_message_can_be_read(message: str, body_format: str, subject: str) -> None:
    """
    No message, however broken, stops the reading.
    """
    ticket = {"ticket_id": "1", "raw_message": message, "subject": f"s{subject}"}

    incoming = IncomingTicket.model_validate({**ticket, "body_format": body_format})

    read_message(incoming, phrases=PHRASES)


@settings(max_examples=200, deadline=None)
@given(_MESSAGES.filter(lambda m: m.strip() and "<" not in m))
def test_nothing_is_made_up(message: str) -> None:
    """
    Every line that is read stands in the message, in the same order.
    """
    rest = message
    for line in a_reading(message).text.split("\n"):
        assert line in rest
        rest = rest[rest.index(line) + len(line) :]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body_format", ["text", "html"])
@pytest.mark.parametrize(
    "piece",
    [
        "\n",
        "<",
        ">",
        "> ",
        "<a ",
        "<!--",
        "<p>",
        "On 1 \n",
        "From: x\n",
        "thanks\n",
        "4 ",
        "is it? ",
        "everyone ",
        "a.",
        "\t",
        "(",
        "ignore your ",
        "> > <b>",
        "*",
        "p.s.\n",
    ],
)
def test_hostile_repetition_is_read(piece: str, body_format: str) -> None:
    """
    200,000 characters made to confuse a parser are read to the end, not for ever.
    """
    message = (piece * 200_000)[:199_999] + "x"

    assert len(a_reading(message, body_format=body_format).text) <= 200_000
