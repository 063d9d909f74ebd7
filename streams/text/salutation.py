"""
How a draft greets and closes: fixed phrases, by tone and by the customer's language.

Nothing of a model stands here, and of the customer the checked name alone.
"""

from __future__ import annotations

from streams.text import person_names

_TITLED = frozenset(("Dr", "Prof", "Mr", "Mrs", "Ms", "Mx"))
_GREETINGS = {
    "de": ("Hallo {},", "Guten Tag,"),
    "fr": ("Bonjour {},", "Bonjour,"),
    "es": ("Hola, {}:", "Hola:"),
    "it": ("Buongiorno {},", "Buongiorno,"),
    "nl": ("Hallo {},", "Goedendag,"),
    "pt": ("Olá, {},", "Olá,"),
}
"""With a name, and without. A title is English, so who has one is greeted without a name."""
_CLOSINGS = {
    "en": {
        "formal": "Kind regards,",
        "casual": "All the best,",
        "empathetic_professional": "Best regards,",
    },
    "de": {"formal": "Mit freundlichen Grüßen", "": "Viele Grüße"},
    "fr": {"": "Cordialement,"},
    "es": {"formal": "Atentamente,", "": "Un saludo,"},
    "it": {"": "Cordiali saluti,"},
    "nl": {"": "Met vriendelijke groet,"},
    "pt": {"": "Atenciosamente,"},
}
_SIGNATURE = "Support Team"


def greeting(name: str | None, tone: str, *, language: str = "en") -> str:
    """Return the greeting of a customer of this *name*; in English where we lack *language*."""
    spoken = _primary(language)
    if spoken not in _GREETINGS:
        return person_names.greeting(name, word="Dear" if tone == "formal" else "Hi")
    named, nameless = _GREETINGS[spoken]
    called = person_names.address(name)
    if not called or called.split()[0].rstrip(".") in _TITLED:
        return nameless
    return named.format(called)


def closing(tone: str, *, language: str = "en") -> str:
    """Return the closing line and the signature; in English where we lack *language*."""
    lines = _CLOSINGS.get(_primary(language), _CLOSINGS["en"])
    line = lines.get(tone) or lines.get("") or lines["empathetic_professional"]
    return f"{line}\n{_SIGNATURE}"


def _primary(language: str) -> str:
    """Return the language of a tag: `pt` of `pt-BR`."""
    return language.replace("_", "-").split("-")[0].lower()
