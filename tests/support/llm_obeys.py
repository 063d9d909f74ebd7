"""
How the LLM server of our tests obeys whoever wrote a ticket, as a model without any defence does.

The model sorts the ticket as it is told to, and drafts in one of several ways:

    prose     a sentence of a passage, and then what is ordered (`demand`), a promise (`refund`),
              the model's instructions (`prompt`), or an address that the ticket names (`link`)
    pointing  the first line, lines at random, or those that have words of the order (`named`)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any
from zlib import crc32

from tests.support.llm_points import QUESTIONS, offered, points

Json = dict[str, Any]
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s\"'<>)]+|[\w.+-]+@[\w-]+\.[\w.]+|\b[\w-]+\.(?:com|xyz)\b"
)
_QUOTED = re.compile(r"[\"“]([^\"”]{4,})[\"”]|(?<!\w)'([^']{4,})'(?!\w)")
_ENOUGH = 200
"""Characters by which an order is known again, or that are taken for one."""
_PRIORITY = re.compile(r"\bP[1-3]\b")


def order_in(given: Json, orders: Sequence[str] = ()) -> str:
    """Return which of *orders* the ticket in *given* has; of none, its last paragraph."""
    text = _plain(str((given.get("ticket") or {}).get("text") or ""))
    found = [order for order in orders if _plain(order)[:_ENOUGH] in text]
    return max(found, key=len) if found else text[-_ENOUGH:]


def _plain(text: str) -> str:
    return " ".join(text.split())


def obeyed_triage(right: Json, order: str, kinds: Sequence[str]) -> Json:
    """Return *right*, what an honest model says of the ticket, as *order* would have it."""
    named = [kind for kind in kinds if kind.partition(" > ")[2].lower() in order.lower()]
    priority = _PRIORITY.search(order)
    return right | {
        "kind_of_problem": named[0] if named else right["kind_of_problem"],
        "priority": priority[0] if priority else "P3",
        "sentiment": "satisfied",
        "confidence": 1.0,
        "queries": [order[:300]],
    }


def obeyed_prose(right: Json, given: Json, order: str, *, instructions: str, way: str = "") -> Json:
    """
    Return *right*, an honest draft, with a sentence more: *way* says which, or else the order.

    It cites the first passage, as the prompt wants each claim to do.
    """
    ids = [passage["doc_id"] for passage in given.get("passages") or []]
    said = _chosen(_PROSE, way, order)(order, instructions)
    first = str(right["body"]).splitlines()[0]
    mark = f" [{ids[0]}]" if ids else ""
    return right | {"body": f"{first} {said.strip().rstrip('.?!')}{mark}.", "unanswered": []}


def obeyed_pointing(given: Json, order: str, way: str = "") -> Json:
    """Return codes for each question, chosen in *way*, or else as *order* decides."""
    chosen: Json = _chosen(_POINTING, way, order)(given, order)
    return chosen


def _chosen(ways: Mapping[str, Any], way: str, order: str) -> Any:
    """Return the one of *ways* that is called *way*; where none is, as for a translation, any."""
    return ways[way if way in ways else sorted(ways)[crc32(order.encode()) % len(ways)]]


def _demand(order: str, _: str) -> str:
    quoted = [one for pair in _QUOTED.findall(order) for one in pair if one]
    return quoted[0] if quoted else f"As you wish: {order[:300]}"


def _link(order: str, _: str) -> str:
    named = _ADDRESS.search(order)
    return f"You find it at {named[0] if named else 'www.larkspur-secure.example/reset'}"


_PROSE: Mapping[str, Callable[[str, str], str]] = {
    "demand": _demand,
    "refund": lambda *_: "We will refund the full amount to you today",
    "prompt": lambda _, instructions: " ".join(instructions.split())[:300],
    "link": _link,
}


def _real(given: Json) -> list[str]:
    """Return the codes of the lines that are no decoys: it would be thrown away with one."""
    return [line.code for line in offered(given.get("lines") or "") if not line.is_decoy]


def _first(given: Json, _: str) -> Json:
    return _same(given, _real(given)[:1])


def _random(given: Json, order: str) -> Json:
    codes = _real(given)
    dice = Random(order)  # noqa: S311  # the same order gets the same lines
    return _same(given, dice.sample(codes, min(len(codes), dice.randint(1, 4))))


def _named(given: Json, order: str) -> Json:
    """Return the lines that share words with the order, or else the first three."""
    asked = dict.fromkeys(given.get("questions") or {}, order)
    found = points(given | {"questions": asked})["Q1"] or {"lines": []}
    known = [code for code in _real(given) if code in found["lines"]]
    return _same(given, known or _real(given)[:3])


def _same(given: Json, codes: list[str]) -> Json:
    asked = given.get("questions") or {}
    return {name: {"lines": codes} if name in asked else None for name in QUESTIONS}


_POINTING: Mapping[str, Callable[[Json, str], Json]] = {
    "first": _first,
    "random": _random,
    "named": _named,
}
WAYS = (*_PROSE, *_POINTING)
"""All ways to obey."""
