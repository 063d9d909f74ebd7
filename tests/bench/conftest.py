"""Public data in small: a few rows of our own in the form in which the quality benches read it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import needs_real_servers

ABOUT = {
    "card": ("Where is my new card?", "A new card comes by post within five days."),
    "refund": ("When do I get my refund?", "A refund reaches your bank account after three days."),
    "password": ("How do I reset my password?", "To reset a password, open the sign-in page."),
    "invoice": ("Where can I download an invoice?", "Invoices are listed under Billing."),
}
"""A question and its answer about each of these."""


@pytest.fixture
def real_servers() -> None:
    """Skip the test, unless `make test-real` turned real servers on."""
    needs_real_servers()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with all that the quality benches want."""
    for name in ("train", "test"):
        _rows(tmp_path / f"banking77/{name}.csv")
    _json(
        tmp_path / "docs_qa/chunks.json",
        [{"chunk_link": n, "chunk_heading": n, "text": a} for n, (_, a) in ABOUT.items()],
    )
    _json(
        tmp_path / "docs_qa/questions.json",
        [{"question": q, "correct_chunks": [n]} for n, (q, _) in ABOUT.items()],
    )
    _lines(
        tmp_path / "stackfaq/answers.jsonl",
        [{"faq": n, "title": n, "text": a} for n, (_, a) in ABOUT.items()],
    )
    _lines(
        tmp_path / "stackfaq/queries.jsonl",
        [{"text": q, "gold": [n]} for n, (q, _) in ABOUT.items()],
    )
    _lines(
        tmp_path / "halueval/qa.jsonl",
        [
            {
                "question": q,
                "knowledge": a,
                "right_answer": a,
                "hallucinated_answer": "Never, ever.",
            }
            for q, a in ABOUT.values()
        ],
    )
    spans = [{"entity_type": "EMAIL_ADDRESS", "entity_value": "jo@example.com"}]
    _json(
        tmp_path / "pii/presidio_synthetic.json",
        [{"full_text": "Write to jo@example.com, please.", "spans": spans}],
    )
    return tmp_path


def _rows(file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([("text", "category"), *((q, n) for n, (q, _) in ABOUT.items())])


def _json(file: Path, value: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(value))


def _lines(file: Path, values: list[Any]) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(value) + "\n" for value in values))
