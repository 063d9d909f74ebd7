"""
A ticket in, its `Reading` out: the customer's own words, what kind of message, which signals.

Every later stage works on the reading and never on the raw message. Nothing here asks
a model. Time grows with the length alone: this is the first code that reads what a
stranger wrote.
"""

from __future__ import annotations

import re
from typing import Any

from schemas import IncomingTicket, Reading
from schemas.triage import Kind
from streams.language import language
from streams.markup import LOOKS_LIKE_HTML, see
from streams.patterns import Pattern
from streams.problems import is_polite, queries, sentences, without_greeting
from streams.quoting import own_words
from streams.signals import signals

_PREFIX = re.compile(
    r"\s*(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|rif|antw|odp|ynt|res|enc)(?:\[\d+\])?\s*[:：]"
    r"|\[[^\[\]]{0,60}#?\d+[^\[\]]{0,10}\]|\[external\])\s*",
    re.I,
)
_FORWARD = re.compile(r"\s*(?:re:\s*|aw:\s*)?(?:fwd?|wg|tr|rv|enc)\s*[:：]", re.I)
_WORD = re.compile(r"\w{2,}")

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
_AUTO_HEADERS = {"auto-submitted", "x-autoreply", "x-autorespond", "x-auto-response-suppress"}

_THANKS = Pattern(
    r"\b(?:thanks?|thank you|thx|ty|cheers|appreciated?|grateful|danke\w*|dank|merci|gracias"
    r"|grazie|obrigad[oa]"
    r"|bedankt|dank je|tack|takk?|dzięk\w+|dziękuję|děkuj\w+|спасибо|dank u|kiitos)\b"
    r"|ありがとう|谢谢"
    r"|感谢|감사|고마|شكرا|תודה",
)
_SETTLED = Pattern(
    r"\b(?:works?|working|worked|fixed|solved|resolved|sorted|perfect|great|awesome|excellent"
    r"|wonderful|brilliant|amazing"
    r"|all (?:good|set|fine)|super|prima|perfekt|funktioniert|geklappt|gelöst|erledigt|parfait"
    r"|résolu|perfecto|resuelto|funciona"
    r"|perfetto|risolto|opgelost|löst|you can close|close (?:this|the|my)|no further|made my day"
    r"|very helpful|helped)\b",
)
_UNSETTLED = Pattern(
    r"[?？؟]|n't\b|\b(?:but|however|still|not|cannot|cant|wont|except|although|unfortunately"
    r"|error|errors|again|instead|wrong|until|yet"
    r"|another|also|please|could|can|would|should|how|when|why|what|which|where|need|needs|want"
    r"|wait|waiting|in advance|refund|urgent"
    r"|fail\w*|nothing|never|aber|noch|nicht|leider|bitte|wie|wann|warum|voraus|kein\w*|mais"
    r"|encore|pas|pourriez|comment|d'avance"
    r"|pero|todavía|aún|cómo|por favor|antemano|ma|ancora|come|maar|nog|niet|hoe|graag|mas|ainda"
    r"|não)\b",
)
_CLOSING = re.compile(
    r"\b(?:you can|please|feel free to)? ?(?:close|mark)\b.{0,30}\b(?:ticket|case|request|this"
    r"|issue|solved|resolved)\b"
    r"|\bno (?:further|more|other) (?:questions?|issues?|problems?|help)\b.{0,20}"
    r"|\bnothing (?:else|more)\b.{0,20}",
)
_THANKS_LONGEST = 500
_CRY = Pattern(r"(?i)\b(?:help|assist|advise|hilfe)\b")
_NOTHING = re.compile(
    r"(?:this is )?(?:a |just a )?(?:test(?:ing)?|test (?:message|ticket|mail|e-?mail))\W*", re.I
)


