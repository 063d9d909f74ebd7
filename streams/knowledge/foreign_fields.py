"""
Whether a field of another tool says that a page is not public.

Tools say so in fields such as `visibility`, `status` or `draft`. We heed none of them, so an
article with one is refused unless its value is known to mean public. Tags and labels are about
anything: of these only the values count that are known to mean *not* public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

_READERS = {
    *("audience", "visibility", "visible", "visibleto", "visiblefor", "viewableby", "viewers"),
    *("readers", "access", "accesslevel", "accessrights", "accesscontrol", "permission"),
    *("permissions", "allowedroles", "restrictedto", "sharedwith", "sharing", "privacy"),
    *("classification", "sensitivity", "confidentiality"),
}
"""Fields that say who may read a page, or how secret it is."""
_EVERYBODY = {
    *("public", "publicaccess", "generalpublic", "published", "publish", "everyone", "everybody"),
    *("anyone", "anybody", "all", "allusers", "world", "open", "free", "anonymous", "unrestricted"),
    *(
        "unclassified",
        "customer",
        "customers",
        "external",
        "guest",
        "guests",
        "visitor",
        "visitors",
    ),
    *("enduser", "endusers", "visible", "listed", "live", "online", "true", "yes", "on", "1"),
}

_STATUS = {
    *("status", "state", "publishstatus", "publicationstatus", "workflowstate"),
    *("reviewstatus", "approvalstatus"),
}
_OUT = _EVERYBODY | {
    *("active", "current", "final", "approved", "released", "verified", "complete", "completed"),
    *("done", "stable", "ok", "updated", "new"),
}
"""What a status says of a page that is out."""

_OUT_SINCE = {
    *("public", "published", "publish", "publishdate", "publishat", "publishon", "publishedat"),
    *("publishedon", "publisheddate", "publishedtime", "datepublished", "pubdate"),
    *("publicationdate", "releasedate", "golive", "listed", "indexable"),
}
"""Fields that say whether a page is out, or since when."""
_MAY_BE_LATER = {"date", "embargo", "embargountil"}
"""Fields that keep a page back if they are a date in the future."""
_OUT_UNTIL = {
    *("expires", "expiresat", "expireson", "expiry", "expirydate", "expirationdate"),
    *("expirationtime", "unpublishdate", "unpublishat", "unpublishon"),
}

_MARKS = {
    *("internal", "internaluse", "private", "confidential", "restricted", "secret", "draft"),
    *("hidden", "unlisted", "unpublished", "nonpublic", "notpublic", "donotpublish", "archived"),
    *("expired", "retired", "obsolete", "deleted", "trashed", "withdrawn", "embargoed", "noindex"),
    *("wip", "protected", "loginrequired", "requireslogin", "authrequired", "requiresauth"),
    *("signinrequired", "password", "passwordprotected"),
    *("intern", "vertraulich", "geheim", "entwurf", "versteckt", "interne", "confidentiel"),
    *("brouillon", "interno", "confidencial", "privado", "borrador", "riservato", "bozza"),
    *("vertrouwelijk",),
}
"""What says by itself that a page is not public: as a field with a yes, or as a tag."""
_STAFF = {"staff", "employee", "employees"}
_GROUPS = _STAFF | {
    *("agent", "agents", "team", "teams", "member", "members"),
    *("admin", "admins", "partner", "partners", "support", "company", "colleagues"),
}
"""Who may read what is not for everybody."""
_FOR_A_GROUP = {f"{group}only" for group in _GROUPS}
_NO = {"false", "no", "off", "0", "never", "none", "nein", "non", ""}

_TAGS = {"tag", "tags", "label", "labels", "scope", "publication"}
_SHARED = {"role", "roles", "group", "groups", "usergroups", "share", "onlyfor", "intendedfor"}
"""Fields that may name readers, and name other things, too."""
_IF_YES = _GROUPS | {"embargo", "hide"}
"""Fields that say it with a yes alone: `hide: [toc]` is about a part of the page."""
_ROBOTS = {"robots", "googlebot", "xrobotstag"}


def says_not_public(name: str, value: object) -> bool:
    """Say whether field `name: value` plainly says that a page is not public."""
    key = _key(name)
    told = set(_each_told(value))
    if key in _ROBOTS:
        return bool(told & {"noindex", "none"})
    if key in _READERS | _STATUS | _SHARED:
        whole = {_letters(part) for one in _values(value) for part in _parts(str(one))}
        no = set() if key in _SHARED else _NO
        return bool(told & (_MARKS | _STAFF) or whole & (_GROUPS | _FOR_A_GROUP | no))
    if key in _TAGS:
        return bool(told & (_MARKS | _STAFF | _FOR_A_GROUP))
    if key in _OUT_SINCE:
        return bool(told & (_MARKS | _NO - {""})) or _is_later(value)
    if key in _MAY_BE_LATER and _is_later(value):
        return True
    if key in _OUT_UNTIL:
        return any(at <= datetime.now(UTC) for at in _times(value))
    return _is_marked(key, value)


def leaves_open(name: str, value: object) -> bool:
    """Say whether field `name: value` is about who may read a page, and not known to mean all."""
    key = _key(name)
    if key in _OUT_SINCE:
        told = [one for one in (_letters(str(one)) for one in _values(value)) if one]
        return sum(one in _EVERYBODY for one in told) + len(_times(value)) < len(told)
    known = _EVERYBODY if key in _READERS else _OUT if key in _STATUS else None
    return known is not None and not all(
        _letters(part) in known for one in _values(value) for part in _parts(str(one))
    )


def _key(name: str) -> str:
    """Return the letters of *name* without a prefix of another standard, `is` and `only`."""
    return _letters(re.split("[.:]", name)[-1]).removeprefix("is").removesuffix("only")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _is_marked(key: str, value: object) -> bool:
    """Say whether *key* is a mark with any value but a no, or a group with a yes."""
    told = {_letters(str(one)) for one in _values(value)}
    if key in _MARKS:
        return bool(told - _NO)
    return key in _IF_YES and bool(told) and told <= {"true", "yes", "on", "1"}


def _values(value: object) -> Iterator[object]:
    """Yield what is in *value*, at any depth, but what is empty."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += one.values()
        elif isinstance(one, list):
            rest += one
        elif one is not None:
            yield one


