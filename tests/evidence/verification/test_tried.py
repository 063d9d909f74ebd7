"""What the customer has tried."""

from __future__ import annotations

import pytest

from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

RESTART = "The box has no light\n\nRestart the box with the button on its back."
CALL = "Reach us\n\nCall us at 0800 555 0142 on weekdays."
CODE = "Ask for a code\n\nSelect Send again on the page where you sign in."
BONUS = "Datenbonus\n\nSenden Sie BONUS per SMS an die 4411."
STEPS = "Bring it back\n\n1. Open Trash.\n2. Select the board and choose Restore."
BOX_DE = "Die Box\n\nStarten Sie die Box neu."
CODE_FR = "Le code\n\nDemandez un nouveau code sur la page de connexion."
BOX_ES = "El router\n\nReinicie el router con el botón."
CARD_ES = "Errores\n\nCon EF-9 la tarjeta está retenida: pida otra."
FORM = "Anspruch\n\nSchicken Sie das Formular an anspruch@hof.example."


def _findings(said: str, language: str, line: str, text: str) -> list[str]:
    ticket = a_drafted(f"{line} [KB-1001].", a_passage(text), text=said, language=language)
    return [issue.rule for issue in verify(ticket, VOICE).findings]


def _last(text: str) -> str:
    return text.rpartition("\n")[2].removesuffix(".").removeprefix("2. ")


@pytest.mark.parametrize(
    ("said", "language", "text"),
    [
        ("I restarted the box five times. It still has no light.", "en", RESTART),
        ("Restarted the box five times, still dark.", "en", RESTART),
        ("The box has been restarted five times. What else?", "en", RESTART),
        ("I called that number three times, how else can I reach you?", "en", CALL),
        ("I did all the steps, the board does not appear.", "en", STEPS),
        ("I did the restore steps; the board isn't there.", "en", STEPS),
        ("Ich habe BONUS dreimal an die 4411 geschickt. Was nun?", "de", BONUS),
        ("Box viermal neu gestartet, sie bleibt dunkel.", "de", BOX_DE),
        ("Das Formular habe ich schon zweimal geschickt, niemand antwortet.", "de", FORM),
        ("J’ai demandé un nouveau code quatre fois, ça n’aide pas.", "fr", CODE_FR),
        ("Reinicié el router cinco veces y sigue igual.", "es", BOX_ES),
        ("Ya hemos reiniciado el router. ¿Qué más podemos hacer?", "es", BOX_ES),
    ],
)
def test_what_was_tried_is_not_sent_again(said: str, language: str, text: str) -> None:
    """
    A customer who has done it more than once, or in vain, or asks what else there is, in any
    wording, needs something else than the line that tells to do it.
    """
    assert "already-tried" in _findings(said, language, _last(text), text)


@pytest.mark.parametrize(
    ("said", "language", "text"),
    [
        ("¿Qué significa EF-9 y qué hago?", "es", CARD_ES),
        ("How do I restart the box?", "en", RESTART),
        ("Can I restart the box twice?", "en", RESTART),
        ("I paid twice. How can I call you?", "en", CALL),
        ("I did all the steps of the setup. How do I get a deleted board back?", "en", STEPS),
        ("I deleted the board and it is still gone. How do I get it back?", "en", STEPS),
        ("Ich habe schon BONUS gelesen. Wohin sende ich es?", "de", FORM),
        ("J'ai déjà reçu un code. Il ne vient plus de SMS.", "fr", CODE_FR),
        ("He comprado el router dos veces. ¿Cómo lo reinicio?", "es", BOX_ES),
    ],
)
def test_what_was_not_tried_may_be_said(said: str, language: str, text: str) -> None:
    """
    Who did something else, or only asks, may be told what to do.
    """
    assert "already-tried" not in _findings(said, language, _last(text), text)


def test_what_to_do_if_it_did_not_help_is_something_else() -> None:
    """
    A line for those whom the step did not help is for the customer who tried it.
    """
    said = "I restarted the box three times, it still has no light. What else can I do?"
    line = "If it still has no light, write to box@hof.example with the number of the box"
    text = f"{RESTART} {line}."

    assert "already-tried" not in _findings(said, "en", line, text)
    assert "already-tried" in _findings(said, "en", _last(RESTART), text)


@pytest.mark.parametrize(
    ("said", "language", "line"),
    [
        (
            "I moved my appointment twice already. Can I move it again?",
            "en",
            "You can move an appointment at most two times",
        ),
        (
            "J'ai déjà changé mon rendez-vous une fois. Puis-je le changer encore ?",
            "fr",
            "Un rendez-vous peut être changé deux fois au plus",
        ),
    ],
)
def test_how_often_it_may_be_done_is_no_step(said: str, language: str, line: str) -> None:
    """
    Who has done something, and asks whether it can be done again, is told how often.
    """
    assert "already-tried" not in _findings(said, language, line, f"Move it\n\n{line}.")
