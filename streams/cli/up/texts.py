"""What `up` says before, between and after the tickets."""

from __future__ import annotations

from collections.abc import Iterator

from streams.cli.up.sources import Sources
from streams.settings import Settings

_VERDICTS = (
    "The verdict is on the draft. passed: a person may send it as it is; warning: a person looks"
    " first; failed: it must not be sent. Where a person takes over, a person answers the whole"
    " ticket, even if its draft passed."
)
_TAXONOMY = (
    "Categories and teams are those of the taxonomy that is included:"
    " TICKETSTREAM_TAXONOMY_FILE takes your own."
)
_ASKED = "I was charged twice this month. How do I get my money back?"
_ASKED_OF_YOURS = "A question that your articles answer"

EMBEDDED = (
    "This is the embedded mode, without a language model: drafts are sentences of the articles,"
    " and a person looks at what they do not clearly answer. A model (TICKETSTREAM_LLM=openai)"
    " also understands questions in other words and in other languages."
)


def introduction(settings: Settings, sources: Sources, articles: int, broken: int) -> Iterator[str]:
    """Yield what goes through what."""
    whose = f"in {sources.kb}" if sources.kb else "of the sample's made-up company, Larkspur"
    left = f"; {counted(broken, 'broken one is', 'broken ones are')} left out" if broken else ""
    yield f"The knowledge base: {counted(articles, 'article', 'articles')} {whose}{left}."
    if sources.kb and not sources.tickets:
        yield "No tickets were given, and the sample's have nothing to do with these articles."
        return
    if sources.tickets and not sources.kb:
        yield "Your tickets will find few answers there: --kb takes your own articles."
    yield f"The tickets of {sources.name_of_tickets} are on their way."
    if sources.tickets and not settings.taxonomy_file:
        yield _TAXONOMY
    yield _VERDICTS


def broken_lines(count: int) -> str:
    """Return what to say of *count* lines that are no tickets, after some were named."""
    lines = counted(count, "line is no ticket and is", "lines are no tickets and are")
    ticket = '{"ticket_id": "T-1", "raw_message": "..."}'
    return f"{lines} left out. Each line is to be one ticket in JSON, such as {ticket}"


def addresses(sources: Sources, url: str, brokers: str) -> str:
    """Return where everything is."""
    asked = _ASKED_OF_YOURS if sources.kb else _ASKED
    return f"""
API      {url}/api/v1/tickets/process
Index    {url}/
Kafka    {brokers}

  curl -s {url}/api/v1/tickets/process -H 'content-type: application/json' -d '
    {{"ticket_id": "TKT-1", "customer_name": "Ada", "customer_email": "ada@example.com",
     "raw_message": "{asked}"}}'

Tickets that come in are shown here. Ctrl-C ends it; nothing is kept."""


def counted(count: int, one: str, many: str) -> str:
    """Return *count* before the word for it."""
    return f"{count:,} {one if count == 1 else many}"
