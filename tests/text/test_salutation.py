"""How a draft greets and closes."""

from __future__ import annotations

import pytest

from streams.text.person_names import names_of
from streams.text.salutation import closing, greeting, says_more


@pytest.mark.parametrize(
    ("name", "tone", "language", "found"),
    [
        ("Marta Vogt", "casual", "en", "Hi Marta,"),
        ("Marta Vogt", "formal", "en", "Dear Marta,"),
        ("Frau Vogt", "formal", "en-GB", "Dear Ms Vogt,"),
        ("Frau Vogt", "casual", "en-GB", "Hello Ms Vogt,"),
        (None, "casual", "en", "Hello,"),
        ("Marta Vogt", "formal", "de", "Hallo Marta,"),
        ("Frau Vogt", "formal", "de", "Guten Tag,"),
        ("https://evil.example", "casual", "de", "Guten Tag,"),
        ("Marta Vogt", "casual", "pt_BR", "Olá, Marta,"),
        ("Marta Vogt", "casual", "und", "Hi Marta,"),
        ("Marta Vogt", "casual", "ja", "Hi Marta,"),
    ],
)
def test_greetings(name: str | None, tone: str, language: str, found: str) -> None:
    """
    By first name where it can be one, in the customer's language where we have it.
    """
    assert greeting(name, tone, language=language) == found


@pytest.mark.parametrize(
    ("tone", "language", "found"),
    [
        ("formal", "en", "Kind regards,"),
        ("casual", "en", "All the best,"),
        ("some other tone", "en", "Best regards,"),
        ("formal", "de", "Mit freundlichen Grüßen"),
        ("casual", "de", "Viele Grüße"),
        ("formal", "fr", "Cordialement,"),
        ("formal", "ja", "Kind regards,"),
    ],
)
def test_closings(tone: str, language: str, found: str) -> None:
    """
    A line by tone and language, and the signature.
    """
    assert closing(tone, language=language) == f"{found}\nSupport Team"


@pytest.mark.parametrize("tone", ["formal", "casual", "empathetic_professional"])
@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pt", "ja"])
@pytest.mark.parametrize(
    "name",
    [None, "Marta Vogt", "Frau Vogt", "J. Smith", "Sa’adatu Buhari", "田中 太郎", "Gold forever"],
)
def test_our_own_say_no_more(name: str | None, language: str, tone: str) -> None:
    """
    Each greeting and closing of ours is known for one, in any language and tone.
    """
    names = names_of(name)

    assert not says_more(greeting(name, tone, language=language), names)
    assert not says_more(closing(tone, language=language), names)


@pytest.mark.parametrize(
    ("part", "more"),
    [
        ("Hello Marta,", False),
        ("Hi there,", False),
        ("Best regards", False),
        ("Please let us know if you have any questions.\n\nKind regards,\nSupport Team", False),
        ("", False),
        ("Hi Sabine,", True),
        ("Marta keeps the seats,", True),
        ("Hallo Marta, alles ist gratis,", True),
        ("您的退款已批准", True),
        ("Best regards and free seats,\nSupport Team", True),
        ("Regards,\n[Your Name]", True),
        ("Bye, 5 days", True),
    ],
)
def test_what_says_more(part: str, more: bool) -> None:
    """
    A greeting or a closing by anybody is polite and names the customer, or says more.
    """
    assert says_more(part, names_of("Marta Vogt")) is more
