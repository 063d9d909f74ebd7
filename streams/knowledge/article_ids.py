"""An id for an article whose owner gave it none: from its address, or from where its file is."""

from __future__ import annotations

import os
import re
import unicodedata
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LONGEST = 64
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_MARK = 8
"""Characters of a hash that sets apart two names of which too little would be left."""


def id_of_name(name: str) -> str:
    """
    Return *name* as a doc_id: `Refund policy` is `Refund-policy`.

    Letters lose their accents, and what cannot stand in an id becomes a hyphen. A name that is
    too long, or that has letters of another script, ends in a hash of all of it.
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    made = _UNFIT.sub("-", plain).strip("-.")
    if made and len(made) <= _LONGEST and not any(c.isalnum() and not c.isascii() for c in plain):
        return made
    mark = sha256(name.encode(errors="surrogatepass")).hexdigest()[:_MARK]
    return f"{made[: _LONGEST - _MARK - 1]}-{mark}".lstrip("-")


_INDEX = re.compile(r"_?index(?=\.|\Z)|readme(?=\.|\Z)", re.I)


def name_of_file(file: Path, given: Path) -> str:
    """
    Return what the article in *file* is called, which was found at the path *given*.

    That is the file's name without its suffix. An `index`, `_index` or `README` stands for its
    folder, so it is called like that: by the path from the folder that was given, or by that
    folder's own name if it lies right there. `billing/index.de.md` is `billing.de`.
    """
    index = _INDEX.match(file.stem)
    if index is None:
        return file.stem
    root = file.parent if file == given else given
    within = file.parent.relative_to(root).as_posix()
    folder = Path(os.path.abspath(root)).name if within == "." else within
    return folder + file.stem[index.end() :] if folder else file.stem


def id_of_url(url: str) -> str | None:
    """
    Return the doc_id of the page at *url*, from its path and query, or None without both.

    `https://help.example/billing/refunds.html` is `billing-refunds`. Of the query, parameters that
    only track who came are left out; the others may tell which page it is, as in `?id=42`. A
    fragment is a place in the page, and left out.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", ""):
        return None
    path = re.sub(r"(?:/index)?\.html?$|/+$", "", parts.path, flags=re.I)
    query = "&".join(one for one in parts.query.split("&") if one and not _TRACKING.match(one))
    told = unquote(f"{path}?{query}" if query else path).strip("/?")
    return id_of_name(told) if told else None


_TRACKING = re.compile(
    r"(?:utm(?:_\w+)?|(?:pk|piwik|mtm|matomo|hsa|oly|vero)_\w+|_hs\w+|mc_[ce]id|mkt_tok|_g[al]|_ke"
    r"|[gdfytw]{1,2}clid|[gw]braid|fbclid|msclkid|igsh(?:id)?|li_fat_id|hsctatracking|trk)(?:=|\Z)",
    re.I,
)
"""Parameters by which mail, advertisement and statistics tell who came."""


def is_web_address(url: str) -> bool:
    """Say whether a reader can follow *url* from anywhere: a whole http(s) address, no script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_one_word = url.isprintable() and " " not in url
    return is_one_word and parts.scheme in ("http", "https") and bool(parts.hostname)
