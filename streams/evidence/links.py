"""Links in a text, and whose links an article vouches for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+", re.I)
_SERVICE = frozenset(
    ("app", "docs", "faq", "help", "helpcenter", "kb", "knowledge", "learn", "support", "www")
)


def links(text: str) -> list[str]:
    """Return the links in *text*: addresses with a scheme or `www.`."""
    return [found.rstrip(".,;:!?") for found in _URL.findall(text)]


def same_site(link: str, url: str) -> bool:
    """
    Return whether *link* leads to the site of the article at *url*, or beside it.

    `help.corp.com` vouches for `corp.com` and all below it; `corp.zendesk.com`, whose
    first part names no service, only for itself.
    """
    home = _host(url)
    label, _, parent = home.partition(".")
    site = parent if label in _SERVICE and "." in parent else home
    host = _host(link)
    return bool(site) and (host == site or host.endswith(f".{site}"))


def leads_elsewhere(link: str, url: str) -> bool:
    """
    Return whether *link* names a host that the article at *url* does not vouch for.

    An article without an address has none to compare: it vouches for what it says.
    """
    return bool(url) and "." in _host(link) and not same_site(link, url)


def _host(url: str) -> str:
    try:
        return (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".")
    except ValueError:
        return ""
