"""
All that a message is read by: words and phrases of the languages we know, ready to be looked for.

`definitions/phrases.py` makes it of the files that have them.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.reading.courtesy import Courtesy
from streams.reading.message_kind import MessageKinds
from streams.reading.numbered_questions import NumberedQuestions
from streams.reading.questions import Questions
from streams.reading.quoted_reply import QuotedReply
from streams.reading.signals import Signals
from streams.reading.subject import Subjects
from streams.reading.thanks import Thanks


@dataclass(frozen=True)
class Phrases:
    """What each step of reading tells by words."""

    subjects: Subjects
    quoted: QuotedReply
    thanks: Thanks
    courtesy: Courtesy
    kinds: MessageKinds
    questions: Questions
    numbered: NumberedQuestions
    signals: Signals
