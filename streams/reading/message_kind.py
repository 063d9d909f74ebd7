"""
What kind of message is a ticket? Subject and the sender's own words in, a `MessageKind` out.

Whoever asks or reports something has a question; only what does neither is thanks, automatic or
empty. In doubt it is a question, which is the only kind that is looked up and answered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from schemas import IncomingTicket
from schemas.triage import MessageKind, Signal
from streams.reading import thanks
from streams.reading.questions import is_polite, without_greeting
from streams.text.patterns import Pattern
from streams.text.sentences import sentences

_AUTO_SUBJECT = re.compile(
    r"\s*(?:(?:automatic|automated) (?:reply|response)|auto[- ]?(?:reply|response|responder)"
    r"|out of (?:the )?office"
    r"|ooo|abwesenheits?\w*|automatische (?:antwort|abwesenheit\w*)|réponse automatique"
    r"|absence du bureau"
    r"|respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)"
    r"|automatisch antwoord|afwezig\w*|autosvar|frånvaro\w*|resposta automática|自動応答|自动回复"
    r"|자동 회신)\s*(?:[:：\]–—-]|$|re\b)"
    r"|\s*(?:undeliver(?:able|ed mail)|delivery status notification|mail delivery (?:failed"
    r"|failure|system|subsystem)"
    r"|delivery (?:has )?failed|failure notice|returned mail|unzustellbar|nicht zustellbar"
    r"|échec de la remise|no se puede entregar)",
    re.I,
)
_AUTO_BODY = Pattern(
    r"(?s)\bi(?:'m| am|'ll be| will be)(?: currently| presently"
    r"| away and)* (?:out of (?:the )?office|away from (?:the|my) (?:office|desk)"
    r"|on (?:annual|parental|maternity|paternity|sick|vacation) ?leave|on (?:vacation"
    r"|holiday)s?)\b.{0,300}"
    r"\b(?:return|back|until|till|urgent|contact|reply|respond|access)"
    r"|\bthis is an auto(?:mated|matic)[ -]?(?:reply|response|message|e-?mail)"
    r"|\bthis mailbox is (?:not|un)\s?monitored"
    r"|\b(?:ich bin|bin ich)\b.{0,80}\b(?:nicht im (?:büro|hause)|abwesend|außer haus"
    r"|im urlaub)\b.{0,300}\b(?:zurück|wieder|dringend|vertretung|wenden)"
    r"|\bje suis (?:actuellement )?(?:absente?|en congés?)\b.{0,300}\b(?:retour|urgence|contacter)"
    r"|\b(?:estoy|estaré) (?:actualmente )?(?:fuera de la oficina|de vacaciones|ausente)"
    r"|\bsono (?:attualmente )?(?:fuori (?:sede|ufficio)|in ferie|assente)\b"
    r"|\bik ben (?:\w+ )?(?:afwezig|met vakantie|niet aanwezig)\b"
    r"|\bthis is the mail system at host|\bdelivery to the following recipients? (?:has )?failed"
    r"|\byour message (?:couldn't|could not|wasn't|was not) (?:be )?delivered to"
    r"|\bcreated automatically by mail delivery"
)
_SYSTEM = Pattern(
    r"(?i)\b(?:mail(?:er)? (?:system|daemon|delivery)|postmaster|smtp|diagnostic|recipients?"
    r"|mailbox|mail server|status code|[45]\d\d[ -][45]\.\d\.\d)\b"
)
"""Words of a mail server's report. Its other lines may say anything."""
_OF_ABSENCE = Pattern(
    r"(?i)\b(?:office|away|absen\w+|leave|vacation|holidays?|return\w*|back|emergenc\w+"
    r"|(?:for|in|if it is|if) urgent|contact|reach\w*|repl\w+|respon\w+|respond\w*|e-?mails?"
    r"|mailbox|messages?|received|monitored|access|colleagues?|automat\w+|deliver\w*|forwarded"
    r"|büro|abwesen\w+|urlaub|zurück|wieder|dringenden|vertretung|wenden|nachricht\w*|mails|weitergeleitet|erreich\w+"
    r"|antwort\w*|congés?|absente?|retour|urgence|contacter|message|courriels?|réponse|répondr\w+"
    r"|oficina|vacaciones|ausente|regreso|vuelta|contactar|correos?|mensaje|responder\w*"
    r"|sede|ufficio|ferie|assente|rientro|urgenze|messaggio|contattare|risponder\w+|afwezig"
    r"|vakantie|terug|bericht)\b"
)
"""Words of the sentences in an automatic reply."""
_CANNOT_ANSWER = re.compile(
    r"(?i)\b(?:cannot|can't|can not|won't be able to|will not be able to|unable to|not able to"
    r"|may not|limited|no|not|do not|don't|delayed)\b[^.!?\n]{0,30}\b(?:e-?mails?|messages?|mailbox"
    r"|forwarded|monitored|calls?|respond|reply|answer|reach\w*|available|responses?|replies)\b"
)
_TELLS = Pattern(
    r"(?i)\b(?:i|we|my|our|me|us|you|your|it|they|is|are|was|were|ich|wir|mein\w*|unser\w*|mich|je|j'"
    r"|nous|mon|ma|mes|notre|yo|me|mi|nos|nuestr\w+|io|mia|mio|nostr\w+|ik|wij|mijn|ons)\b"
)
_ASKS = Pattern(
    r"(?i)[?？؟]|\bhow (?:do|can|could|to|long|much|many)\b|\b(?:can|could|would) you\b"
    r"|\bplease (?:help|fix|refund|cancel|reset|tell|explain|advise|check|stop|send (?:me|us))\b"
    r"|\b(?:wie|warum|wann) (?:kann|können|geht|lange|ist)\b|\b(?:bitte um|brauche|benötige\w*)\b"
    r"|\b(?:i|we) (?:need|want|would like)\b"
)
_TROUBLE = Pattern(
    r"(?i)\b(?:i|we|my|our|me|us|your)\b[^.!?\n]{0,60}(?:n't\b|\b(?:cannot|can not|unable|not"
    r"|charged|refund\w*|invoices?|errors?|broken|lost|locked|hacked|bounc\w+|fail\w*|missing|wrong"
    r"|cancel\w*|reset|crash\w*|stopped|problems?|vanished|gone|deleted|stolen)\b)"
    r"|\b(?:response|reply|message) problem\b"
    r"|\b(?:kann|können|konnte)\b[^.!?\n]{0,60}\bnicht\b|\bne (?:peux|peut|fonctionne|marche) pas\b"
    r"|\bno (?:puedo|podemos|funciona)\b|\bnon (?:riesco|posso|funziona)\b"
)
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST_WORDS = 4
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_READ = 1_500
"""Characters of a message that are searched for automatic wording and for other content."""
_AUTO_HEADERS = {"auto-submitted", "x-autoreply", "x-autorespond", "x-auto-response-suppress"}

