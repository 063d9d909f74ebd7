"""
Pairs of drafts made of lines, as cases: one that must pass, and one of which something is wrong.

In: YAML, a list of articles with their pairs; see `tests/evidence/verification/pairs.yaml`. Out:
cases as in `tests/cases/drafts`. Each shows two passages: its article, and another one of its
language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from schemas import Line, Passage
from streams.cli.evaluate.draft_case import DraftCase, as_case
from streams.definitions.speech import Speech
from streams.definitions.voice import load_voice
from streams.evidence.cut_passage import cut_lines
from streams.text.citations import cite

_TONE = "empathetic_professional"


def cases_of_pairs(file: Path) -> Iterator[DraftCase]:
    """Yield the two cases of each pair in *file*."""
    articles, voice = yaml.safe_load(file.read_text(encoding="utf-8")), load_voice()
    for article in articles:
        others = [a for a in articles if a["lang"] == article["lang"] and a is not article]
        passages = [_passage(article), *(_passage(other) for other in others[:1])]
        speech = voice.speaking(article["lang"], None)
        for pair in article["pairs"]:
            for name, must, own in (
                ("", "passed", pair),
                ("-but", "not passed", {**pair, **pair["but"]}),
            ):
                case_id = f"{article['id']}-{pair['id']}{name}"
                fields = {
                    "lang": article["lang"],
                    "kind": pair["kind"],
                    "held_out": article.get("held_out", False),
                    "ticket": {"raw_message": own["asks"]},
                    "model_triage": {"queries": [own["asks"]]},
                    "passages": passages,
                    "answer": _answer(article, own["lines"], speech),
                    "must": must,
                }
                yield as_case(fields, case_id)


def _passage(article: Mapping[str, Any]) -> dict[str, str]:
    return {"doc_id": article["id"], "title": article["title"], "text": article["text"].strip()}


def _answer(article: Mapping[str, Any], begins: Sequence[str], speech: Speech) -> dict[str, str]:
    lines = cut_lines(Passage(**{"chunk_id": "1", "score": 0.8, "url": "", **_passage(article)}))
    return {
        "greeting": speech.greeting(None, _TONE),
        "body": "\n".join(_written(_line(lines, begin), article["id"]) for begin in begins),
        "closing": speech.closing(_TONE),
    }


def _line(lines: Sequence[Line], begin: str) -> Line:
    """Return the only one of *lines* that begins so."""
    (line,) = (line for line in lines if line.text.startswith(begin))
    return line


def _written(line: Line, doc_id: str) -> str:
    text = cite(line.text, doc_id)
    return f"{line.number}. {text}" if line.number else text
