"""The knowledge base's articles, and stage 2, which adds the passages that bear on a ticket."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from schemas import triage
from schemas.base import WORD, Event, Moment, Word
from schemas.ticket import Id
from schemas.triage import TriagedTicket

DocId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="the owner's own id of the article"),
]


def _at_least_not_public(audience: Any) -> Any:
    """Return *audience*, or what hides the article if that is no audience at all."""
    is_one = isinstance(audience, str) and re.fullmatch(WORD, audience)
    return audience if is_one else "unreadable"


def _empty_if_none(url: Any) -> Any:
    """Return *url*, or what says that there is none where an export says null."""
    return "" if url is None else url


class Article(Event):
    """
    `kb-articles`: one article, whole. A null value with the same key deletes it.

    `body` is Markdown or HTML. An article is evidence for a draft if its tenant is the
    ticket's, its audience is public, and `valid_until` has not passed. An unknown audience is not
    public.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "doc_id": "KB-1234",
                    "title": "Duplicate Charge Resolution",
                    "url": "https://kb.company.com/billing/duplicate",
                    "body": "A second charge is returned within 5 business days.",
                }
            ]
        }
    )

    doc_id: DocId
    title: Annotated[str, Field(min_length=1, max_length=1_000)]
    url: Annotated[
        str,
        BeforeValidator(_empty_if_none),
        Field(max_length=2_000, description="where readers find it; empty if nowhere"),
    ] = ""
    body: Annotated[str, Field(min_length=1, max_length=900_000)]
    category: str | None = None
    updated_at: datetime | None = None
    valid_until: datetime | None = None
    locale: str | None = None
    tenant: Id = "default"
    audience: Annotated[
        Word, BeforeValidator(_at_least_not_public), Field(description="public, internal, ...")
    ] = "public"

    @property
    def expires_at(self) -> datetime | None:
        """
        Return the moment from which the article is no evidence any more, or None.

        A `valid_until` without a time, which reads as midnight without a zone, counts to the
        end of that day. Without a zone it is UTC.
        """
        until = self.valid_until
        if until is None or until.tzinfo is not None:
            return until
        whole_day = until.time() == time() and until.date() < datetime.max.date()
        return (until + timedelta(days=1) if whole_day else until).replace(tzinfo=UTC)


_PASSAGE: dict[str, JsonValue] = {
    "doc_id": "KB-1234",
    "chunk_id": "KB-1234-c-1",
    "title": "Duplicate Charge Resolution",
    "url": "https://kb.company.com/billing/duplicate",
    "text": "A second charge is returned within 5 business days.",
    "score": 0.89,
}


TextSpan = tuple[int, int]
"""Where a piece of a text begins and ends, in characters (code points) from 0, end exclusive."""


class Line(Event):
    """
    A line of an article: a sentence, an item of a list, a step, a row of a table, or code.

    It is the least that a draft quotes, made once, when the article is indexed. `spans` cut it
    out of the article's canonical text, which is what reading its markup yields. `needs` are the
    lines of the same article without which it would mislead: the lead-in of its list, the steps
    before it, the condition or the exception beside it, the sentence that its "this" points to.
    """

    n: Annotated[int, Field(ge=1, description="place in the article's reading order, from 1")]
    kind: Annotated[Word, Field(description="sentence, item, step, row, code, ...")] = "sentence"
    text: Annotated[
        str,
        Field(
            min_length=1,
            description="as a draft quotes it, without the mark of a list; a row on one line",
        ),
    ]
    spans: Annotated[
        tuple[TextSpan, ...],
        Field(description="into the canonical text; a row has one for each header and cell"),
    ] = ()
    headings: Annotated[
        tuple[str, ...], Field(description="that it stands under, outermost first, title left out")
    ] = ()
    conditions: Annotated[
        tuple[str, ...], Field(description="those of its headings that say when it holds")
    ] = ()
    number: Annotated[int, Field(ge=0, description="of a step; 0 for what is none")] = 0
    cells: Annotated[
        tuple[tuple[str, str], ...],
        Field(description="of a row: (header, value) each; empty cells are left out"),
    ] = ()
    needs: Annotated[tuple[int, ...], Field(description="numbers of lines that it needs")] = ()
    restricted_by: Annotated[
        tuple[int, ...],
        Field(
            description="those of them that it needs only as conditions and exceptions beside it"
        ),
    ] = ()
    quotable: Annotated[
        bool,
        Field(
            description="false if it points at what cannot come along, or is meant for a machine"
        ),
    ] = True


class Passage(Event):
    """
    A part of an article, as it was found for a ticket.

    `score` is an absolute measure of evidence, 0 to 1, that means the same in every
    knowledge base; it is not the rank.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_PASSAGE]})

    doc_id: DocId
    chunk_id: Annotated[str, Field(description="`<doc_id>-c-<n>`, n from 1")]
    title: str
    url: str = ""
    text: Annotated[str, Field(description="plain text: headings and steps, no markup")]
    score: Annotated[float, Field(ge=0, le=1)]
    lines: Annotated[
        tuple[Line, ...],
        Field(description="its own, and those that they need from elsewhere in the article"),
    ] = ()
    text_hash: Annotated[
        str, Field(description="SHA-256 of the article's canonical text, in hex")
    ] = ""
    updated_at: Annotated[Moment | None, Field(description="of the article")] = None
    locale: Annotated[str | None, Field(description="of the article, BCP 47")] = None


EXAMPLE: dict[str, JsonValue] = {**triage.EXAMPLE, "passages": [_PASSAGE]}


class GroundedTicket(TriagedTicket):
    """`grounded-tickets`: + the passages that are evidence, best first. None is an answer too."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    passages: tuple[Passage, ...]
