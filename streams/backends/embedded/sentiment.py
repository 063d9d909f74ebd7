"""
How a customer feels, from what he writes: satisfied, neutral, frustrated.

Counts words, capitals, punctuation, and how often he had to ask. A negation within three
words turns a word of praise round. The words are ours, in English and six more languages.
"""

from __future__ import annotations

import re

from schemas.triage import Sentiment
from streams.text.patterns import Pattern

_CONSIDERED = 2_000
_FRUSTRATED_FROM = 1.0
_SATISFIED_FROM = 1.0

_ANGRY = Pattern(
    r"\b(?:unacceptable|ridiculous|terrible|horrible|awful|disgusting|disgrace\w*|outrageous"
    r"|pathetic|useless|worthless"
    r"|furious|angry|livid|fed up|sick of|sick and tired|tired of|frustrat\w+|infuriat\w+"
    r"|appall\w+|disappoint\w+|annoy\w+"
    r"|scam\w*|rip-?off|theft|stealing|stole|joke|nightmare|worst|incompeten\w+|shame\w*|rubbish"
    r"|crap|damn|wtf|bullshit|hell"
    r"|lost (?:all )?(?:trust|faith|patience)|waste of (?:time|money)|losing (?:money|customers"
    r"|patience|sales)|unbelievable|absurd"
    r"|had enough|enough is enough|never again|not good enough|cancel(?:ling)? everything|demand\w*"
    r"|unverschämt\w*|inakzeptabel|frech\w*|wütend|sauer|ärger\w*|enttäuscht|katastroph\w*"
    r"|unmöglich|frechheit|lächerlich"
    r"|inacceptable|scandaleux|honteux|furieu\w+|déçue?|ras-le-bol|inadmissible|inaceptable"
    r"|indignad[oa]|vergüenza|pésim[oa]|decepcionad[oa]"
    r"|hart[oa]|inaccettabile|vergogn\w+|pessim[oa]|delus[oa]|onacceptabel|belachelijk"
    r"|schandalig|teleurgesteld|inaceitável|absurdo)\b",
)
_AGAIN = Pattern(
    r"\b(?:(?:second|third|fourth|fifth|2nd|3rd|4th|5th|\d+th) (?:time|mail|message|e-?mail|ticket"
    r"|request|attempt|reminder)"
    r"|(?:still|yet) (?:no|not|waiting|nothing|haven't|hasn't|have not|broken|unresolved|fail\w*"
    r"|doesn't|does not|do not|don't|cannot|can't|isn't|is not|down)"
    r"|no (?:one|body) (?:has )?(?:answer|respond|repl|help|car)\w*"
    r"|no (?:reply|response|answer|help)|nobody (?:\w+ )?(?:answers|replies|responds|cares)"
    r"|(?:yet|once) again|again and again|over and over"
    r"|already (?:contacted|written|wrote|asked|reported|told|e-?mailed|explained|sent)"
    r"|how (?:many times|much longer|long (?:do|must|will|should))"
    r"|(?:ignored|ignoring)|(?:for|since) (?:\w+ ){0,2}(?:days|weeks|months)|any update"
    r"|keeps? happening|every (?:single )?time|wait(?:ing|ed) (?:for )?(?:\w+ )?(?:days|weeks"
    r"|months)"
    r"|(?:zweite|dritte|vierte) (?:mail|e-mail|nachricht|anfrage)|schon wieder|noch immer"
    r"|(?:deuxième|troisième|quatrième|énième) (?:fois|mail|e-mail|message|relance)|à nouveau"
    r"|(?:segunda|tercera|cuarta|segundo|tercer|terceira|terceiro) (?:vez|correo|mensaje|e-?mail"
    r"|mensagem)|ainda não|de novo|outra vez|(?:seconda|terza|terzo|ennesima) (?:volta|mail|e-?mail"
    r"|messaggio)|ancora non|di nuovo|(?:tweede|derde|vierde|zoveelste) (?:keer|mail|e-mail"
    r"|bericht)"
    r"|alweer|zum (?:zweiten|dritten|vierten|wiederholten) mal|immer noch|seit (?:tagen|wochen"
    r"|monaten)"
    r"|keine antwort|toujours pas|aucune réponse|depuis des (?:jours|semaines)"
    r"|sigo sin|todavía no|otra vez|nadie (?:me )?responde|ancora nessun\w*|nog steeds)\b",
)
_PLEASED = Pattern(
    r"\b(?:love|loving|great|excellent|fantastic|awesome|amazing|wonderful|perfect\w*|brilliant"
    r"|happy|pleased|delighted|impressed|superb"
    r"|thank(?:s| you) so much|many thanks|really appreciate|very helpful|works (?:great"
    r"|perfectly|like a charm)|good (?:job|work)|well done|kudos|enjoy\w*"
    r"|begeistert|großartig|super|toll\w*|ausgezeichnet|zufrieden|perfekt|parfait\w*|génial\w*"
    r"|excellent\w*|satisfait\w*|ravie?|excelente|encant\w+|perfecto"
    r"|genial|content[oa]|ottim[oa]|perfetto|fantastic[oa]|geweldig|uitstekend|tevreden|ótimo"
    r"|adoro)\b",
)
_TROUBLE = Pattern(
    r"\b(?:n't|not|cannot|error\w*|fail\w*|broken|wrong|issue\w*|problem\w*|crash\w*|lost"
    r"|missing|refund|however|but|unable|nicht|fehler|kaputt|pas|erreur|problème|error|non"
    r"|niet)\b|n't\b",
)
_NEGATED = re.compile(
    r"(?:\b(?:not|never|no|isn't|wasn't|aren't|hardly|far from|would be|would have been|nicht"
    r"|kein\w*|pas|no|non|niet)|n't)\W+(?:\w+\W+){0,2}$"
)
_CAPITALS = Pattern(r"[A-Z]{4}")
_SHOUTED = re.compile(r"(?<![\w.-])[A-Z]{4,}(?![\w.-])")
_MARKS = Pattern(r"[!?]{2,}|!")
_HAPPY_FACES = Pattern(r"[😀😁😃😄😊🙂😍🥰👍🎉❤🙏💯]|\B[:;]-?[)d]")
_ANGRY_FACES = Pattern(r"[😠😡🤬😤👎💢🙄😒]|\B:-?\(")


