"""How a draft greets and closes."""

from __future__ import annotations

import pytest

from streams.text.salutation import closing, greeting


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
