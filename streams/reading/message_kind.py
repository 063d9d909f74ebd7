"""
Tells a message's kind, a `MessageKind`, from its subject and the sender's own words.

Whoever asks or reports something has a question; only what does neither is thanks, automatic or
empty. In doubt it is a question, which is the only kind that is looked up and answered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from schemas import IncomingTicket
from schemas.triage import MessageKind, Signal
from streams.reading.courtesy import Courtesy
from streams.reading.phrase_lists import PhraseList, Section, any_of
from streams.reading.thanks import LONGEST, Thanks
from streams.text.patterns import Pattern
from streams.text.sentences import sentences

_WORD = re.compile(r"[^\W\d_]+")
_FEWEST_WORDS = 4
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_READ = 1_500
"""Characters of a message that are searched for automatic wording and for other content."""
_AUTO_HEADERS = {"auto-submitted", "x-autoreply", "x-autorespond", "x-auto-response-suppress"}


class KindPhrases(Section):
    """How machines reply, what people say beside it, and how one tries whether a mail arrives."""

    automatic_subjects: PhraseList
    undelivered_subjects: PhraseList
    automatic: PhraseList
    mail_server: PhraseList
    absence: PhraseList
    cannot_answer: PhraseList
    tells: PhraseList
    asks: PhraseList
    trouble: PhraseList
    calls_for_help: PhraseList
    tests: PhraseList


class MessageKinds:
    """Tells what kind of message a ticket is."""

    def __init__(self, phrases: KindPhrases, *, thanks: Thanks, courtesy: Courtesy) -> None:
        """
        Args:
            phrases: how machines reply, and people do not.
        """
        self._thanks, self._courtesy = thanks, courtesy
        self._subject = re.compile(
            rf"\s*{any_of(phrases.automatic_subjects)}\s*(?:[:：\]–—-]|$|re\b)"
            rf"|\s*{any_of(phrases.undelivered_subjects)}",
            re.I,
        )
        self._automatic = Pattern(f"(?s){any_of(phrases.automatic)}")
        self._mail_server = _words(phrases.mail_server)
        self._absence = _words(phrases.absence)
        self._cannot_answer = re.compile(any_of(phrases.cannot_answer), re.I)
        self._tells = _words(phrases.tells)
        self._asks = Pattern(f"(?i)[?？؟]|{any_of(phrases.asks)}")
        self._trouble = Pattern(f"(?i){any_of(phrases.trouble)}")
        self._calls_for_help = _words(phrases.calls_for_help)
        self._test = re.compile(rf"{any_of(phrases.tests)}\W*", re.I)

    def of(
        self,
        ticket: IncomingTicket,
        subject: str,
        body: str,
        *,
        is_reply: bool,
        signals: Sequence[Signal],
    ) -> MessageKind:
        """
        Return what kind of message *ticket* is.

        Args:
            subject: without `Re:` and the like.
            body: the sender's own words.
            is_reply: whether *subject* is of the mail that was replied to, and so not of this one.
            signals: a message that has one is not thanks.
        """
        if is_proven_automatic(ticket) or self._is_automatic(subject, body):
            return "auto_reply"
        said = body if is_reply and body else f"{subject}\n{body}"
        if not signals and self._thanks.is_all_of(said):
            return "thanks"
        return "empty" if self._is_empty(said) and not ticket.attachments else "question"

    def _is_automatic(self, subject: str, body: str) -> bool:
        """Return whether *subject* or *body* is worded as by a machine, with nothing beside."""
        said = body[:_READ].replace("’", "'")
        title = self._subject.match(subject)
        if not title and not self._automatic.is_in(said.lower()):
            return False
        said = _LINK.sub(" ", said)
        if self._asks.is_in(f"{subject}\n{said}"):
            return False
        return self._mail_server.is_in(said) or not any(map(self._is_beside, sentences(said)))

    def _is_beside(self, sentence: str) -> bool:
        """Return whether *sentence* tells something that an automatic reply would not."""
        if self._trouble.is_in(self._cannot_answer.sub(" ", sentence)):
            return True
        said = self._courtesy.without_greeting(sentence)
        if len(_WORD.findall(said)) < _FEWEST_WORDS:
            return False
        if self._absence.is_in(said) or self._courtesy.is_polite(said):
            return False
        return self._tells.is_in(said)

    def _is_empty(self, said: str) -> bool:
        """Return whether *said* has no word beside a greeting and courtesy."""
        if len(said) > LONGEST:
            return not any(c.isalnum() for c in said)
        if self._test.fullmatch(said.strip()):
            return True
        parts = map(self._courtesy.without_greeting, sentences(said))
        return not any(any(map(str.isalnum, part)) for part in parts if self._counts(part))

    def _counts(self, part: str) -> bool:
        """Return whether *part* of a message is more than courtesy, or calls for help."""
        return not self._courtesy.is_polite(part) or self._calls_for_help.is_in(part)


def is_proven_automatic(ticket: IncomingTicket) -> bool:
    """Return whether a header says that a machine sent *ticket* (RFC 3834)."""
    headers: dict[str, Any] = {k.lower().replace("_", "-"): v for k, v in ticket.metadata.items()}
    if isinstance(nested := headers.get("headers"), dict):
        headers.update({str(k).lower(): v for k, v in nested.items()})
    return any(
        str(headers.get(name, "no")).lower() not in ("no", "none", "") for name in _AUTO_HEADERS
    )


def _words(phrases: PhraseList) -> Pattern:
    """Return the pattern of any of *phrases* as whole words."""
    return Pattern(rf"(?i)\b{any_of(phrases)}\b")
