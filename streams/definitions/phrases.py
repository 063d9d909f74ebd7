"""
The words and phrases by which a message is read.

Two YAML files, each of which documents its form: `defaults/signals.yaml` has how customers word
what a person must know, `defaults/phrases.yaml` all other words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from streams.definitions.alternatives import Terms, mistakes
from streams.definitions.signals import load_signals
from streams.definitions.yaml_files import Definition, load_yaml, shipped
from streams.reading.courtesy import Courtesy, CourtesyPhrases
from streams.reading.message_kind import KindPhrases, MessageKinds
from streams.reading.numbered_questions import NumberedQuestions
from streams.reading.phrase_lists import Section
from streams.reading.phrases import Phrases
from streams.reading.question_clauses import QuestionPhrases
from streams.reading.questions import ProblemPhrases, Questions
from streams.reading.quoted_reply import QuotedPhrases, QuotedReply
from streams.reading.signals import Signals
from streams.reading.subject import SubjectPhrases, Subjects
from streams.reading.thanks import Thanks, ThanksPhrases
from streams.text.patterns import expanded

DEFAULT = Path(__file__).parent / "defaults" / "phrases.yaml"

_Section = TypeVar("_Section", bound=Section)


class PhraseFile(Definition):
    """All words but those of signals, and the terms that their patterns share."""

    terms: Terms = {}
    subject: SubjectPhrases
    quoted: QuotedPhrases
    kind: KindPhrases
    thanks: ThanksPhrases
    courtesy: CourtesyPhrases
    problems: ProblemPhrases
    questions: QuestionPhrases

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """Yield what is no pattern, or has a term that there is not."""
        yield from mistakes(given, *(name for name in cls.model_fields if name != "terms"))

    def compiled(self, told: Signals) -> Phrases:
        """Return what a message is read by; *told* tells its signals."""
        thanks = Thanks(self._whole(self.thanks))
        courtesy = Courtesy(self._whole(self.courtesy), thanks=thanks)
        problems = self._whole(self.problems)
        return Phrases(
            subjects=Subjects(self._whole(self.subject)),
            quoted=QuotedReply(self._whole(self.quoted)),
            thanks=thanks,
            courtesy=courtesy,
            kinds=MessageKinds(self._whole(self.kind), thanks=thanks, courtesy=courtesy),
            questions=Questions(problems, courtesy=courtesy),
            numbered=NumberedQuestions(self._whole(self.questions), problems, courtesy=courtesy),
            signals=told,
        )

    def _whole(self, section: _Section) -> _Section:
        """Return *section* with the terms of its patterns in their places."""
        return section.with_patterns(lambda line: expanded(line, self.terms))


def load_phrases(path: Path | None = None, *, told: Signals | None = None) -> Phrases:
    """
    Return what a message is read by, by the file at *path*, or by the default one.

    Args:
        told: tells the signals of a message; by default as `load_signals` does.

    Raises:
        ConfigurationError: A file does not hold phrases; file, line and field are named.
    """
    if not path and not told:
        return _shipped()
    file = load_yaml(path, PhraseFile) if path else shipped(DEFAULT, PhraseFile)
    return file.compiled(told or load_signals())


@cache
def _shipped() -> Phrases:
    file: PhraseFile = shipped(DEFAULT, PhraseFile)
    return file.compiled(load_signals())
