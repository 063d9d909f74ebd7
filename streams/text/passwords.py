"""
Passwords and one-time codes in a text, by the words before them.

What is found by mistake is merely not sent to a model, so in doubt it counts as a password. Texts
are `evened`. Every pattern is bounded, so that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.text.patterns import finder
from streams.text.personal_data import Span
from streams.text.secrets import IS, SIGN
from streams.text.tables import spaced_alternatives, table, words_of

_TABLE = table("passwords")


def any_name(*sections: str) -> str:
    """Return the expression of any word of *sections*."""
    return spaced_alternatives(*(_TABLE[name] for name in sections))


_ONCE = any_name("codes")
CALLED = any_name("names", "codes")
_NAME_BEGINS = r"(?:(?<![^\W_])|(?<=(?-i:[a-z]))(?=(?-i:P)))"
_QUOTE = r"[\"“”„«»`‘’']"
_SET = r"(?:[ ]+(?:is|was|has|have|been|will|got|reset|changed|set|updated|wurde|now|jetzt)){0,4}"
_PASSWORD = re.compile(
    rf"{_NAME_BEGINS}(?:{CALLED})(?:{_SET}[ ]+(?:to|auf|be)[ ]+"
    rf"|(?: [^\s:=]{{1,40}}){{0,4}}?(?:(?P<sign>{SIGN})|{IS}))"
    rf"(?:(?<=>)(?P<tagged>[^<>\n]{{1,64}})(?=</)"
    rf"|{_QUOTE}(?P<quoted>[^\n]{{2,64}}?)(?={_QUOTE})|(?!//)(?P<bare>\S{{2,}}))",
    re.I,
)
_MEANT = (
    r"(?:[ ]+(?:\([^()\n]{1,20}\)|is|was|now|really|new|reset|changed|set|will|be|with|called"
    r"|namens|to|from|von|là|это|jest|adalah))"
)
_STRICT = (
    r"(?=[^\s\d]{0,40}\d)(?=[^\s A-Za-z]{0,40}[A-Za-z])"
    r"(?!v\d|\d+(?:days?|h|min|x|st|nd|rd|th|[kmg]b|tage?)\b|(?-i:[A-Z]{1,8}[_-]\d))"
)
"""Letters and digits, but no version, quantity or code of an error."""
_IN_PROSE = re.compile(
    rf"{_NAME_BEGINS}(?:(?:{CALLED})(?:['’]s)?{_MEANT}{{0,4}}\s{{1,3}}(?:--?\s{{1,3}})?"
    rf"{_QUOTE}?{_STRICT}(\S{{5,}})"
    rf"|(?:pin(?:[ _-]?(?:code|number))?|{_ONCE})(?:[ ]?#)?(?:{IS}|[ :]{{1,3}})"
    r"(\d(?:[ -]?\d){3,7})(?![\d.,]?\d))",
    re.I,
)
_BEFORE_ITS_NAME = re.compile(
    rf"(?<!\S)(?:{_STRICT}(\S{{5,64}})|(\d{{4,8}}))[ ](?:is|as|ist|als)[ ]"
    rf"(?:(?:my|our|the|mein|unser|das|der)[ ])?(?:new[ ]|old[ ]|neues[ ])?(?:{CALLED})\b",
    re.I,
)
_CHANGED = re.compile(
    rf"{_NAME_BEGINS}(?:{CALLED}){_SET}[ ]+(?:from|von|de)[ ]+(\S{{3,64}})"
    r"[ ]+(?:to|auf|in|a|à)[ ]+(\S{3,})",
    re.I,
)
_may_have_password = finder(rf"(?i)(?:{CALLED})")
_SIGNED = re.compile(r"\d|[^\w'’.,:;?!()-]|[^\W\d_]\W+\w|[a-zß-ÿ][A-Z]")
"""A sign that a word is a password: the words of a sentence have none."""
_ENDS = re.compile(r"[.,;!?)]*\s*(?:$|\n)|[.;!?]")
_NO_PASSWORDS = words_of(_TABLE["not_passwords"])
"""Words that people say of a password."""
_SENTENCE = words_of(_TABLE["sentence"])
"""Words that sentences have. A phrase that is a password seldom has them."""
_JOINING = words_of(_TABLE["joining"])
_LINE = re.compile(r"(?:[^\n.!?;<>|]|[.!?;](?=\S)){0,100}")
_A_WORD = re.compile(r"\S{1,64}")
_MOST_WORDS, _LEAST_SAID = 10, 4
"""Words in a phrase; and that a phrase has where only "is", or a word of no password, is there."""
_SHORTEST = 3
"""Letters of a password that is a word."""
_MORE_DIGITS = re.compile(r"(?:[ -]\d{2,4}(?![\d.,]?\d)){1,3}")
_LOGINS = any_name("logins")
_ALONE = re.compile(
    rf"^[^\w\n]{{0,4}}(?:(?:my|your|the|new|old|current|temporary|{_LOGINS}) )?(?:{CALLED})"
    r"(?:[ \t]{1,4}|[ \t]?\n{1,2}[*•-]?[ \t]{0,3})(\S{3,64})[ \t]*$",
    re.I | re.M,
)
"""A name and a word in a line of their own, as a table's row is."""


