"""
A customer's own words in, one search query for each problem out.

Also tells what of a text is mere politeness, so that a message of nothing else is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from streams.reading import thanks
from streams.text.patterns import Pattern
from streams.text.sentences import sentences

MOST = 4
"""Queries for one message. Each costs a search; a fifth problem needs its own ticket."""
_LONGEST = 300
"""Characters of a query, about 50 words. A longer query blurs the question."""
_CONSIDERED = 8_000
"""Characters of a message that are searched for problems. Later text is context: logs, traces."""

_ITEM = re.compile(r"\s*(?:[-*•–·▪]|\(?\d{1,2}[.)]|\(?[a-h]\))\s+")
_GREETING = Pattern(
    r"(?i)\A\s*(?:hi|hello|hey|hiya|dear|greetings|good (?:morning|afternoon|evening|day)"
    r"|to whom it may concern"
    r"|hallo|guten (?:tag|morgen|abend)|sehr geehrte\w*|liebe[rs]?|moin|servus|grüezi|bonjour"
    r"|bonsoir|salut"
    r"|hola|buen[oa]s (?:días|tardes|noches)|estimad[oa]s?|buongiorno|ciao|salve|gentile"
    r"|goedemorgen|goedemiddag"
    r"|geachte|beste|hej|god dag|olá|prezad[oa]s?|bom dia|cześć|dzień dobry|ahoj|dobrý den"
    r"|こんにちは"
    r"|您好|你好|안녕하세요|مرحبا)"
    r"(?:[ ,]+(?:there|all|team|everyone|folks|guys|again|support|sir|madam|or|and|dear|damen"
    r"|und|herren"
    r"|à tous|equipo|zusammen|[\w.'-]+ team|support team|customer (?:support|service|care)"
    r"|(?-i:[A-ZÄÖÜÉ])[\w.'-]*))"
    r"{0,5}\s*(?:[,!.:;–—-]+|$)\s*"
)
_POLITE = Pattern(
    r"(?i)\A(?:(?:i |we )?(?:hope|trust) (?:you|this|that|all|everyone)\b.{0,60}|(?:i "
    r"|we )?look(?:ing)? forward\b.{0,60}"
    r"|(?:i |we )?(?:would |'d )?(?:really |greatly |very much )?appreciate (?:it|your (?:help"
    r"|time|support)|any help).{0,40}"
    r"|(?:please )?(?:help|advise|let me know"
    r"|assist)(?: me| us)?(?: asap| urgently)?"
    r"|(?:any|your) help (?:would be|is) (?:\w+ )?appreciated.{0,30}"
    r"|(?:please )?get back to (?:me|us)\b.{0,40}"
    r"|have a (?:nice|good|great|lovely)\b.{0,30}|(?:best|kind) regards.{0,40}"
    r"|sorry (?:to bother|for the)\b.{0,40}"
    r"|i have a (?:quick |small |simple )?question|quick question.{0,10}"
    r"|bitte (?:um )?hilfe.{0,20}|p\.?s\.?)\z"
)
_TURNS = Pattern(
    r"(?i)[?？؟]|n['’]t\b|\b(?:but|however|still|not|yet|although|unfortunately|error|fail\w*|wrong"
    r"|aber|noch|nicht|leider|mais|encore|pas|pero|todavía|ma|ancora|maar|niet|nog|mas|ainda|não)\b"
)
"""Words that give content even to a sentence that begins with thanks."""
_ASKS = Pattern(
    r"(?i)[?？؟]|\b(?:can|could|would|please|how|what|why|when|where|which|need|want)\b"
)
_ANOTHER = re.compile(
    r"\W*(?:also|another|additionally|besides|furthermore|moreover|secondly?|thirdly?|third"
    r"|finally|lastly|separately"
    r"|on top of (?:that|this)|one more|in addition|plus|oh,? and|and also|btw|by the way"
    r"|unrelated|while (?:i'm|i am|we're) (?:at it|here)"
    r"|p\.?s\b|next|außerdem|zudem|zweitens|ferner|des weiteren|noch eine|de plus|par ailleurs"
    r"|aussi|deuxièmement"
    r"|además|también|por otro lado|inoltre|anche|daarnaast|ook|além disso|dessutom)\b",
    re.I,
)
_WORD = re.compile(r"\w+")
_CONTENTLESS = frozenset(
    """
    a an and any are as at be but by can could do does for from get have has help how i if in is
    it its me my no not of on or our please should so that the there these they thing this to us
    was we what when where which who why will with would you your about now again just know need
    want tell going am been did done fix go wrong happened happen
    """.split()  # noqa: SIM905  # words read better than a column of strings
)


def without_greeting(text: str) -> str:
    """Return *text* without the greeting that it begins with."""
    greeting = next(_GREETING.finditer(text[:120]), None)
    return text[greeting.end() :] if greeting else text


def is_polite(sentence: str) -> bool:
    """Return whether *sentence* is courtesy and says nothing of a problem."""
    if len(sentence) > 160 or _TURNS.is_in(sentence):
        return False
    return thanks.is_courtesy(sentence) or _POLITE.is_in(sentence.strip(" .!,:;-–—)(\"'"))


def queries(text: str) -> tuple[str, ...]:
    """
    Return what to ask a knowledge base, one query for each problem in *text*, at most 4.

    A new problem begins at a list item, at a word such as "also", and after a question
    that says what it is about; all else belongs to the problem at hand.
    """
    found = [_Problem()]
    for line in text[:_CONSIDERED].split("\n"):
        item = _ITEM.match(line[:20])
        for n, sentence in enumerate(sentences(line[item.end() :] if item else line)):
            said = without_greeting(sentence)
            if not _WORD.search(said) or is_polite(said):
                continue
            if item and n == 0 and found[-1].leads_in():
                found[-1] = _Problem()
            content = _content(said)
            if content and found[-1].ends_before(said, starts_item=bool(item) and n == 0):
                found.append(_Problem())
            found[-1].add(said, content)
    made = (_shortened(" ".join(problem.said)) for problem in found if problem.said)
    return tuple(dict.fromkeys(made))[:MOST]


@dataclass
class _Problem:
    """The sentences about one problem, in order."""

    said: list[str] = field(default_factory=list)
    content: int = 0
    asked: bool = False

    def add(self, sentence: str, content: int) -> None:
        self.said.append(sentence)
        self.content += content
        self.asked = sentence.endswith(("?", "？", "؟"))

    def leads_in(self) -> bool:
        """Return whether this is only a heading, as in "Two things:"."""
        return len(self.said) == 1 and self.said[0].endswith((":", "："))

    def ends_before(self, sentence: str, *, starts_item: bool) -> bool:
        """Return whether *sentence* speaks of another problem."""
        if self.content < 2:
            return False
        asks_too = self.asked and _ASKS.is_in(sentence)
        return starts_item or asks_too or bool(_ANOTHER.match(sentence[:40]))


def _content(sentence: str) -> int:
    """Return how many words say something. A long one of CJK, without spaces, counts as two."""
    words = [w for w in _WORD.findall(sentence.lower()[:_LONGEST]) if w not in _CONTENTLESS]
    return sum(2 if w[0] > "\u2e7f" and len(w) > 3 else 1 for w in words)


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(" ", 1)[0]