_CRY = Pattern(r"(?i)\b(?:help|assist|advise|hilfe)\b")
_NOTHING = re.compile(
    r"(?:this is )?(?:a |just a )?(?:test(?:ing)?|test (?:message|ticket|mail|e-?mail))\W*", re.I
)


def kind(
    ticket: IncomingTicket, subject: str, body: str, *, is_reply: bool, signals: Sequence[Signal]
) -> MessageKind:
    """
    Return what kind of message *ticket* is.

    Args:
        subject: without `Re:` and the like.
        body: the sender's own words.
        is_reply: whether *subject* is of the mail that was replied to, and so not of this one.
        signals: a message that has one is not thanks.
    """
    if is_proven_automatic(ticket) or _is_automatic(subject, body):
        return "auto_reply"
    said = body if is_reply and body else f"{subject}\n{body}"
    if not signals and thanks.is_all_of(said):
        return "thanks"
    return "empty" if _is_empty(said) and not ticket.attachments else "question"


def is_proven_automatic(ticket: IncomingTicket) -> bool:
    """Return whether a header says that a machine sent *ticket* (RFC 3834)."""
    headers: dict[str, Any] = {k.lower().replace("_", "-"): v for k, v in ticket.metadata.items()}
    if isinstance(nested := headers.get("headers"), dict):
        headers.update({str(k).lower(): v for k, v in nested.items()})
    return any(
        str(headers.get(name, "no")).lower() not in ("no", "none", "") for name in _AUTO_HEADERS
    )


def _is_automatic(subject: str, body: str) -> bool:
    """Return whether *subject* or *body* is worded as machines do, and nothing is said beside."""
    said = body[:_READ].replace("’", "'")
    title = _AUTO_SUBJECT.match(subject)
    if not title and not _AUTO_BODY.is_in(said.lower()):
        return False
    said = _LINK.sub(" ", said)
    if _ASKS.is_in(f"{subject}\n{said}"):
        return False
    return _SYSTEM.is_in(said) or not any(map(_is_beside, sentences(said)))


def _is_beside(sentence: str) -> bool:
    """Return whether *sentence* tells something that an automatic reply would not."""
    if _TROUBLE.is_in(_CANNOT_ANSWER.sub(" ", sentence)):
        return True
    said = without_greeting(sentence)
    if len(_WORD.findall(said)) < _FEWEST_WORDS:
        return False
    return _TELLS.is_in(said) and not (_OF_ABSENCE.is_in(said) or is_polite(said))


def _is_empty(said: str) -> bool:
    """Return whether *said* has no word beside a greeting and courtesy."""
    if len(said) > thanks.LONGEST:
        return not any(c.isalnum() for c in said)
    parts = map(without_greeting, sentences(said))
    rest = (p for p in parts if not is_polite(p) or _CRY.is_in(p))
    return not any(any(c.isalnum() for c in p) for p in rest) or bool(
        _NOTHING.fullmatch(said.strip())
    )
