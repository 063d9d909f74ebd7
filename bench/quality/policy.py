"""
Measures on public data how good the checks of the policy stage are, and prints a table.

    python -m bench.quality.policy ../shared/data

* grounding: HaluEval's right and made-up answers with their knowledge; the area under the
  ROC curve of `grounding.support`, beside the share of words in common as the floor
* personal data: the spans of Presidio's synthetic sentences that `personal_data.find` finds,
  by kind
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.quality.data import require
from bench.quality.separation import auc
from schemas import Passage
from streams.evidence import grounding
from streams.text import personal_data

_KINDS = {"EMAIL_ADDRESS": "email", "CREDIT_CARD": "card", "IBAN_CODE": "iban"} | {
    "PHONE_NUMBER": "phone"
}


def words_in_common(claim: str, evidence: str) -> float:
    """Return the share of *claim*'s words that *evidence* has: the floor to beat."""
    words = set(re.findall(r"\w+", claim.lower()))
    return len(words & set(re.findall(r"\w+", evidence.lower()))) / max(1, len(words))


def grounded(folder: Path) -> Iterable[str]:
    """Yield what HaluEval says of `grounding`, one line each."""
    rows = [
        json.loads(line)
        for file in sorted((folder / "halueval").glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    measures: dict[str, Callable[[str, str], float]] = {
        "share of words (floor)": words_in_common,
        "support": grounding.support,
    }
    for name, measure in measures.items():
        scores = [
            [measure(row[answer], row["knowledge"]) for row in rows]
            for answer in ("right_answer", "hallucinated_answer")
        ]
        yield f"grounding  {name:24} AUC {auc(*scores):.3f}  ({len(rows)} pairs)"
    for answer in ("right_answer", "hallucinated_answer"):
        flagged = sum(_is_flagged(row[answer], row) for row in rows)
        yield f"grounding  check flags {flagged / len(rows):.1%} of each {answer}"


def _is_flagged(answer: str, row: dict[str, str]) -> bool:
    passage = Passage(
        doc_id="D", chunk_id="D-c-1", title="", url="", text=row["knowledge"], score=1
    )
    body = f"{answer.rstrip('.')} [D]."
    return bool(grounding.unsupported(body, [passage], asked=row["question"]))


def personal(folder: Path) -> Iterable[str]:
    """Yield recall and precision of `personal_data.find`, one line for each kind."""
    rows = json.loads((folder / "pii" / "presidio_synthetic.json").read_text(encoding="utf-8"))
    there: Counter[str] = Counter()
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for row in rows:
        gold = {
            (_KINDS[s["entity_type"]], _plain(s["entity_value"]))
            for s in row["spans"]
            if s["entity_type"] in _KINDS
        }
        got = {(f.kind, _plain(f.value)) for f in personal_data.find(row["full_text"])}
        there.update(kind for kind, _ in gold)
        found.update(kind for kind, _ in got)
        right.update(kind for kind, _ in gold & got)
    for kind in sorted(there):
        recall, precision = right[kind] / there[kind], right[kind] / max(1, found[kind])
        yield f"personal   {kind:8} recall {recall:.3f} precision {precision:.3f} ({there[kind]})"


def _plain(value: str) -> str:
    return re.sub(r"[^0-9a-z@]", "", value.lower())


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.policy")
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    data = parser.parse_args().data
    require(parser, data, "halueval", "pii")
    for line in (*grounded(data), *personal(data)):
        print(line)


if __name__ == "__main__":
    main()
