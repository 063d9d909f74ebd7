"""What kind of message a ticket is: a question, thanks, automatic, or empty."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import Attachment
from tests.support.readings import a_reading


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Thanks, that fixed it!", "thanks"),
        ("Thank you so much for your help. You can close this ticket.\n\nAnn", "thanks"),
        ("Vielen Dank, es funktioniert jetzt!", "thanks"),
        ("Merci beaucoup !", "thanks"),
        ("ありがとうございます", "thanks"),
        ("Thanks, but it still fails.", "question"),
        ("Thank you. How do I change my plan?", "question"),
        ("Danke, aber es geht noch nicht.", "question"),
        ("Thanks in advance", "empty"),
        ("The site is down", "question"),
        ("help", "question"),
        ("Hello there", "empty"),
        ("...", "empty"),
        ("👍🎉", "empty"),
        ("test", "empty"),
        ("I am out of the office until 3 May and will reply on my return.", "auto_reply"),
        ("Ich bin bis 3. Mai nicht im Büro. In dringenden Fällen wenden Sie sich an", "auto_reply"),
        ("This is the mail system at host mx.example.com.", "auto_reply"),
        ("How do I set up an out of office reply in your calendar?", "question"),
    ],
)
def test_kinds(message: str, kind: str) -> None:
    """
    Only thanks, only courtesy, and machines need no answer; everything else does.
    """
    assert a_reading(message).kind == kind


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Automatic reply: Your ticket"},
        {"subject": "Undeliverable: Your ticket"},
        {"subject": "Abwesenheitsnotiz: Ihr Ticket"},
        {"metadata": {"headers": {"Auto-Submitted": "auto-replied"}}},
        {"metadata": {"auto_submitted": "auto-generated"}},
    ],
)
def test_automatic_replies_by_subject_and_header(fields: dict[str, Any]) -> None:
    """
    A machine is known by what it writes in the subject, or in the header of RFC 3834.
    """
    assert a_reading("I have received your message.", **fields).kind == "auto_reply"


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("I am out of the office until 3 May and will reply on my return.", {}),
        (
            "Thank you for your message. I am out of the office until Monday 16 November "
            "2026 with no access to email.\n\nFor urgent matters please contact my "
            "colleague Bas Hoekstra, bas@vandermeerlegal.example, +31 20 555 0142.\n\n"
            "Your email will not be forwarded.\n\nKind regards,\nAnnelies van der Meer",
            {"subject": "Automatic reply: [Larkspur] Your ticket"},
        ),
        ("I have received your message.", {"subject": "Automatic reply: Your ticket"}),
        (
            "This is the mail system at host mx.example.com.\n\nI'm sorry to have to "
            "inform you that your message could not be delivered to one or more "
            "recipients.\nFor further assistance, please send mail to postmaster.\n\n"
            "<x@y.example>: host mx said: 550 5.1.1 User unknown",
            {},
        ),
        (
            "Ich bin bis 3. Mai nicht im Büro. In dringenden Fällen wenden Sie sich an "
            "Frau Vogt. Ihre Mail wird nicht weitergeleitet.",
            {},
        ),
        (
            "Your message couldn't be delivered to help@x.example. The recipient's "
            "mailbox is full.",
            {"subject": "Undeliverable: Your ticket"},
        ),
        (
            "Je suis actuellement absent. Je répondrai à mon retour. En cas d'urgence, "
            "veuillez contacter Marie.",
            {},
        ),
        (
            "Hi,\n\nI'm on vacation until 4 May and cannot read my emails. My colleague "
            "Ben will help you.\n\nBest\nAnn",
            {},
        ),
        (
            "This is an automated reply. We have received your message and will get back "
            "to you within 2 days.",
            {},
        ),
    ],
)
def test_automatic_replies_by_wording(message: str, fields: dict[str, Any]) -> None:
    """
    Notes of absence, receipts and reports of mail servers are automatic.
    """
    assert a_reading(message, **fields).kind == "auto_reply"


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("I'll be on holiday next week, will my subscription renew before I am back?", {}),
        (
            "I am on vacation until Monday and cannot log in from Spain, can you reply "
            "how to reset 2FA?",
            {},
        ),
        (
            "Your message could not be delivered to my team: invitations bounce. How can I fix it?",
            {},
        ),
        (
            "Hi, how do I set my status in Larkspur?",
            {"subject": "Out of office - how do I set the status?"},
        ),
        ("I was charged twice and want a refund now", {"subject": "OOO"}),
        (
            "Your invitation emails bounce. How can I invite my team?",
            {"subject": "Delivery failed"},
        ),
        ("I was charged twice, please refund me.", {"subject": "Automatic reply: billing problem"}),
        (
            "I am on annual leave and my colleague cannot access our workspace. Please "
            "contact her, it is urgent.",
            {},
        ),
        (
            "This is an automated response problem: your automations send this is an "
            "automated message to my clients. How to switch it off?",
            {},
        ),
        ("I am out of office a lot and need to reset my password when I am back, how?", {}),
        ("I am on holiday until Monday. My boards are gone, please reply.", {}),
        (
            "I'm out of the office until Friday. The export stops at 40 percent since "
            "yesterday, it is urgent.",
            {},
        ),
        ("Ich bin im Urlaub und kann mich bis Montag nicht anmelden, es ist dringend", {}),
        (
            "Your invitation mails to our new people all bounce since Monday.",
            {"subject": "Delivery failed"},
        ),
    ],
)
def test_questions_worded_like_automatic_replies(message: str, fields: dict[str, Any]) -> None:
    """
    Whoever asks or reports something is a person, on holiday or not.
    """
    assert a_reading(message, **fields).kind == "question"


def test_an_attachment_is_something_to_answer() -> None:
    """
    A greeting with an attachment is a question.
    """
    assert a_reading("Hello", attachments=(Attachment(name="a.png"),)).kind == "question"
