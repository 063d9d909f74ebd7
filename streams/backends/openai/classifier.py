"""
Triage by a language model: makes a `Classification` from a ticket and its reading.

The model chooses among the taxonomy's values and names nothing else. A message that asks
for nothing is left to the embedded classifier, so that nobody pays for thanks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, create_model

from schemas import IncomingTicket, Reading, StageReport
from streams.backends.openai.model import LanguageModel
from streams.backends.spending_limit import Payer
from streams.definitions.taxonomy import Taxonomy
from streams.off_loop import off_loop
from streams.ports import Classification, Classifier
from streams.prompts import Prompt, filled
from streams.reading.questions import MOST
from streams.text.language import language_tag
from streams.text.placeholders import Placeholders, without_placeholders

STAGE = "triage"
LONGEST, SHORTER = 24_000, 4_000
"""Characters of a message that the model reads, and reads at a second try."""
LONGEST_SUBJECT, LONGEST_QUERY = 1_000, 300


class OpenAIClassifier:
    """A `Classifier` that asks a language model."""

    name = LanguageModel.name

    def __init__(
        self, model: LanguageModel, taxonomy: Taxonomy, embedded: Classifier, prompt: Prompt
    ) -> None:
        """*embedded* classifies what asks for nothing."""
        self._model = model
        self._embedded = embedded
        leaves = [(c.name, leaf) for c in taxonomy.categories for leaf in c.subcategories]
        self._leaves = {
            f"{category} > {leaf.name}": (category, leaf.name) for category, leaf in leaves
        }
        self._shape = _shape(list(self._leaves))
        self._prompt = filled(
            prompt,
            kinds=_listed({f"{c} > {leaf.name}": leaf.description for c, leaf in leaves}),
            priorities=_listed({p: v.description for p, v in sorted(taxonomy.priorities.items())}),
            fallback=next(name for name, (c, _) in self._leaves.items() if c == taxonomy.fallback),
        )

    async def classify(self, ticket: IncomingTicket, reading: Reading) -> Classification:
        """
        Return what *ticket* is about, as the model sees it.

        Raises:
            Unavailable, Refused, BadAnswer, BudgetSpent: As `LanguageModel.ask`.
        """
        if not reading.asks:
            report = StageReport(backend=self._embedded.name)
            return replace(await self._embedded.classify(ticket, reading), report=report)
        answer = await self._model.ask(
            STAGE,
            self._prompt,
            await off_loop(_data, ticket, reading, LONGEST),
            self._shape,
            shorter=lambda: _data(ticket, reading, SHORTER),
            payer=Payer(ticket.tenant, ticket.ticket_id, STAGE),
        )
        said = answer.value
        category, subcategory = self._leaves[said.kind_of_problem]
        return Classification(
            category=category,
            subcategory=subcategory,
            priority=said.priority,
            sentiment=said.sentiment,
            confidence=round(said.confidence, 4),
            queries=tuple(_queries(said.queries[:MOST])),
            report=answer.report,
        )


def _between_0_and_1(confidence: float) -> float:
    if not 0 <= confidence <= 1:
        raise ValueError("must be from 0 to 1")
    return confidence


class _Answer(BaseModel):
    """
    The form of the model's answer; `_shape` adds the taxonomy's values.

    Servers differ in the keywords of JSON schema that they know, so it has none but types and
    enumerations; the rest is checked here.
    """

    model_config = ConfigDict(extra="forbid")

    kind_of_problem: str
    priority: Literal["P1", "P2", "P3"]
    sentiment: Literal["satisfied", "neutral", "frustrated"]
    confidence: Annotated[float, AfterValidator(_between_0_and_1)]
    queries: list[str]


def _shape(kinds: list[str]) -> type[_Answer]:
    """Return the form of an answer whose `kind_of_problem` is one of *kinds*."""
    values: Any = Literal[tuple(kinds)]
    return create_model("Triage", __base__=_Answer, kind_of_problem=(values, ...))


def _listed(lines: dict[str, str]) -> str:
    """Return names and what they mean as a list. Dollar signs stay what they are."""
    return "\n".join(
        f'  - "{name}"{": " if meaning else ""}{meaning}' for name, meaning in lines.items()
    )


def _queries(asked: list[str]) -> Iterator[str]:
    """Yield what to look for of *asked*; what a placeholder stands for is in no article."""
    for query in asked:
        if found := without_placeholders(query)[:LONGEST_QUERY]:
            yield found


def _data(ticket: IncomingTicket, reading: Reading, longest: int) -> dict[str, Any]:
    """
    Return what the model is given to read: subject, text, language and channel.

    Secrets, e-mail addresses and telephone numbers in them are behind placeholders. Name,
    address, earlier messages, attachments and metadata are not its business.
    """
    parts = (ticket.subject, reading.text, ticket.channel)
    placeholders = Placeholders(ticket.customer_email, parts=parts)
    return {
        "ticket": {
            "subject": placeholders.hide(ticket.subject or "", longest=LONGEST_SUBJECT) or None,
            "text": placeholders.hide(reading.text, longest=longest),
            "language": language_tag(reading.language),
            "channel": placeholders.hide(ticket.channel or "", longest=LONGEST_SUBJECT) or None,
        }
    }