def _each_told(value: object) -> Iterator[str]:
    """
    Yield what *value* and all in it tell: each as a whole, and a text by its parts and words.

    An element of a list is not divided into words: `staff picks` is a tag of its own.
    """
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += one.values()
        elif isinstance(one, list):
            rest += (inner for inner in one if isinstance(inner, dict | list))
            for inner in map(str, one):
                yield from (form for part in (inner, *_parts(inner)) for form in _forms(part))
        else:
            text = str(one)
            for part in (text, *_parts(text), *text.split()):
                yield from _forms(part)


def _parts(text: str) -> list[str]:
    """Return the values that are written in one *text*."""
    return [part for part in re.split(r"[,;|/]", text) if part.strip()]


def _forms(text: str) -> tuple[str, str]:
    told = _letters(text)
    return told, told.removesuffix("only")


def _is_later(value: object) -> bool:
    return any(at > datetime.now(UTC) for at in _times(value))


def _times(value: object) -> list[datetime]:
    """Return the dates in *value*, in ISO's form; of a year or a month the first day."""
    found: list[datetime] = []
    for one in map(str, _values(value)):
        begin = re.fullmatch(r"(\d{4})(-\d\d)?", one.strip())
        text = f"{begin[1]}{begin[2] or '-01'}-01" if begin else one.strip()
        text = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            continue
        found.append(at if at.tzinfo else at.replace(tzinfo=UTC))
    return found
