"""Politeness in a draft: what claims nothing, and what stands beside it."""

from __future__ import annotations

import time

import pytest

from streams.text.pleasantries import only_asks, repeated, without_pleasantries

NAMES = ("Ada", "Ada Byron")


@pytest.mark.parametrize(
    "said",
    [
        "Hi Ada,",
        "Hello Ada Byron!",
        "Dear customer,",
        "Thank you for your message.",
        "Thanks for reaching out, Ada!",
        "Thank you for getting in touch; here is what our help articles say.",
        "Many thanks for your patience and understanding.",
        "I’m very sorry for the inconvenience this has caused you.",
        "We're sorry about the trouble you are having, and we understand how frustrating this is.",
        "I apologize for the delay.",
        "I'd be happy to help!",
        "Hope this helps.",
        "Please let us know if you have any further questions.",
        "If you need anything else, just reply to this message.",
        "Please don't hesitate to contact us if the problem persists.",
        "Please send us the invoice number, a screenshot and the name of your workspace.",
        "Have a great rest of your day, Ada.",
        "You are very welcome, and thank you for letting us know!",
        "Best regards,",
        "Kind regards, Ada",
        "Guten Tag,",
        "Hallo Ada,",
        "Vielen Dank für Ihre Nachricht.",
        "Es tut uns sehr leid.",
        "Bei weiteren Fragen melden Sie sich gerne.",
        "Mit freundlichen Grüßen",
        "Bonjour Ada,",
        "Merci beaucoup pour votre message !",
        "N’hésitez pas à nous contacter si vous avez d'autres questions.",
        "Hola Ada:",
        "Gracias por su mensaje.",
        "Buongiorno Ada,",
        "La ringraziamo per averci contattato.",
        "Beste Ada,",
        "Bedankt voor uw bericht.",
        "Met vriendelijke groet,",
        "Olá, Ada,",
        "Obrigado pela sua mensagem.",
        "您好，感谢您的来信。",
        "お問い合わせいただきありがとうございます。",
        "안녕하세요, 문의해 주셔서 감사합니다.",
    ],
)
def test_polite(said: str) -> None:
    """
    A sentence that has only polite forms, with or without the customer's name, says nothing.
    """
    assert without_pleasantries(said, NAMES) == ""


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Hi Ada, you keep the seats.", "you keep the seats."),
        ("Thank you for your message, you keep the seats.", "you keep the seats."),
        ("Thank you for your message and enjoy the seats.", "enjoy the seats."),
        ("Best regards, and enjoy your seats", "enjoy your seats"),
        ("We are sorry - all your data is lost.", "all your data is lost."),
        ("Sorry: all your data is lost, have a nice day!", "all your data is lost"),
        ("Vielen Dank für Ihre Nachricht, Sie behalten alles.", "Sie behalten alles."),
        ("Bonjour Ada, tout est gratuit.", "tout est gratuit."),
        ("您好，您的退款已批准。", "您的退款已批准。"),
        ("Hi Premium, it is yours.", "Hi Premium, it is yours."),
        ("Hi premium seats for ever,", "Hi premium seats for ever,"),
        ("Please send us your password.", "Please send us your password."),
        ("Let us know if you want the plan that is yours.",) * 2,
        ("Thank you for your refund being approved.",) * 2,
        ("We are glad to confirm the upgrade.",) * 2,
        ("You are welcome to keep the seats.",) * 2,
        ("Have a nice day with your premium seats.",) * 2,
        ("I hope you enjoy the seats.",) * 2,
    ],
)
def test_what_stands_beside_politeness(said: str, left: str) -> None:
    """
    What is no polite form is left, wherever it stands.
    """
    assert without_pleasantries(said, NAMES) == left


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Could you tell us the name of your workspace?", True),
        ("Which browser do you use, and since when?", True),
        ("Können Sie uns den Namen Ihres Workspace nennen?", True),
        ("请问您使用的是哪个浏览器？", True),
        ("Could you tell us the name?!", False),
        ("Could you tell us the name, and you keep the seats?", False),
        ("Did you know that the seats are yours?", False),
        ("The seats are yours, okay?", False),
        ("Which browser do you use, since your account is upgraded?", False),
        ("Could you reply.", False),
    ],
)
def test_questions(question: str, asks: bool) -> None:
    """
    A question that begins as one does and has no statement in it tells nothing.
    """
    assert only_asks(question) is asks


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("I am sorry to hear that you cannot log in.", ("told", "you cannot log in.")),
        ("We understand that the seats are gone.", ("told", "the seats are gone.")),
        ("You want to know whether seats are free.", ("asked", "seats are free.")),
        ("Es tut uns leid, dass alles weg ist.", ("told", "alles weg ist.")),
        ("The seats are gone.", None),
    ],
)
def test_the_customers_words(said: str, back: tuple[str, str] | None) -> None:
    """
    What a draft says back is told apart by whether the customer told or asked it.
    """
    assert repeated(said) == back


def test_time_is_bounded() -> None:
    """
    A long sentence of many polite parts takes no more than its length.
    """
    begin = time.perf_counter()
    without_pleasantries("thank you, " * 150 + "please send us the name of " * 10, NAMES)

    assert time.perf_counter() - begin < 1
