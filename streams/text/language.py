"""
In which language is a text? By py3langid, and without asking it where that is plain.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from babel.core import Locale, parse_locale
from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SURE = 0.6
"""Probability below which py3langid's language is a guess; it is calibrated across lengths."""
CONSIDERED = 160
"""Characters that the language is told from; more change nothing and cost 0.2 µs each."""


_CACHED_TEXTS = 4_096
"""Beginnings of texts whose languages are kept: of articles and drafts, the same ones again."""


def language(text: str) -> str:
    """Return the language of *text*, or `und` where it is too short to tell."""
    return _told(text[:CONSIDERED])


@lru_cache(maxsize=_CACHED_TEXTS)
def _told(text: str) -> str:
    if _is_plainly_english(text):
        return "en"
    found, probability = _identifier().classify(text)
    return str(found) if probability >= _SURE else "und"


def primary_language(tag: str | None) -> str:
    """Return the language of *tag* without script and region: `pt` of `pt-BR`; `und` of none."""
    return (tag or "").replace("_", "-").partition("-")[0].lower() or "und"


def language_tag(tag: str) -> str:
    """Return language, script and territory of *tag* as CLDR knows them; `und` if it does not."""
    try:
        language, territory, script, *_ = parse_locale(tag.strip().replace("_", "-"), sep="-")
    except ValueError:
        return "und"
    names = Locale("en")
    if language not in names.languages:
        return "und"
    known = ((script, names.scripts), (territory, names.territories))
    return "-".join((language, *(part for part, among in known if part and part in among)))


def _is_plainly_english(text: str) -> bool:
    """Return whether a fifth of *text*'s words, four different ones at least, are only English."""
    said = text.lower().split()
    english = [word for word in said if word in _ONLY_ENGLISH]
    return text.isascii() and len(set(english)) >= 4 and 5 * len(english) >= len(said)


_ONLY_ENGLISH = frozenset(
    """
    the and you your my this that these those there with what how why when where which can could
    would should have has been are from our they their it i'm i've we're don't can't didn't isn't
    does did please after about because
    """.split()  # noqa: SIM905  # words read better than a column of strings
)
"""Most mail is English and says so by these; py3langid's tables are 40 MB that no cache holds."""


def load_identifier() -> None:
    """Load what the first text that is not plainly English would wait for: up to seconds."""
    _identifier()


@cache
def _identifier() -> Any:
    """Return py3langid's own model, with probabilities; `py3langid.classify` gives none."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
