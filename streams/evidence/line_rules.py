"""How lines lean on one another in a language: what `text/tables/line_rules.yaml` says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from schemas import Article
from streams.text.language import CONSIDERED, language, primary_language
from streams.text.patterns import Pattern
from streams.text.tables import table

Tells = Callable[[str], bool]


@dataclass(frozen=True)
class LineRules:
    """Tells of a text whether it leans on others, or restricts them; see the table."""

    refers: Tells
    refers_inside: Tells
    itself: Tells
    announces: Tells
    restricts: Tells
    orders: Tells
    denies: Tells
    bounds: Tells
    demands: Tells
    conditions: Tells
    scopes: Tells
    table: Tells
    table_here: Tells
    answers: Tells
    yes_or_no: Tells
    heading: Tells
    no_condition: Tells
    away: Tells

    def leans(self, text: str) -> bool:
        """Return whether *text* begins with what points to the text before it."""
        return self.refers(text) and not self.itself(text)

    def limits(self, text: str) -> bool:
        """Return whether *text* restricts what speaks of the same: by a no, a bound or a demand."""
        return self.denies(text) or self.bounds(text) or self.demands(text)

    def is_condition(self, heading: str) -> bool:
        """Return whether *heading* says when what stands under it holds."""
        return self.heading(heading) and not self.no_condition(heading)


_AT_BEGIN = ("refers", "itself", "scopes", "answers")


@cache
def rules_of(code: str) -> LineRules | None:
    """Return the rules of the language *code*, such as `de`, or None if there are none."""
    lists = table("line_rules").get(code)
    return (
        LineRules(**{name: _tells(name, lines) for name, lines in lists.items()}) if lists else None
    )


def article_language(article: Article, text: str) -> str:
    """Return the language of *article*: its locale's, else that of its *text*; `und` if unclear."""
    if article.locale:
        return primary_language(article.locale)
    begins = f"{article.title}. {text}"
    told = language(begins)
    if told == "und" or rules_of(told) is None:  # the begin may be a name or a code
        middle = max(0, (len(begins) - CONSIDERED) // 2)
        further = language(begins[middle:])
        return further if rules_of(further) else told
    return told


def _tells(name: str, lines: list[str]) -> Tells:
    joined = "|".join(lines)
    return Pattern(rf"(?i)^[(¿¡]?(?:{joined})\b" if name in _AT_BEGIN else f"(?i){joined}").is_in
