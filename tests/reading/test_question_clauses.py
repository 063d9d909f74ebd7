"""What a sentence asks, clause by clause."""

from __future__ import annotations

import pytest

from streams.definitions.phrases import DEFAULT, PhraseFile
from streams.definitions.yaml_files import load_yaml
from streams.reading.question_clauses import QuestionClauses

CLAUSES = QuestionClauses(load_yaml(DEFAULT, PhraseFile).questions)


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        (
            "Is there a reduced price for charities, which documents do you need and would the"
            " invoice be reduced too?",
            (
                "Is there a reduced price for charities",
                "which documents do you need",
                "would the invoice be reduced too?",
            ),
        ),
        (
            "What do these codes mean and how do I get the missing rows in?",
            ("What do these codes mean", "how do I get the missing rows in?"),
        ),
        (
            "Where do I send it (do you have a PGP key?), and how quickly do you look at it?",
            ("Where do I send it", "do you have a PGP key?", "how quickly do you look at it?"),
        ),
        (
            "Gibt es einen Rabatt für Vereine, welche Unterlagen brauchen Sie und wird die"
            " Rechnung auch reduziert?",
            (
                "Gibt es einen Rabatt für Vereine",
                "welche Unterlagen brauchen Sie",
                "wird die Rechnung auch reduziert?",
            ),
        ),
        (
            "Y a-t-il une remise, quels documents faut-il et la facture sera-t-elle réduite ?",
            ("Y a-t-il une remise", "quels documents faut-il", "la facture sera-t-elle réduite ?"),
        ),
        (
            "¿Qué significan estos códigos y cómo importo las filas que faltan?",
            ("¿Qué significan estos códigos", "cómo importo las filas que faltan?"),
        ),
        (
            "C'è uno sconto per le associazioni, quali documenti servono e quanto dura?",
            ("C'è uno sconto per le associazioni", "quali documenti servono", "quanto dura?"),
        ),
        (
            "Existe um desconto, quais documentos são necessários e como peço?",
            ("Existe um desconto", "quais documentos são necessários", "como peço?"),
        ),
        (
            "Is er korting, welke documenten heeft u nodig en wordt de factuur ook verlaagd?",
            ("Is er korting", "welke documenten heeft u nodig", "wordt de factuur ook verlaagd?"),
        ),
    ],
)
def test_compound_questions(sentence: str, clauses: tuple[str, ...]) -> None:
    """
    Each question of a sentence is one of its own.
    """
    assert CLAUSES.of(sentence) == clauses


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        (
            "I'd like to know how we get it back and how long that takes.",
            ("I'd like to know how we get it back", "how long that takes."),
        ),
        ("Tell me how to reset it.", ("Tell me how to reset it.",)),
        ("let me know if the plan can be changed", ("let me know if the plan can be changed",)),
        (
            "Ich wüsste gern, wie lange das dauert und was es kostet.",
            ("Ich wüsste gern, wie lange das dauert", "was es kostet."),
        ),
        (
            "J'aimerais savoir combien ça coûte et combien de temps ça prend.",
            ("J'aimerais savoir combien ça coûte", "combien de temps ça prend."),
        ),
        (
            "Quisiera saber cómo cambio mi correo y si se conservan mis tareas.",
            ("Quisiera saber cómo cambio mi correo", "si se conservan mis tareas."),
        ),
        (
            "Ik wil graag weten hoe ik mijn adres wijzig en of mijn taken blijven.",
            ("Ik wil graag weten hoe ik mijn adres wijzig", "of mijn taken blijven."),
        ),
        ("what can we do to get it on the task", ("what can we do to get it on the task",)),
        (
            "boards dont come anymore since thursday nothing changed can u fix it and do we have"
            " to set all the chanels new",
            ("can u fix it", "do we have to set all the chanels new"),
        ),
    ],
)
def test_without_a_question_mark(sentence: str, clauses: tuple[str, ...]) -> None:
    """
    What is asked indirectly, or without any mark, is asked.
    """
    assert CLAUSES.of(sentence) == clauses


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        (
            "Please correct the invoice and refund the 6 seats.",
            ("Please correct the invoice", "refund the 6 seats."),
        ),
        (
            "Can you cancel my plan and refund the last invoice?",
            ("Can you cancel my plan", "refund the last invoice?"),
        ),
        (
            "Bitte korrigieren Sie die Rechnung und erstatten Sie die 6 Plätze.",
            ("Bitte korrigieren Sie die Rechnung", "erstatten Sie die 6 Plätze."),
        ),
        (
            "Pouvez-vous corriger la facture et rembourser les 6 licences ?",
            ("Pouvez-vous corriger la facture", "rembourser les 6 licences ?"),
        ),
    ],
)
def test_requests(sentence: str, clauses: tuple[str, ...]) -> None:
    """
    Each thing that is requested is one.
    """
    assert CLAUSES.of(sentence) == clauses


@pytest.mark.parametrize(
    "sentence",
    [
        "If it fails, do we lose data?",
        "If I upgrade to Business today, do they start right away?",
        "Can these be sent again or are they gone?",
        "How do I export a board and send it to a colleague?",
        "When and how is it returned?",
        "We also need the agreement, where do we find it?",
    ],
)
def test_what_asks_one_thing(sentence: str) -> None:
    """
    A condition, another possible answer, and what somebody wants to do are no other question.
    """
    assert CLAUSES.of(sentence) == (sentence,)


@pytest.mark.parametrize(
    "sentence",
    [
        "The board is slow.",
        "We have one workspace, which is the EU one.",
        "Please help urgently!!",
        "Let me know if you need anything else.",
        'The page asks "Do you want to continue?"',
    ],
)
def test_what_asks_nothing(sentence: str) -> None:
    """
    What only tells, courtesy, and a question of somebody else's are none.
    """
    assert CLAUSES.of(sentence) == ()
