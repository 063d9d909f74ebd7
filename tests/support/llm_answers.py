"""
What the LLM server of our tests answers: a value for any JSON schema.

A value fits its schema and what the prompt gives (`ticket`, `passages`, `lines`). Properties of
triage and drafting get values with sense, so that whole runs are plausible; `llm_points.py` points.
"""

from __future__ import annotations

import re
from math import inf
from typing import Any

from streams.text.sentences import split
from tests.support.llm_points import QUESTIONS, points

Json = dict[str, Any]
RULES = {
    "priority": (
        ("P1", r"outage|is down|offline|hacked|stolen|breach|cannot pay|locked out"),
        ("P2", r"charged|invoice|refund|error|fail|crash|wrong|not work|frustrat|unacceptable"),
        ("P3", ""),
    ),
    "sentiment": (
        ("frustrated", r"frustrat|angry|unacceptable|ridiculous|terrible|still not|again|!!"),
        ("satisfied", r"thank|great|love|perfect|excellent"),
        ("neutral", ""),
    ),
}
"""For an enumeration of that name: the value for a message in which the pattern is found."""
TEXTS = {"greeting": "Hello,", "closing": "Kind regards"}
"""What strings of these names are; all others are `text`."""
HOLDING = "Thank you for your message. A colleague of mine will look into it."


def fill(schema: Json, given: Json, *, outside: bool = False) -> Any:
    """
    Return a value that fits *schema*, the same one each time; {} fits a schema without a type.

    Optional properties are filled, arrays no longer than they must be, numbers as near to 1 as
    they can be. With *outside*, each enumerated value is one that the enumeration does not have.
    Recursive schemas and patterns of strings are not for it.
    """
    return _Filler(schema, given, outside).value(schema)


class _Filler:
    def __init__(self, root: Json, given: Json, outside: bool) -> None:
        ticket = given.get("ticket") or {}
        self._root = root
        self._outside = outside
        self._sentences = _sentences(ticket.get("text") or "")
        self._message = f"{ticket.get('subject') or ''}\n{ticket.get('text') or ''}"
        self._passages: list[Json] = given.get("passages") or []
        self._given = given

    def value(self, schema: Json, name: str = "") -> Any:
        """Return a value for *schema*, which is the property *name*."""
        schema = self._resolved(schema)
        if "const" in schema or "enum" in schema:
            return self._chosen(name, schema.get("enum") or [schema["const"]])
        kinds = schema.get("type", "object")
        kind = kinds if isinstance(kinds, str) else next(k for k in kinds if k != "null")
        match kind:
            case "object":
                return self._object(schema.get("properties") or {})
            case "array":
                return self._array(schema, name)
            case "string":
                return _fitted(TEXTS.get(name, "text"), schema)
            case "integer" | "number":
                return _number(schema, 1 if kind == "integer" else 1e-6)
            case "boolean":
                return False
        return None

    def _resolved(self, schema: Json) -> Json:
        """Return *schema* with the first real one of its alternatives, and references, put in."""
        for keyword in ("anyOf", "oneOf", "allOf"):
            if keyword in schema:
                others = {k: v for k, v in schema.items() if k != keyword}
                first = next(one for one in schema[keyword] if one.get("type") != "null")
                return {**others, **self._resolved(first)}
        if "$ref" not in schema:
            return schema
        found = self._root
        for step in schema["$ref"].removeprefix("#").split("/")[1:]:
            found = found[step]
        return self._resolved(found)

    def _chosen(self, name: str, options: list[Any]) -> Any:
        if self._outside:
            return "none of those"
        if name == "kind_of_problem":
            said = _stems(self._message)
            return max(options, key=lambda option: len(said & _stems(option)))
        for value, pattern in RULES.get(name, ()):
            if value in options and re.search(pattern, self._message, re.IGNORECASE):
                return value
        return options[0]

    def _object(self, properties: Json) -> Json:
        if QUESTIONS[0] in properties:
            return points(self._given)
        made = {name: self.value(schema, name) for name, schema in properties.items()}
        if "body" in made and made.keys() & {"greeting", "closing", "tone", "unanswered"}:
            made["body"] = _fitted(self._body(), self._resolved(properties["body"]))
        return made

    def _body(self) -> str:
        """Return the first sentences of the first two passages, each with its citation."""
        said = [
            f"{_first(sentences).rstrip('.!?')} [{passage['doc_id']}]."
            for passage in self._passages
            if (sentences := _sentences(passage["text"]))
        ]
        return " ".join(said[:2]) or HOLDING

    def _array(self, schema: Json, name: str) -> list[Any]:
        items = schema.get("items") or {}
        made: list[Any] = []
        if name == "queries":
            most = min(3, schema.get("maxItems", 3))
            made = [_fitted(said, self._resolved(items)) for said in self._sentences[:most]]
        return made + [self.value(items) for _ in range(schema.get("minItems", 0) - len(made))]


def _fitted(text: str, schema: Json) -> str:
    return text[: schema.get("maxLength")].ljust(schema.get("minLength", 0), ".")


def _number(schema: Json, step: float) -> float:
    """Return the number nearest to 1 within the bounds; *step* keeps off those not included."""
    lowest: float = max(schema.get("minimum", -inf), schema.get("exclusiveMinimum", -inf) + step)
    highest: float = min(schema.get("maximum", inf), schema.get("exclusiveMaximum", inf) - step)
    return max(lowest, min(1, highest))


def _sentences(text: str) -> list[str]:
    return [piece.strip() for piece in split(text) if piece.strip()]


def _first(pieces: list[str]) -> str:
    """Return the first of *pieces* that ends as a sentence does: headings do not."""
    return next((piece for piece in pieces if piece.endswith((".", "!", "?"))), pieces[0])


def _stems(text: str) -> set[str]:
    """Return the words of *text* by their first five letters: charged and charge are one."""
    return {word[:5] for word in re.findall(r"\w{3,}", text.lower())}