def read(ticket: IncomingTicket) -> Reading:
    """
    Return the customer's own words of *ticket*, and what kind of message they are.

    The text is the message without markup, quoted history, signature and disclaimer, with
    the subject before it where that adds something; if nothing would be left, it is the
    uncut text. What is kept is kept as it was written. Never raises.
    """
    subject = _core(ticket.subject or "")
    body, hidden = _body(ticket)
    text = f"{subject}\n\n{body}".strip() if _adds(subject, body) else body
    kind = _kind(ticket, subject, body)
    return Reading(
        text=text,
        kind=kind,
        language=ticket.language or language(body or text),
        queries=queries(text) if kind == "question" else (),
        signals=signals(text, "\n".join((hidden, *_beside(ticket)))),
    )


def _body(ticket: IncomingTicket) -> tuple[str, str]:
    """Return the sender's own words, and what the markup hid."""
    raw = ticket.raw_message
    forwarded = bool(_FORWARD.match((ticket.subject or "")[:40]))
    is_html = "<" in raw and (ticket.body_format == "html" or LOOKS_LIKE_HTML.search(raw))
    if not (is_html or (ticket.body_format == "html" and "&" in raw)):
        return own_words(raw, with_history=forwarded), ""
    seen = see(raw, with_history=forwarded)
    if not seen.text:
        seen = see(raw, with_history=True)
    return own_words(seen.text, with_history=forwarded), seen.hidden


def _core(subject: str) -> str:
    """Return *subject* without `Re:`, `Fwd:` and a ticketing system's tag."""
    while match := _PREFIX.match(subject):
        subject = subject[match.end() :]
    return subject.strip()


def _adds(subject: str, body: str) -> bool:
    """Return whether *subject* has a word that the beginning of *body* lacks."""
    if not subject:
        return False
    return not _words(subject) <= _words(body[:4_000]) or not body


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _beside(ticket: IncomingTicket) -> list[str]:
    """Return what else of the ticket a model may get to read, and a stranger wrote."""
    earlier = [m.text for m in ticket.previous_messages if m.role == "customer"]
    return earlier + [a.text for a in ticket.attachments if a.text]


def _kind(ticket: IncomingTicket, subject: str, body: str) -> Kind:
    if _is_automatic(ticket, subject, body):
        return "auto_reply"
    is_reply = subject != (ticket.subject or "").strip()
    said = body if is_reply and body else f"{subject}\n{body}"
    if _is_thanks(said):
        return "thanks"
    return "empty" if _is_empty(said) and not ticket.attachments else "question"


def _is_automatic(ticket: IncomingTicket, subject: str, body: str) -> bool:
    """Return whether a machine answered us: by header (RFC 3834), subject, or wording."""
    headers: dict[str, Any] = {k.lower().replace("_", "-"): v for k, v in ticket.metadata.items()}
    if isinstance(nested := headers.get("headers"), dict):
        headers.update({str(k).lower(): v for k, v in nested.items()})
    if any(
        str(headers.get(name, "no")).lower() not in ("no", "none", "") for name in _AUTO_HEADERS
    ):
        return True
    said = body[:1_500].lower().replace("’", "'")
    return bool(_AUTO_SUBJECT.match(subject)) or _AUTO_BODY.is_in(said)


def _is_thanks(said: str) -> bool:
    """Return whether *said* thanks, or says that all is well, and asks and reports nothing."""
    if len(said) > _THANKS_LONGEST:
        return False
    said = said.lower().replace("’", "'")
    if not _THANKS.is_in(said) or _UNSETTLED.is_in(said := _CLOSING.sub(" ", said)):
        return False
    parts = [p for p in map(without_greeting, sentences(said)) if p]
    kind_words = [p for p in parts if _THANKS.is_in(p) or _SETTLED.is_in(p)]
    # what remains may be a name or two, or half a sentence of praise
    others = sum(len(p.split()) for p in parts if p not in kind_words and not is_polite(p))
    return any(map(_THANKS.is_in, kind_words)) and others <= 8


def _is_empty(said: str) -> bool:
    """Return whether *said* has no word beside a greeting and courtesy."""
    if len(said) > _THANKS_LONGEST:
        return not any(c.isalnum() for c in said)
    parts = map(without_greeting, sentences(said))
    rest = (p for p in parts if not is_polite(p) or _CRY.is_in(p))
    return not any(any(c.isalnum() for c in p) for p in rest) or bool(
        _NOTHING.fullmatch(said.strip())
    )