def sentiment(text: str) -> Sentiment:
    """Return how the writer of *text* feels. Only its first 2,000 characters count."""
    written = text[:_CONSIDERED]
    text = written.lower().replace("’", "'")
    anger = _anger(text, written)
    if anger >= _FRUSTRATED_FROM:
        return "frustrated"
    pleased = _unnegated(_PLEASED, text) + _count(_HAPPY_FACES, text)
    if pleased - anger - 0.5 * _count(_TROUBLE, text) >= _SATISFIED_FROM:
        return "satisfied"
    return "neutral"


def _anger(text: str, written: str) -> float:
    """Return a weight of evidence for frustration; 1 and more is enough by itself."""
    marks = sum(
        0.5 if len(m[0]) > 2 else 0.3 if len(m[0]) > 1 else 0.15 for m in _MARKS.finditer(text)
    )
    return (
        _unnegated(_ANGRY, text)
        + 0.6 * _count(_AGAIN, text)
        + min(0.7, marks)
        + min(0.7, _shouting(written))
        + _count(_ANGRY_FACES, text)
    )


def _count(words: Pattern, text: str) -> int:
    return sum(1 for _ in words.finditer(text))


def _unnegated(words: Pattern, text: str) -> int:
    return sum(
        not _NEGATED.search(text[max(0, m.start() - 40) : m.start()]) for m in words.finditer(text)
    )


def _shouting(text: str) -> float:
    """Return 0.25 for each shouted word; one alone may be an acronym."""
    if not _CAPITALS.is_in(text):
        return 0.0
    shouted = [w for w in _SHOUTED.findall(text) if w not in _ACRONYMS]
    return 0.25 * len(shouted) if len(shouted) > 1 else 0.0


_ACRONYMS = frozenset(
    """
    HTTP HTTPS JSON SAML SCIM HTML SMTP IMAP OAUTH TOTP IBAN GDPR DSGVO CORS NULL UUID REST YAML
    """.split()  # noqa: SIM905  # words read better than a column of strings
)
