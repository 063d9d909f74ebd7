"""
The JSON objects in what a model said, and which of them may be its answer.

Models think aloud, greet, put JSON into fences, begin anew, wrap the answer in an object or a
string, break lines in strings, and leave commas behind. So all objects are found. The answer is the
last one that has a field of the schema and fits it: a model that says two corrects the first, one
that repeats the schema or an example does so before it answers, and a note is no answer wherever it
stands. What stands in a closed thought is no answer,
for it may be what the model has thought better of. In a thought that never ends it may be one: some
models forget its end. An array is none, whatever is in it: nobody knows which of its objects is
meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

MOST_READ = 200_000
"""Characters of an answer, the last ones, that are searched."""
_MOST_TRIES, _MOST_STEPS = 1_000, 2_000_000
"""Places at which JSON may begin, and characters that are read of all of them."""
_MOST_OBJECTS = 20
_BEGIN = re.compile(r'\{(?=\s*["}])|\[')
_THOUGHT = re.compile(
    r"</\s*(?:think|thinking|thought|reasoning|seed:think|reflection)\s*>|\[/THINK\]|◁/think▷"
    r"|<\|channel\|>\s*final\b",
    re.I,
)
"""Where a thought ends. Some servers leave out where it begins."""
_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.S)
"""A string, or a comma before a closing bracket: strings stay as they are."""
_CONTROL = re.compile(r"[\x00-\x1f]")
_FENCE = re.compile(r"\A```\w*\s*(.*?)\s*```\Z", re.S)
_decode = json.JSONDecoder(strict=False).raw_decode


def said_last(text: str) -> str:
    """Return *text* without the thoughts before it."""
    last = _last_thought_end(text)
    return text[last:].strip() or text


def objects_in(text: str) -> list[str]:
    """Return each object in *text* as JSON, the likeliest answer first."""
    try:
        return _likeliest_first(text[-MOST_READ:])
    except RecursionError:  # as deep as no answer is
        return []


def _likeliest_first(text: str) -> list[str]:
    found = list(_after_thoughts(text)) or list(_after_thoughts(_COMMA.sub(_kept, text)))
    likeliest = (one for value, own in reversed(found) for one in (own, *_wrapped(value)))
    return list(islice(likeliest, _MOST_OBJECTS))


def is_array(text: str) -> bool:
    """Say whether the answer in *text* is an array."""
    begin, end = text.find("["), text.rfind("]")
    try:
        return isinstance(json.loads(text[begin : end + 1]), list)
    except (ValueError, RecursionError):
        return False


def _kept(match: re.Match[str]) -> str:
    return match[1] or ""


def _last_thought_end(text: str) -> int:
    return max((match.end() for match in _THOUGHT.finditer(text)), default=0)


def _after_thoughts(text: str) -> Iterator[tuple[Any, str]]:
    """Yield the objects of *text* that end after its last thought, each with its JSON."""
    thought = _last_thought_end(text)
    for value, begin, end in _values(text):
        if isinstance(value, dict) and end > thought:
            own = text[begin:end]
            yield value, json.dumps(value) if _CONTROL.search(own) else own
        elif isinstance(value, str):
            yield from _after_thoughts(value)


def _values(text: str) -> Iterator[tuple[Any, int, int]]:
    """Yield each object and array, none of them within another, and where it begins and ends."""
    at = tries = steps = 0
    if isinstance(whole := _whole_string(text), str):
        yield whole, 0, len(text)
        return
    while (match := _BEGIN.search(text, at)) and tries < _MOST_TRIES and steps < _MOST_STEPS:
        tries += 1
        begin = match.start()
        try:
            value, at = _decode(text, begin)
            yield value, begin, at
        except json.JSONDecodeError as error:
            at = begin + 1
            steps += error.pos - begin
        except (ValueError, RecursionError):
            return


def _whole_string(text: str) -> Any:
    """Return what *text* is as a JSON string, perhaps in a fence; None if it is none."""
    text = said_last(text).strip()
    if fenced := _FENCE.fullmatch(text):
        text = fenced[1]
    if not text.startswith('"'):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _wrapped(value: dict[str, Any]) -> Iterator[str]:
    """Yield the objects that are values of *value*, as JSON; those in strings too."""
    for inner in value.values():
        if isinstance(inner, dict):
            yield json.dumps(inner)
            yield from _wrapped_strings(inner)
        elif isinstance(inner, str) and inner.lstrip().startswith("{"):
            yield inner


def _wrapped_strings(value: dict[str, Any]) -> Iterator[str]:
    return (one for one in value.values() if isinstance(one, str) and one.lstrip()[:1] == "{")
