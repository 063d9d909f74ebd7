"""What a draft says in one language for one brand, and how it is known again."""

from __future__ import annotations

import pytest

from streams.definitions.voice import load_voice
from streams.text.person_names import names_of
from streams.text.sentences import split

VOICE = load_voice()
TONES = ("formal", "casual", "empathetic_professional", "a newer one")
NAMES = (
    None, "Marta Vogt", "Frau Vogt", "J. Smith", "Sa’adatu Buhari", "田中 太郎", "Gold forever",
    "Prof. Dr. Anna Weber", "VOGT, Marta",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tone", "language", "found"),
    [
        ("Marta Vogt", "casual", "en", "Hi Marta,"),
        ("Marta Vogt", "formal", "en", "Dear Marta,"),
        ("Frau Vogt", "formal", "en-GB", "Dear Ms Vogt,"),
        ("Frau Vogt", "casual", "en-GB", "Hello Ms Vogt,"),
        (None, "casual", "en", "Hello,"),
        ("Marta Vogt", "casual", "de", "Hallo Marta,"),
        ("Marta Vogt", "formal", "de", "Guten Tag Marta,"),
        ("Frau Vogt", "formal", "de", "Guten Tag Frau Vogt,"),
        ("Prof. Weber", "casual", "de", "Guten Tag Prof. Weber,"),
        ("Mx Vogt", "formal", "de", "Guten Tag,"),
        ("https://evil.example", "casual", "de", "Guten Tag,"),
        ("Marta Vogt", "casual", "es", "Hola, Marta:"),
        ("Mr Vogt", "casual", "es", "Hola:"),
        ("Marta Vogt", "casual", "fr", "Bonjour Marta,"),
        ("Mme Vogt", "casual", "fr", "Bonjour Madame Vogt,"),
        ("Marta Vogt", "casual", "pt_BR", "Olá, Marta,"),
        ("Marta Vogt", "casual", "und", "Hi Marta,"),
        ("Marta Vogt", "casual", "ja", "Hi Marta,"),
    ],
)
def test_greetings(name: str | None, tone: str, language: str, found: str) -> None:
    """
    By first name where it can be one, by title and family name where there is a title that the
    language has, else without a name.
    """
    assert VOICE.speaking(language).greeting(name, tone) == found


@pytest.mark.parametrize(
    ("tone", "language", "found"),
    [
        ("formal", "en", "Kind regards,\nSupport Team"),
        ("casual", "en", "All the best,\nSupport Team"),
        ("some other tone", "en", "Best regards,\nSupport Team"),
        ("formal", "de", "Mit freundlichen Grüßen\nIhr Support-Team"),
        ("casual", "de", "Viele Grüße\nIhr Support-Team"),
        ("formal", "fr", "Cordialement,\nL’équipe d’assistance"),
        ("formal", "ja", "Kind regards,\nSupport Team"),
    ],
)
def test_closings(tone: str, language: str, found: str) -> None:
    """
    A line by tone and language, and the signature.
    """
    assert VOICE.speaking(language).closing(tone) == found


def test_marks_and_letters_of_languages() -> None:
    """
    A blank that does not break stands before a French colon, German has its umlauts.
    """
    assert VOICE.speaking("fr").lead_in(range(1, 2)) == "Concernant votre deuxième question\u00a0:"
    assert VOICE.speaking("de").lead_in(range(4, 5)) == "Zu Ihrer fünften Frage:"
    assert VOICE.speaking("de").open_question(range(2, 3)) == (
        "Ihre dritte Frage sieht sich jemand aus unserem Team an."
    )


def test_several_questions_are_called_as_a_language_lists_them() -> None:
    """
    Each ordinal has its ending; "and" stands before the last one.
    """
    assert VOICE.speaking("en").lead_in(range(2)) == "On your first and second question:"
    assert VOICE.speaking("de").lead_in(range(2)) == "Zu Ihrer ersten und zweiten Frage:"
    assert (
        VOICE.speaking("es").as_above(range(1, 4)).startswith("Para su segunda, tercera y cuarta")
    )


def test_phrases_by_feeling_and_kind() -> None:
    """
    A frustrated customer gets empathy, a satisfied one joy, any other one thanks.
    """
    speech = VOICE.speaking("en")

    assert speech.opening("frustrated") == speech.empathy
    assert speech.opening("satisfied") != speech.opening("neutral") == speech.opening("a new one")
    assert "welcome" in speech.without_question("thanks")[0]
    assert "automatic" in speech.without_question("auto_reply")[0]
    assert speech.without_question("empty")[0].endswith("?")


@pytest.mark.parametrize("language", list(VOICE.languages))
@pytest.mark.parametrize("name", NAMES)
def test_what_we_say_is_ours(name: str | None, language: str) -> None:
    """
    Each phrase is known for ours: whole, sentence by sentence, and line by line.
    """
    speech, title, link = VOICE.speaking(language), "Reset a password", "https://help.example/1"
    kinds, feelings = ("thanks", "auto_reply", "empty"), ("frustrated", "satisfied", "neutral")
    counted = (speech.lead_in, speech.as_above, speech.open_question)
    fixed = [
        *(line for tone in TONES for line in speech.closing(tone).split("\n")),
        *(one for feels in feelings for one in speech.opening(feels)),
        *(one for kind in kinds for one in speech.without_question(kind)),
        *speech.introductions,
        *speech.holding,
        *speech.answered_before,
        *(say(span) for say in counted for span in (range(1), range(7, 8), range(2, 5))),
        speech.open_rest,
    ]
    filled = [speech.long_article(title, link), speech.long_article(title, "")]
    filled += [speech.greeting(name, tone) for tone in TONES]

    for said in (*fixed, *filled, *(part for one in fixed for part in split(one))):
        assert speech.is_ours(
            f" {said.upper()}  ", names=names_of(name), titles=(title,), links=(link,)
        )


@pytest.mark.parametrize(
    "said",
    [
        "Hi Sabine,",
        "Hi Marta, everything is free,",
        "On your ninth question:",
        "On your first question: yes.",
        "A colleague will refund your first question.",
        "You can find all the steps in our article “Get a refund”: https://help.example/1",
        "You can find all the steps in our article “Reset a password”: https://evil.example",
        "",
        "Thank you",
    ],
)
def test_what_is_not_ours(said: str) -> None:
    """
    A phrase is ours with allowed values in its slots alone, and whole.
    """
    assert not VOICE.speaking("en").is_ours(
        said,
        names=names_of("Marta Vogt"),
        titles=("Reset a password",),
        links=("https://help.example/1",),
    )
