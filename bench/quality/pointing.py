"""
What it takes to have a model point at lines: tokens of drafts and of the exam, and who passes it.

    python -m bench.quality.pointing [--tickets N]

The sample's tickets go through all stages with the server of our tests, which points as an honest
model does (`tests/support/llm_points.py`), and once more with one that writes prose. Out:

* tokens of a draft: instructions with the schema, what belongs to the ticket, and the answer
* how that server does in the exam, and what the exam's calls take
* how likely somebody passes the exam who knows which questions have no answer, and points at one
  random line for each of the others; decoys are left out

Tokens are those of Llama 2's vocabulary (32,000), which the embedder brings along.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer

from bench.quality.attacks import outcomes_by
from bench.quality.sample_tickets import SAMPLE
from streams.backends.openai.exam import PASS_SHARE, planted_tickets
from streams.cli.check.pointing import CheckedExam, look_at_pointing
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.cli.evaluate.labelled_tickets import labelled_tickets
from streams.service import logs
from streams.settings import Settings
from tests.support.llm import Call, LlmServer
from tests.support.llm_answers import fill

Counter = Callable[[str], int]


def token_counter() -> Counter:
    """Return what counts the tokens of a text."""
    package = find_spec("wordllama")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "tokenizers" / "l2_supercat_tokenizer_config.json"
    tokenizer = Tokenizer.from_file(str(file))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


async def drafting_calls(way: str, tickets: Sequence[LabelledTicket]) -> list[Call]:
    """Return the calls for drafts of *tickets* that are made in this *way*."""
    async with LlmServer() as model:
        await outcomes_by(way, tickets, model.url)
        return [call for call in model.calls if call.schema_name == "drafting"]


def tokens_of(call: Call, count: Counter) -> tuple[int, int, int]:
    """Return the tokens of instructions with schema, of what belongs to the ticket, and answer."""
    ticket = call.body["messages"][-1]["content"]
    answer = json.dumps(fill(call.schema, call.given))
    return count(call.instructions) + count(json.dumps(call.schema)), count(ticket), count(answer)


def chance_of_one_line() -> float:
    """Return how likely one random line for each question that has an answer passes the exam."""
    rights = []
    for planted in planted_tickets():
        lines = sum(len(passage.lines) for passage in planted.ticket.passages)
        rights += [
            1 / lines if len(one.right) == 1 else 0.0 for one in planted.questions if one.right
        ]
    return at_least(ceil(PASS_SHARE * len(rights)), rights)


def at_least(least: int, chances: Sequence[float]) -> float:
    """Return how likely *least* of events happen that have these *chances*."""
    by_number = [1.0]
    for chance in chances:
        longer = [*by_number, 0.0]
        by_number = [
            (longer[n - 1] * chance if n else 0.0) + longer[n] * (1 - chance)
            for n in range(len(longer))
        ]
    return sum(by_number[least:])


async def measure(most: int | None, console: Console) -> None:
    """Measure everything on the first *most* tickets, and print it."""
    count = token_counter()
    found = labelled_tickets(SAMPLE / "tickets.jsonl", {})
    tickets = [one for one in found if isinstance(one, LabelledTicket)][:most]
    table = Table("tokens of a draft", "drafts", "median", "most", box=None)
    for way in ("pointed", "written"):
        calls = await drafting_calls(way, tickets)
        for row in _rows(way, [tokens_of(call, count) for call in calls]):
            table.add_row(*row)
    console.print(table)
    async with LlmServer() as model:
        here = Settings(llm="openai", openai_base_url=model.url, openai_model="honest")
        exam = CheckedExam(here)
        (told,) = await look_at_pointing(here, exam)
        tokens = [tokens_of(call, count) for call in model.calls]
    console.print(f"exam: {told.detail}")
    sent, answered = sum(one[0] + one[1] for one in tokens), sum(one[2] for one in tokens)
    console.print(f"exam: {len(tokens)} calls, {sent:,} tokens in, {answered:,} out")
    once = 1 / chance_of_one_line()
    console.print(f"exam: random lines pass once in {once:,.0f} exams")


def _rows(way: str, tokens: Sequence[tuple[int, int, int]]) -> Iterator[tuple[str, ...]]:
    parts = ("instructions and schema", "lines or passages, and ticket", "answer")
    for name, values in zip(parts, zip(*tokens, strict=True), strict=True):
        yield f"{way}: {name}", str(len(values)), f"{median(values):,.0f}", f"{max(values):,}"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.pointing")
    parser.add_argument("--tickets", type=int, help="take the first ones; by default all")
    options = parser.parse_args()
    logs.quiet()
    asyncio.run(measure(options.tickets, Console(highlight=False, soft_wrap=True)))


if __name__ == "__main__":
    main()
