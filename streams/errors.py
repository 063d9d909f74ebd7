"""
Errors, sorted by what we do about them.

* TicketError
  x Unprocessable   the message is at fault  -> dead-letter it, go on
  x Unavailable     the world is at fault    -> wait, try the same one again
    - Refused       ... and a person must mend it: credentials or quota are refused
  x BadAnswer       the model is at fault    -> one repair, then the embedded step
* ConfigurationError  a person must mend a setting, file or topic -> say how, and end

No message of these contains customer text, names, addresses or keys.
"""

from __future__ import annotations

from pydantic import ValidationError


class TicketError(Exception):
    """A ticket cannot go on as it is."""


class Unprocessable(TicketError):
    """The message is at fault: it goes to the dead letters, and the next one goes on."""


class Unavailable(TicketError):
    """Something we depend on is away: the ticket waits and is tried again."""


class Refused(Unavailable):
    """Credentials or quota are refused: a person must mend it, and the ticket waits for that."""


class BadAnswer(TicketError):
    """A model answered something that does not fit."""


class ConfigurationError(Exception):
    """A setting, file or topic is wrong. The message says which, and how to mend it."""


def fields_at_fault(error: ValidationError) -> str:
    """
    Return *error* as `field: reason; ...`, without any of the values.

    A reason may come from a validator of ours, which never repeats a value either.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(map(str, e['loc'])) or 'message'}: {e['msg']}" for e in found[:10]]
    more = [f"and {len(found) - 10} more"] if len(found) > 10 else []
    return "; ".join(shown + more)
