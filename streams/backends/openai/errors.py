"""A server's errors as ours, sorted by what is to be done about them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from streams.backends.openai.refused_parameters import (
    NEW_NAMES,
    error_words,
    is_about_all,
    refused_of,
)
from streams.backends.openai.reply import ErrorReply
from streams.errors import RateLimited, Refused, TicketError, Unavailable
from streams.tls_files import untrusted


class TooLong(TicketError):
    """The prompt does not fit into the model's context."""


class Filtered(TicketError):
    """A filter of the server does not let this ticket, or what is answered to it, pass."""


class Misgenerated(TicketError):
    """The server itself has found that the model's answer does not fit its schema."""

    def __init__(self, text: str) -> None:
        """*text*: the answer."""
        super().__init__("the answer does not fit")
        self.text = text


class Rejected(TicketError):
    """The server finds the request wrong (400, 422, ...)."""

    def __init__(self, own: frozenset[str] = frozenset(), refusal: str = "") -> None:
        """
        Args:
            own: names of what we have sent unasked and the server does not take.
            refusal: what a person has to mend if the request is rejected in every form.
        """
        super().__init__("the server rejects the request")
        self.own, self.refusal = own, refusal


@contextmanager
def errors_translated(
    parameters: Collection[str] = (), own: Collection[str] = ()
) -> Iterator[None]:
    """
    Turn whatever a call raises into ours. No message is kept: it may quote us.

    Args:
        parameters: names of those that the operator has set; to refuse one is a refusal.
        own: names of what is sent unasked, which can be left out.
    """
    try:
        yield
    except TicketError:
        raise
    except Exception as error:
        raise _translated(error, parameters, own) from None


def _translated(error: Exception, parameters: Collection[str], own: Collection[str]) -> Exception:
    """Return *error* as one of ours. What is not a server's answer counts as none."""
    if isinstance(error, ErrorReply):
        return _sorted(error.status, error.body, None, parameters, own)
    if isinstance(error, openai.APIStatusError):
        seconds = _seconds(error.response)
        return _sorted(error.status_code, error.body, seconds, parameters, own)
    if why := untrusted(error):
        return Refused(
            f"the server's certificate is not trusted ({why})",
            mend="set TICKETSTREAM_OPENAI_CA_FILE to the PEM file of the authority that signed"
            " it, and TICKETSTREAM_OPENAI_BASE_URL to a host that it names",
        )
    late = isinstance(error, (openai.APITimeoutError, TimeoutError))
    return Unavailable("the server took too long" if late else "the server did not answer")


def _sorted(
    status: int,
    body: Any,
    retry_after: float | None,
    parameters: Collection[str],
    own: Collection[str],
) -> Exception:
    """Return what a server means by *status* and *body*."""
    said = error_words(body)
    if about := _about_this_ticket(status, body, said) or _about_parameters(
        status, body, said, parameters, own
    ):
        return about
    told = next((why for pattern, why in _REFUSALS.items() if re.search(pattern, said)), None)
    refusal = _REFUSED_BY.get(status) or (told if status in (400, 429) else None)
    if refusal:
        return Refused(_MODEL if refusal == _PATH and _NO_MODEL.search(said) else refusal)
    if status in (400, 422):
        return TooLong() if _NO_ROOM.search(said) else Rejected()
    if status in (415, 501) or (status == 500 and _FORMAT.search(said)):
        return Rejected()
    kind = RateLimited if status == 429 else Unavailable
    return kind(f"the server answered {status}", retry_after=retry_after)


def _about_this_ticket(status: int, body: Any, said: str) -> Exception | None:
    """Return the error if it is about what was asked: another ticket may pass."""
    if status in (400, 403, 422, 451) and _FILTERED.search(said):
        return Filtered()
    if status == 400 and "json_validate_failed" in said:
        text = body.get("failed_generation") if isinstance(body, dict) else None
        return Misgenerated(text if isinstance(text, str) else "")
    if status == 413 or (status == 429 and _TOO_LARGE.search(said)):
        return TooLong()
    return None


def _about_parameters(
    status: int, body: Any, said: str, parameters: Collection[str], own: Collection[str]
) -> Exception | None:
    """Return the error if it is about a parameter that we have sent, or the operator."""
    if status not in _ABOUT_PARAMETERS and not (status == 404 and is_about_all(said)):
        return None
    if found := refused_of(body, own):
        return Rejected(own=found)
    found = refused_of(body, parameters)
    refusal = _parameters_refused(found) if found else ""
    if status == 404:  # which may be about the form of the answer
        return Rejected(refusal=refusal or _PATH)
    return Refused(refusal) if refusal else None


def _parameters_refused(names: Collection[str]) -> str:
    """Return how to mend that the server refuses *names*, which the operator has set."""
    which = " and ".join(
        f"{name!r} (it may be called {NEW_NAMES[name]!r})" if name in NEW_NAMES else repr(name)
        for name in sorted(names)
    )
    return f"the server refuses {which}: mend TICKETSTREAM_OPENAI_PARAMETERS"


_ABOUT_PARAMETERS = (400, 422, 500, 501)
"""Statuses with which servers refuse a parameter: llama.cpp with 500."""
_NO_ROOM = re.compile(
    r"context.{0,20}(?:length|window|size)|too (?:long|many tokens)|max.{0,9}tokens", re.I
)
_FORMAT = re.compile(r"response_format|json_schema|json_object")
"""Some servers answer 500 to a form of answer that they do not know."""
_FILTERED = re.compile(
    r"content.?filter|content.?policy|content management policy|responsible.?ai|was flagged"
    r"|violates (?:\w+ ){0,3}(?:guidelines|polic)|safety_check|data_inspection_failed",
    re.I,
)
"""In the words of OpenAI, Azure, OpenRouter, xAI, LiteLLM, Alibaba."""
_TOO_LARGE = re.compile(r"request too large", re.I)
_NO_MODEL = re.compile(r"\bmodel\b.{0,80}(?:not found|does not exist|not exist)", re.I)
_MODEL = "the server lacks the model: set TICKETSTREAM_OPENAI_MODEL to the name of one that it has"
_PATH = (
    "the server lacks the path or the model: set TICKETSTREAM_OPENAI_BASE_URL, which ends with /v1"
    " at most servers, or TICKETSTREAM_OPENAI_MODEL"
)
_KEY = "the server refuses the key: set TICKETSTREAM_OPENAI_API_KEY_FILE or _API_KEY"
_CREDIT = "the account has no credit, or its quota is used up"
_REFUSED_BY = {401: _KEY, 402: _CREDIT, 403: _KEY, 404: _PATH, 405: _PATH}
"""How to mend it, by status."""
_REFUSALS = {
    r"insufficient_quota|billing_(?:not_active|hard_limit)|account_deactivated": _CREDIT,
    r"model_not_found": _MODEL,
    r"(?i)invalid.api.key|api key (?:is )?(?:not valid|invalid|expired)": _KEY,
}
"""The same by what is said with 400 or 429; servers differ in where they say it."""


def _seconds(response: Any) -> float | None:
    """Return the seconds of `Retry-After`, which may be a number or a date (RFC 9110)."""
    asked = str(response.headers.get("retry-after", "")).strip()
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(asked)
        return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
