"""`ticketstream kb dump`: the articles that `kb-articles` has, as lines that `kb load` takes."""

from __future__ import annotations

import json

from schemas.topics import ARTICLES
from streams.cli import terminal
from streams.cli.exit_codes import DONE
from streams.cli.kb.connection import there
from streams.knowledge.article_fields import as_sent
from streams.settings import Settings


async def dump_articles(settings: Settings) -> int:
    """
    Write every article as a line of JSON, in the order of their ids.

    All of it is ASCII, so that no shell's encoding spoils a copy.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic is missing, or has a wrong policy.
    """
    found = await there(settings)
    for _, article in sorted(found.items()):
        print(json.dumps(json.loads(as_sent(article))))
    terminal.note(f"{len(found):,} articles of {ARTICLES.name}")
    return DONE
