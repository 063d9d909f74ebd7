"""
The operator's prompts: Markdown files in place of the included ones.

    version: triage-2-acme             the first line; each result names it

    You triage tickets. ...            what the model is told, with `$kinds` and the like where
    $kinds                             the taxonomy comes in; `$$` is a dollar sign

A prompt must have all places of its stage and no others, or a model would be asked without the
categories to choose among.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

from streams.definitions.operator_files import Mistake, operator_text, told
from streams.definitions.printable import unprintable_at
from streams.errors import ConfigurationError
from streams.near_names import names_like
from streams.prompts import PLACES, Prompt, parsed_prompt, prompt_of

MOST_CHARACTERS = 100_000
"""
Of a prompt, which every call sends: some 25,000 tokens of English, fifty times an included prompt.

A ticket and its passages still fit beside it into a model of 64,000. More is a wrong file.
"""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_VERSION = re.compile(r"version:[ \t]*\S[^\n]{0,99}\n")


def load_prompt(stage: str, path: Path | None = None) -> Prompt:
    """
    Return the prompt of *stage* in the file at *path*, or the included one.

    Raises:
        ConfigurationError: The file does not hold one; the message has all mistakes, each with
        its line.
    """
    if path is None:
        return prompt_of(stage)
    text = operator_text(path).replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        raise ConfigurationError(
            f"{path}: is longer than {MOST_CHARACTERS:,} characters:"
            " every call of the model sends it"
        )
    mistakes = [
        *_of_version(text, prompt_of(stage)),
        *_of_control_characters(text),
        *_of_places(text, PLACES[stage]),
    ]
    if mistakes:
        raise ConfigurationError(told(path, mistakes))
    return parsed_prompt(text)


def _of_version(text: str, included: Prompt) -> Iterator[Mistake]:
    """Yield that there is none, that nobody can read it, or what else is wrong with it."""
    given, first = parsed_prompt(text), text.partition("\n")[0]
    name = first.removeprefix("version:").strip(" \t")
    if not _VERSION.match(text):
        yield Mistake(1, 1, f"must be `version: NAME`, such as version: {included.version}-acme")
    elif (at := unprintable_at(name)) is not None:
        yield Mistake(
            1, first.index(name) + at + 1, "the version has a character that is not printed"
        )
    elif not given.text:
        yield Mistake(1, 1, "stands alone: write below it what the model is told")
    elif given.version == included.version and given.text != included.text:
        yield Mistake(
            1, 1, "the included prompt has this version, and another text: choose another name"
        )


def _of_control_characters(text: str) -> Iterator[Mistake]:
    """Yield the first one of each line below the version; a tab is none."""
    for n, line in enumerate(text.split("\n")[1:], 2):
        if found := _CONTROL.search(line):
            yield Mistake(n, found.start() + 1, "has a control character: delete it")


def _of_places(text: str, places: frozenset[str]) -> Iterator[Mistake]:
    """Yield each place that nobody fills, and each of *places* that is not there."""
    found = set()
    for dollar in Template.pattern.finditer(text, text.find("\n") + 1):
        name = dollar["named"] or dollar["braced"]
        if name in places:
            found.add(name)
        elif dollar["escaped"] is None:
            yield _at(dollar.start(), text, _not_a_place(name, places))
    for name in sorted(places - found):
        yield _at(len(text.rstrip()), text, f"${name} is missing: write it where {_WHAT[name]}")


_WHAT = {
    "kinds": "the model is to read the taxonomy's kinds of problem",
    "priorities": "the model is to read what P1, P2 and P3 mean",
    "fallback": "the model is to read which kind is for what fits nowhere else",
}
"""What is filled in, for the text of a mistake."""


def _not_a_place(name: str | None, places: frozenset[str]) -> str:
    if name is None:
        return "a lone $: write $$ for a dollar sign"
    if near := names_like(name, places):
        return f"is no place that is filled; did you mean ${near[0]}?"
    there = ", ".join(f"${one}" for one in sorted(places)) or "none"
    return f"is no place that is filled (there is {there}): write $$ for a dollar sign"


def _at(offset: int, text: str, reason: str) -> Mistake:
    """Return the mistake for *reason* at *offset* of *text*."""
    before = text[:offset]
    return Mistake(before.count("\n") + 1, offset - before.rfind("\n"), reason)
