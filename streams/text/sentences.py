"""
Text as sentences, and the citations in them.

`split` cuts text at the ends of sentences and loses nothing; `cited` and `uncited` read and
remove inline citations `[DOC-ID]`, `cite` writes one; `codes` finds error codes and the like,
`missing_codes` those that another text lacks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_ID = r"\[[A-Za-z0-9._-]{1,64}\]"
_CITATION = re.compile(r"\[([A-Za-z0-9._-]{1,64})\]")
_CITATION_WITH_SPACE = re.compile(rf"[ \t]?{_ID}")
_END = re.compile(
    r"[\n.!?…。！？](?:"  # beginning with a set of characters, it is searched fast
    r"(?<=\n)\s*"  # a line's end is a sentence's
    rf"|(?<=[.!?…])[.!?…]*[\"'”’»)]*(?:[ \t]*{_ID})*(?:\s+|$)"
    rf"|(?<=[。！？])[。！？]*[」』”’）]*(?:[ \t]*{_ID})*[ \t]*)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“])(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|etc|vs|Mr|Mrs|Ms|Dr|Prof|St|No|Nr|approx|incl"
    r"|Inc|Ltd|Fig|bzw|ca|ggf|inkl)\.$"
)
_MARKER = re.compile(r"(?:^|\n)\s*\d{1,3}\.\s*$")


def split(text: str) -> list[str]:
    """
    Return *text* cut after each sentence and each line; joined, the pieces are *text* again.

    A citation after the full stop belongs to the sentence before it.
    """
    ends = [*_ends(text), len(text)]
    pieces = [text[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    return [p for p in pieces if p]


def _ends(text: str) -> Iterator[int]:
    begin = 0
    for match in _END.finditer(text):
        if match.end() > begin and not _goes_on(text, begin, match):
            yield match.end()
            begin = match.end()


def _goes_on(text: str, begin: int, match: re.Match[str]) -> bool:
    """Return whether what looks like an end is an abbreviation, a number of a list, or `...`."""
    if "\n" in match[0] or not match[0].startswith((".", "…")):
        return False
    if "[" in match[0] or text[begin : match.start()].endswith("]"):
        return False  # what cites is whole
    if text[match.end() : match.end() + 1].islower():
        return True
    so_far = text[max(begin, match.start() - 12) : match.start() + 1]
    return bool(_ABBREVIATION.search(so_far) or _MARKER.search(text[begin : match.end()]))


def cited(text: str) -> tuple[str, ...]:
    """Return the ids that *text* cites, each once, in the order of first citation."""
    return tuple(dict.fromkeys(_CITATION.findall(text)))


def in_our_form(text: str, ids: Collection[str]) -> str:
    """Return *text* with citations of *ids* as `[ID]`, however they were written: `(id, ID)`."""
    by_name = {i.casefold(): i for i in ids}

    def ours(match: re.Match[str]) -> str:
        named = [by_name.get(name.casefold()) for name in _BETWEEN.split(match[1])]
        return "".join(f"[{i}]" for i in dict.fromkeys(named)) if all(named) else match[0]

    return _ODD_CITATION.sub(ours, text)


_ODD_CITATION = re.compile(
    r"[\[(【]\s{0,3}(?:(?:see|source|cf\.?):?\s)?"
    r"([A-Za-z0-9._-]{1,64}(?:\s{0,3}[,;&]\s{0,3}[A-Za-z0-9._-]{1,64}){0,9})\s{0,3}[\])】]",
    re.I,
)
_BETWEEN = re.compile(r"\s{0,3}[,;&]\s{0,3}")


def alike(text: str, ids: Collection[str]) -> set[str]:
    """Return what in *text* looks like one of *ids* but for its digits and case, and is none."""
    shapes = {_shape(i) for i in ids}
    words = {word.strip(".-_") for word in _NAME.findall(text)}
    return {word for word in words if word not in ids and _shape(word) in shapes}


_NAME = re.compile(r"[A-Za-z0-9._-]{2,64}")


def _shape(name: str) -> str:
    return re.sub(r"\d+", "9", name.casefold())


def uncited(text: str) -> str:
    """Return *text* without its citations and the space before each."""
    return _CITATION_WITH_SPACE.sub("", text) if "[" in text else text


def cite(sentence: str, doc_id: str) -> str:
    """Return *sentence* citing *doc_id*, before its final stop: it is clear whose claim it is."""
    body = sentence.rstrip()
    if body and body[-1] in ".,!?:;。！？":
        return f"{body[:-1]} [{doc_id}]{body[-1]}"
    return f"{body} [{doc_id}]"


_CODE = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*+\d)[A-Za-z][A-Za-z0-9]*+(?:[-_][A-Za-z0-9]++)++"
)
"""Each character is looked at a few times at most, however long the word is."""


_AFTER_ERROR = re.compile(
    r"\b(?:errors?|status|code|fehler(?:code)?|erreur|errore|fout(?:code)?)\b[\s:#]{1,3}"
    r"(?:(?:code|number|no\.|nr\.)[\s:#]{1,3})?([A-Za-z]{0,8}-?\d{3,5}|0x[0-9A-Fa-f]+)\b",
    re.I,
)
"""A number that is a code because of the word before it: `error 1000`."""
_GROUP = re.compile(
    r"(?<![A-Za-z0-9_-])([A-Z][A-Z0-9]{0,15}(?:[-_][A-Z0-9]{1,15}){0,3})[-_](?:…|\.{3}|\*|[xX]{2})"
)
"""All codes of a family: `LK-PAY-…`."""
_DOCUMENT_NUMBER = re.compile(r"\d{6}")


def codes(text: str) -> frozenset[str]:
    """Return what looks like an error code or a document number in *text*: `lk-pay-02`, `429`.

    A family of them, `LK-PAY-…`, is `lk-pay-…`.
    """
    groups = (f"{family}-…" for family in _GROUP.findall(text))
    found = (*_CODE.findall(text), *_AFTER_ERROR.findall(text), *groups)
    return frozenset(c.lower() for c in found)


def without_codes(text: str) -> str:
    """Return *text* with a blank for each code in it."""
    return _AFTER_ERROR.sub(" ", _CODE.sub(" ", text))


def share_code(some: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether *some* and *others* have a code in common; `429` is `lk-429`, too."""
    return any(a == b or _last(a) == b or a == _last(b) for a in some for b in others)


def share_family(some: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether one of *some* is of a family in *others*: `lk-pay-02` of `lk-pay-…`."""
    return bool({f"{_family(code)}-…" for code in some} & others)


def missing_codes(said: str, text: str) -> frozenset[str]:
    """
    Return the error codes in *said* that *text* has not.

    In small letters, where it could be any word, a code counts if *text* has others of its
    family (`lk-999`, where *text* has `LK-500`). Numbers of documents do not count.
    """
    have = frozenset(code for code in codes(text) if not code.endswith("…"))
    families = {_family(code) for code in have} - {""}
    sure = {c.lower() for c in _CODE.findall(said) if c.isupper()}
    sure |= {c.lower() for c in _AFTER_ERROR.findall(said)}
    return frozenset(
        code
        for code in codes(said)
        if (code in sure or _family(code) in families)
        and not _DOCUMENT_NUMBER.search(code)
        and not share_code(frozenset((code,)), have)
    )


def _family(code: str) -> str:
    return code.rpartition("-")[0]


def _last(code: str) -> str:
    return code.rpartition("-")[2]
