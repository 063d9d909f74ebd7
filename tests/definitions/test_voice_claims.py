"""What no phrase and no brand's name may say."""

from __future__ import annotations

import pytest

from streams.definitions.voice_claims import name_fault, phrase_fault

ADDRESS = "has an address or a bare domain"
UNSEEN = "has a character that nobody sees"
MARKUP = "has markup"
DONE = "says that something was done"
PROMISE = "promises something"
MONEY = "speaks of money"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("evil.co", ADDRESS),
        ("Visit evil.co/reset {brand}", ADDRESS),
        ("{brand}.co", ADDRESS),
        ("Visit evil . co", ADDRESS),
        ("evil\uff0eco", ADDRESS),
        ("evil\u3002co", ADDRESS),
        ("Visit evil dot co", ADDRESS),
        ("evil(dot)co", ADDRESS),
        ("evil Punkt com", ADDRESS),
        ("Write to help at evil dot com", ADDRESS),
        ("a@b.co", ADDRESS),
        ("192.168.0.1", ADDRESS),
        ("Call +1 555 010 0199", "has a telephone number"),
        ("Ask @harbor", ADDRESS),
        ("See [KB-1]", "has a bracket"),
        ("<b>Hi</b>", "has a bracket"),
        ("Hi **there**", MARKUP),
        ("Hi *there*", MARKUP),
        ("_Hi_ there", MARKUP),
        ("`Hi`", MARKUP),
        ("# Hi", MARKUP),
        ("Hi &amp; bye", MARKUP),
        ("Hi\u200bthere", UNSEEN),
        ("\u202eereht iH", UNSEEN),
        ("Hi\x07", UNSEEN),
        ("Hi\u00adthere", UNSEEN),
        ("Hi\u2800there", UNSEEN),
        ("Hi\ufe01there", UNSEEN),
        ("H\u0456 there", "mixes letters"),
    ],
)
def test_a_form_that_neither_a_phrase_nor_a_name_has(text: str, fault: str) -> None:
    """
    Addresses, however they are written, markup, and what looks like something else.
    """
    assert fault in (phrase_fault(text, "en") or "")
    if "{" not in text:
        assert fault in (name_fault(text) or "")


@pytest.mark.parametrize(
    ("language", "text", "fault"),
    [
        ("en", "We have refunded you", MONEY),
        ("en", "You get 20% off.", "names an amount"),
        ("en", "500 euros for you", "names an amount"),
        ("en", "We'll reply within 24 hours.", "names a time"),
        ("de", "Wir melden uns in zwei Tagen.", "names a time"),
        ("en", "Your account has been unlocked.", DONE),
        ("en", "We've sorted everything.", DONE),
        ("en", "Everything is fixed now.", DONE),
        ("en", "We will make this right.", PROMISE),
        ("en", "We guarantee it.", PROMISE),
        ("en", "You will receive a new one.", PROMISE),
        ("de", "Wir haben Ihnen das Geld zurückerstattet.", MONEY),
        ("de", "Ihr Konto wurde freigeschaltet.", DONE),
        ("de", "Wir beheben das.", PROMISE),
        ("de", "Sie erhalten ein neues Gerät.", PROMISE),
        ("fr", "Nous vous avons remboursé.", MONEY),
        ("fr", "Votre problème est résolu.", DONE),
        ("es", "Su problema está resuelto.", DONE),
        ("es", "Recibirá su dinero.", MONEY),
        ("it", "Abbiamo risolto il problema.", DONE),
        ("pt-BR", "O problema foi resolvido.", DONE),
        ("nl", "Het probleem is opgelost.", DONE),
        ("de", "We have fixed it.", DONE),
        ("en", "As an AI, I am glad to help.", "is refused by the policy's rule speaks-as-a-mach"),
    ],
)
def test_a_phrase_that_claims_something(language: str, text: str, fault: str) -> None:
    """
    In each language of the included voice, and in English everywhere.
    """
    assert fault in (phrase_fault(text, language) or "")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hi {name},"),
        ("en", "We have received your message, and a colleague will get back to you."),
        ("en", "Let us know if your problem is resolved."),
        ("en", "I know that you want this resolved."),
        ("en", "You will get an answer from a colleague."),
        ("en", "Have a nice day, e.g. outside."),
        ("en", "You can find it in “{title}”: {link}"),
        ("de", "Sie erhalten eine Antwort von uns."),
        ("de", "Unsere Kolleg*innen und Nutzer*innen, z.B. Sie"),
        ("de", "Auf den Punkt gebracht:"),
        ("fr", "Avez-vous une question\u202f? Un point important\u00a0:"),
        ("ja", "お問い合わせありがとうございます。"),
    ],
)
def test_a_phrase_that_claims_nothing(language: str, text: str) -> None:
    """
    That a person will look at it, a condition, or an answer to come is no claim.
    """
    assert phrase_fault(text, language) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("Refund approved: 500 euros", "has a brace, a colon"),
        ("Refund approved", PROMISE),
        ("Your refund of 500 euros", "names an amount"),
        ("$500 Bank", "names an amount"),
        ("We have refunded you", PROMISE),
        ("Wir haben Ihnen das Geld zurückerstattet", PROMISE),
        ("We reply within 24 hours", "names a time"),
        ("Your account is unlocked", PROMISE),
        ("Harbor\nBank", "a second line"),
        ("Booking.com", ADDRESS),
    ],
)
def test_a_name_that_claims_something(name: str, fault: str) -> None:
    """
    It stands in each signature, so it says who writes and no more.
    """
    assert fault in (name_fault(name) or "")


@pytest.mark.parametrize(
    "name",
    ["", "Harbor Bank", "24 Hour Fitness", "Money Back Bank", "7-Eleven", "AT&T", "Dr. Oetker",
     "Yahoo!", "Re:amaze", "3M", "Credit Suisse", "ハーバー銀行"],
)  # fmt: skip
def test_a_name(name: str) -> None:
    """
    A brand may have a number, a sign, or a word of money in its name.
    """
    assert name_fault(name) is None
