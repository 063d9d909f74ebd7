"""Thanks and nothing else, told from complaints that thank."""

from __future__ import annotations

import pytest

from tests.support.readings import a_reading


@pytest.mark.parametrize(
    "message",
    [
        "Thanks, that fixed it! You can close the ticket.",
        "Thanks!",
        "Thank you so much, Maria!",
        "Thanks again for your quick help.",
        "Perfect, thanks a lot.",
        "works now, thank you!",
        "Great support, thank you very much. Have a nice day!\n\nBen",
        "Thanks, the export works now!",
        "thx, all good",
        "That was very helpful, thank you!",
        "Thank you, problem solved.",
        "No further questions, thanks. Please close the ticket.",
        "Vielen Dank, es funktioniert wieder!",
        "Danke für die schnelle Hilfe, alles läuft.",
        "Besten Dank für Ihre Hilfe. Sie können das Ticket schließen.",
        "Danke für die schnelle Hilfe, liebe Grüße",
        "VIELEN DANK UND VIELE GRÜSSE",
        "Merci beaucoup pour votre aide, tout fonctionne maintenant !",
        "Merci, c'est parfait.",
        "Muchas gracias, ya funciona todo perfectamente.",
        "Gracias por la ayuda. Pueden cerrar el ticket.",
        "ありがとうございます。解決しました。",
        "Thank you so much for your help. You can close this ticket.\n\nAnn",
        "Dear Tom,\nthank you very much for your quick reply!",
        "Thanks, I can log in again.",
    ],
)
def test_thanks(message: str) -> None:
    """
    Thanks, praise, names and leave to close the ticket need no answer.
    """
    assert a_reading(message).kind == "thanks"


@pytest.mark.parametrize(
    "message",
    [
        "thanks! i found somebody else's invoices in my account",
        "Thanks a lot for charging me twice.",
        "Thank you, great job losing all my data.",
        "Great, fixed one thing and now I am locked out, thanks",
        "ty, all my boards vanished",
        "Thank you. My account was hacked.",
        "Perfect, now everything is gone. Thanks.",
        "Thanks for nothing.",
        "Thanks, works great, except I am charged double",
        "Thanks, I cancelled and my bank did a chargeback.",
        "Thanks, is it all fixed now",
        "Thank you for the great day without our data",
        "THANKS, ALL MY BOARDS VANISHED",
        "Cheers, you deleted my project",
        "Thanks, Boards Vanished",
        "Thanks. Hacked.",
        "Awesome, it works for everyone else, thanks",
        "Thank you, the invoice is 200 dollars too high.",
        "Thanks, please close my account",
        "Appreciated. Refund me.",
        "Danke, mein Konto ist weg.",
        "Vielen Dank für die doppelte Abbuchung!",
        "Danke, jetzt ist alles gelöscht",
        "Merci, mon compte a été piraté.",
        "Merci de m'avoir facturé deux fois",
        "Gracias por cobrarme dos veces.",
        "Muchas gracias, han borrado todo",
        "Grazie, il mio account è bloccato",
        "Thanks for the reply, it was working yesterday",
        "ありがとう。請求書が間違っています。",
        "Thanks for the double charge, great service",
    ],
)
def test_complaints_that_thank(message: str) -> None:
    """
    Whoever reports something beside thanks has a question, in irony too.
    """
    assert a_reading(message).kind == "question"


def test_nothing_is_asked_for_thanks() -> None:
    """
    A message that needs no answer makes no search.
    """
    assert a_reading("Thanks, that fixed it!").queries == ()
