"""What each sentence of a draft rests on, as it is shown: a line of an article, or whose words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas import DraftedTicket, ProcessedTicket
from streams.cli import terminal
from streams.evidence.lines import PassageLines
from streams.ports import LineRef

_WORDS = {
    "line": "{where}, word for word",
    "restated": "{where}, in other words",
    "ours": "a phrase of ours",
    "courtesy": "courtesy",
    "unsupported": "nothing",
}
"""What is shown of a class; of another one, its name."""


def evidence_of(drafted: DraftedTicket, processed: ProcessedTicket) -> Iterator[dict[str, Any]]:
    """Yield each sentence of the draft, what it rests on, and the line's text and article."""
    lines = PassageLines(drafted.passages)
    for one in processed.evidence or ():
        ref = None if one.doc_id is None or one.line is None else LineRef(one.doc_id, one.line)
        found = lines.get(ref) if ref else None
        yield {
            "part": one.part,
            "sentence": getattr(processed.answer_draft, one.part, "")[one.start : one.end],
            "rests_on": one.rests_on,
            "doc_id": one.doc_id,
            "line": one.line,
            "title": lines.passage(ref).title if ref and found else None,
            "line_text": found.text if found else None,
        }


def evidence_row(sentence: dict[str, Any]) -> terminal.Row:
    """Return what a person reads of a *sentence* that `evidence_of` has yielded."""
    where = f"{sentence['doc_id']}, line {sentence['line']}" if sentence["line"] else "an article"
    told = _WORDS.get(sentence["rests_on"], sentence["rests_on"]).format(where=where)
    rests = sentence["rests_on"] != "unsupported"
    article = (sentence["title"] or "") if rests else ""
    return {"rests on": told, "sentence": sentence["sentence"], "article": article}
