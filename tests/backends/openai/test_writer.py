"""Drafts by a language model: what it is given to read, and what of its answer counts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from streams.backends.embedded.writer import EmbeddedWriter
from streams.backends.openai.model import LanguageModel
from streams.backends.openai.writer import OpenAIWriter
from streams.drafting import draft
from streams.errors import BadAnswer
from streams.off_loop import THREAD_NAME
from streams.ports import Writer
from streams.prompts import prompt_of
from streams.settings import Settings
from streams.text.citations import cited
from tests.support.drafts import VOICE, a_grounded, a_passage
from tests.support.llm import LlmServer, Say


@pytest.fixture
async def asking(llm: LlmServer) -> AsyncIterator[Writer]:
    """Return a writer that asks *llm*."""
    model = LanguageModel(Settings(openai_base_url=llm.url, openai_model="test-model"))
    yield OpenAIWriter(model, EmbeddedWriter(), prompt_of("drafting"))
    await model.close()


def an_answer(body: str, **fields: object) -> Say:
    """Return the order to answer with *body*."""
    rest = {"greeting": "Hi,", "closing": "Bye", "tone": "casual", "unanswered": []}
    return Say.answer_with({"body": body, **rest, **fields})


async def test_a_citation_of_what_was_not_found_is_repaired(llm: LlmServer, asking: Writer) -> None:
    """
    The model is told which id is not among the passages; if it insists, its draft is refused.
    """
    bad, good = an_answer("It is returned [KB-9999]."), an_answer("It is returned [KB-1001].")
    llm.next(bad, good)
    written = await asking.write(a_grounded(a_passage()))
    assert written.prose
    assert cited(written.prose) == ("KB-1001",)
    assert "KB-9999" in llm.calls[-1].body["messages"][-1]["content"]
    llm.next(bad, bad)
    with pytest.raises(BadAnswer):
        await asking.write(a_grounded(a_passage()))


@pytest.mark.parametrize("kind", ["thanks", "auto_reply", "empty"])
async def test_nobody_pays_for_what_asks_for_nothing(
    llm: LlmServer, asking: Writer, kind: str
) -> None:
    """
    Neither does anybody where there is no passage to answer from.
    """
    for ticket in (a_grounded(a_passage(), kind=kind), a_grounded()):
        written = await asking.write(ticket)
        assert written.report
        assert written.report.backend == "embedded"
    assert llm.calls == []


async def test_an_answer_that_cites_nothing_is_a_holding_answer(
    llm: LlmServer, asking: Writer
) -> None:
    """
    A reader must see that nothing was answered.
    """
    llm.next(an_answer("A colleague will look at this.", unanswered=["the refund"]))
    made = await draft(a_grounded(a_passage()), writer=asking, voice=VOICE)
    assert "holding_answer" in [finding.type for finding in made.meta.findings]
    assert made.unanswered == ("the refund",)


async def test_what_the_model_is_given_to_read(llm: LlmServer, asking: Writer) -> None:
    """
    Ticket and passages as JSON; the customer's address is not among it.
    """
    ticket = a_grounded(a_passage(), ticket={"customer_email": "john@example.com"})
    await asking.write(ticket)
    assert [p["doc_id"] for p in llm.calls[0].given["passages"]] == ["KB-1001"]
    assert llm.calls[0].given["ticket"]["text"] == ticket.reading.text
    assert "john@example.com" not in str(llm.calls[0].body)


@pytest.mark.parametrize(
    ("language", "greeting", "closing"),
    [
        ("en", "Hi John,", "Best regards,\nSupport Team"),
        ("de-AT", "Hallo John,", "Viele Grüße\nIhr Support-Team"),
        ("ja", "Hi John,", "Best regards,\nSupport Team"),
    ],
)
async def test_greeting_and_closing_are_never_the_models(
    llm: LlmServer, asking: Writer, language: str, greeting: str, closing: str
) -> None:
    """
    Whatever a model greets with, the draft has our fixed phrases, in the customer's language.
    """
    gift = "Of course you keep the premium seats at no cost for ever."
    body = "A duplicate charge is always returned in full [KB-1001]."
    tone = "empathetic_professional"
    llm.next(an_answer(body, greeting=gift, closing=gift, tone=tone))
    made = await draft(a_grounded(a_passage(), language=language), writer=asking, voice=VOICE)
    assert (made.answer_draft.greeting, made.answer_draft.closing) == (greeting, closing)
    assert made.answer_draft.body == body
    asked_for = llm.calls[0].schema
    assert set(asked_for["properties"]) == {"body", "tone", "unanswered"}
    assert asked_for["additionalProperties"] is False


async def test_a_message_too_long_for_the_model(llm: LlmServer, asking: Writer) -> None:
    """
    The second try has less of the message and fewer passages.
    """
    llm.next(Say.too_long())
    passages = [a_passage(doc_id=f"KB-{n}") for n in range(5)]
    await asking.write(a_grounded(*passages, text="I was charged twice. " * 2_000))
    first, second = (call.given for call in llm.calls)
    assert len(second["ticket"]["text"]) < len(first["ticket"]["text"])
    assert len(second["passages"]) < len(first["passages"])


@pytest.mark.parametrize(
    "written",
    ["[kb-1001]", "(KB-1001)", "【KB-1001】", "[ KB-1001 ]", "[see KB-1001]", "[KB-1001, kb-1001]"],
)
async def test_citations_in_other_forms_become_ours(
    llm: LlmServer, asking: Writer, written: str
) -> None:
    """
    Models write them as they like; a reader finds `[DOC-ID]`.
    """
    llm.next(an_answer(f"A duplicate charge is always returned in full {written}."))
    made = await asking.write(a_grounded(a_passage()))
    assert made.prose == "A duplicate charge is always returned in full [KB-1001]."
    assert made.report
    assert made.report.calls == 1


@pytest.mark.parametrize(
    "written", ["[KB-9999, KB-8888]", "(KB-9999)", "[ KB-9999 ]", "[see KB-9999]", "kb-7"]
)
async def test_citations_of_nothing_in_other_forms_are_refused(
    llm: LlmServer, asking: Writer, written: str
) -> None:
    """
    What looks like an id and is none is told to the model.
    """
    llm.next(an_answer(f"It is returned [KB-1001]. Within a day {written}."))
    await asking.write(a_grounded(a_passage()))
    assert "not among the passages" in llm.calls[-1].body["messages"][-1]["content"]


async def test_a_ticket_is_prepared_in_the_thread_for_long_work(
    llm: LlmServer, asking: Writer, hiding_threads: list[str]
) -> None:
    """
    It takes a quarter of a second with some long tickets. More threads than one would compete
    with the loop for the interpreter.
    """
    llm.next(an_answer("It is returned [KB-1001]."))
    await asking.write(a_grounded(a_passage()))
    assert hiding_threads
    assert all(name.startswith(THREAD_NAME) for name in hiding_threads)