def passwords(text: str) -> Iterator[Span]:
    """
    Yield the places of passwords: what is quoted, has a digit or a sign, or is the last word.

    "My password is wrong." says nothing secret, "my password is hunter" does.
    """
    if not _may_have_password(text):
        return
    for match in _PASSWORD.finditer(text):
        begin = match.start(match.lastindex or 0)
        end = _end(text, match) if match["bare"] else match.end()
        if end > begin:
            yield begin, end
    for pattern in (_IN_PROSE, _BEFORE_ITS_NAME, _ALONE):
        for match in pattern.finditer(text):
            if pattern is not _ALONE or _is_a_rows(match):
                yield match.span(match.lastindex or 0)
    for match in _CHANGED.finditer(text):
        if _SIGNED.search(match[1]) or _SIGNED.search(match[2].rstrip(".,;!?)")):
            yield match.span(1)
            yield match.span(2)


def _is_a_rows(match: re.Match[str]) -> bool:
    """Return whether a word beside a name is a value, and the two are no title of a message."""
    value = match[1]
    is_title = not match.start() and value.islower() and value.isalpha()
    return not is_title and _plain_word(match, 1) not in _NO_PASSWORDS


def _end(text: str, match: re.Match[str]) -> int:
    """Return where what is said to be a password ends; -1 if it is none."""
    begin, end = match.span("bare")
    value, words = match["bare"].rstrip(".,;!?)"), _phrase(text, begin)
    if len(match["bare"]) >= _SHORTEST and _SIGNED.search(value):
        if value.isdigit():
            more = _MORE_DIGITS.match(text, end)
            return more.end() if more else end
        return _end_of_words(text, end) if match["sign"] and value == match["bare"] else end
    least = 2 if match["sign"] else _LEAST_SAID
    if len(words) >= least and _is_phrase(words, text, begin):
        return words[-1].end()
    is_last = value != match["bare"] or bool(_ENDS.match(text, end))
    is_word = len(value) >= _SHORTEST and value.casefold() not in _NO_PASSWORDS
    return end if is_last and is_word else -1


def _phrase(text: str, begin: int) -> list[re.Match[str]]:
    """Return the words of the line or the sentence from *begin* on, up to one that goes on."""
    line = _LINE.match(text, begin)
    words: list[re.Match[str]] = []
    for word in _A_WORD.finditer(text, begin, line.end() if line else begin):
        is_lower = word[0][0].islower() or _plain_word(word).split("'")[0] == "i"
        if (is_lower and _plain_word(word) in _SENTENCE) or len(words) == _MOST_WORDS:
            break
        words.append(word)
    return words


def _is_phrase(words: list[re.Match[str]], text: str, begin: int) -> bool:
    """Return whether *words* are several that make no sentence."""
    line = _LINE.match(text, begin)
    goes_on = bool(line and text[words[-1].end() : line.end()].strip())
    said = [word for word in map(_plain_word, words) if word not in _JOINING]
    doubtful = sum(word in _NO_PASSWORDS for word in said)
    least = 2 + goes_on + bool(doubtful)
    return doubtful < 2 and len(said) >= least


def _end_of_words(text: str, begin: int) -> int:
    """Return where the words behind the first of a password end."""
    line = _LINE.match(text, begin)
    for word in _A_WORD.finditer(text, begin, line.end() if line else begin):
        said = _plain_word(word)
        if said in _SENTENCE or said in _JOINING or said in _NO_PASSWORDS:
            break
        begin = word.end()
        if not word[0][-1].isalnum():
            break
    return begin


def _plain_word(word: re.Match[str], group: int = 0) -> str:
    return word[group].strip(".,;!?()").replace("’", "'").casefold()
