"""
Addresses as they may be shown: without what may be a secret in them.

User and password stand before the `@`, and keys in the query. Both are hidden also where the
address is none: what was meant for another setting may be a password.
"""

from __future__ import annotations

import re

MASK = "********"
_WEB = re.compile(r"https?://\S+")
_USER = re.compile(r"(?<=://)[^/]*@|^(?!\w+://).*@", re.S)
"""Up to the last @ before a path; where no scheme stands, up to the last of all."""
_QUERY = re.compile(r"(?<=[?#]).+", re.S)


def without_secrets(address: str) -> str:
    """Return *address*, or several by comma, with user, password, query and fragment masked."""
    return _QUERY.sub(MASK, _USER.sub(f"{MASK}@", address))


def text_without_secrets(text: str) -> str:
    """Return *text* with all web addresses in it `without_secrets`."""
    return _WEB.sub(lambda found: without_secrets(found[0]), text)
