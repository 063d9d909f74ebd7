"""
Measures on public data how good the checks of the policy stage are, and prints a table.

    python -m bench.quality.policy ../shared/data

* personal data: the spans of Presidio's synthetic sentences that `personal_data.find` finds,
  by kind
* HaluEval: how well the length of an answer alone tells invented answers from right ones. No check
  of ours is measured there, because this reaches as much as any
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.quality.data import require
from bench.quality.separation import auc
from streams.text import personal_data

_KINDS = {"EMAIL_ADDRESS": "email", "CREDIT_CARD": "card", "IBAN_CODE": "iban"} | {
    "PHONE_NUMBER": "phone"
}


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


def by_length(folder: Path) -> str:
    """Return how well the length of an answer alone tells HaluEval's invented ones."""
    rows = [
        json.loads(row)
        for file in sorted((folder / "halueval").glob("*.jsonl"))
        for row in file.read_text(encoding="utf-8").splitlines()
    ]
    invented, right = (
        [len(row[name]) for row in rows] for name in ("hallucinated_answer", "right_answer")
    )
    return f"halueval   length of the answer alone, AUC {auc(invented, right):.3f} ({len(rows)})"


def _plain(value: str) -> str:
    return re.sub(r"[^0-9a-z@]", "", value.lower())


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.policy")
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    data = parser.parse_args().data
    require(parser, data, "pii", "halueval")
    for line in (*personal(data), by_length(data)):
        print(line)


if __name__ == "__main__":
    main()
