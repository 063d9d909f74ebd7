"""How a customer feels."""

from __future__ import annotations

import pytest

from streams.backends.embedded.sentiment import Sentiments
from streams.definitions.urgency import load_urgency

SENTIMENTS = Sentiments(load_urgency().sentiment)


@pytest.mark.parametrize(
    ("text", "feels"),
    [
        ("This is ridiculous and unacceptable", "frustrated"),
        ("This is the THIRD TIME I write and STILL NOBODY ANSWERS!!!", "frustrated"),
        ("I have been waiting for weeks and there is still no reply", "frustrated"),
        ("This is my third mail and it still does not work", "frustrated"),
        ("Das ist meine dritte Mail und es geht immer noch nicht", "frustrated"),
        ("Das ist eine Frechheit", "frustrated"),
        ("I love it, works great, thank you so much", "satisfied"),
        ("It is not great", "neutral"),
        ("I am not angry, I only wonder", "neutral"),
        ("How do I export to CSV over HTTPS?", "neutral"),
        ("", "neutral"),
    ],
)
def test_sentiment(text: str, feels: str) -> None:
    """
    Feelings are read from words, capitals, marks and repetition, and negation turns them.
    """
    assert SENTIMENTS.of(text) == feels
