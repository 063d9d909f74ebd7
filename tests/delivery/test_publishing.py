"""Publishing never gives up, and a dead letter goes out with as much as fits."""

from __future__ import annotations

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata, TopicPartition

from schemas.dead_letters import ERROR_CLASS
from schemas.envelope import Headers, header
from schemas.topics import DEAD_LETTERS, TRIAGED
from streams.delivery.entry import Entry
from streams.delivery.expiry import Expired
from streams.delivery.linger import Linger
from streams.delivery.publishing import Outgrown, Publishing
from streams.delivery.waiting import Waiting
from streams.errors import Unprocessable
from streams.settings import Settings
from streams.stage import Message
from tests.support.figures_of import counted

ENTRY = Entry(("incoming-tickets", 3), 7, 1)
MESSAGE = Message("incoming-tickets", b"T-1", b"it is broken", [("x", b"1")])
SECRET = "my card is 4111"


class Broker:
    """Takes messages of at most *largest* bytes, after it has failed a number of times."""

    def __init__(self, *, fails: int = 0, largest: int = 1_000_000) -> None:
        self.got: list[tuple[str, bytes | None, bytes | None, Headers]] = []
        self._fails = fails
        self._largest = largest

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> RecordMetadata:
        """
        Take a message.
        """
        if self._fails:
            self._fails -= 1
            raise KafkaTimeoutError
        if len(key or b"") + len(value or b"") > self._largest:
            raise MessageSizeTooLargeError
        self.got.append((topic, key, value, headers))
        return RecordMetadata(topic, 0, TopicPartition(topic, 0), 5, 0, 0, 0)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the attempts after which was paused; no time passes."""
    attempts: list[int] = []

    async def noted(_: Waiting, attempt: int, asked: float = 0.0) -> None:
        attempts.append(attempt)

    monkeypatch.setattr(Waiting, "pause", noted)
    return attempts


def publishing(broker: Broker) -> Publishing:
    """Return what a stage publishes to *broker* with."""
    settings = Settings(topic_prefix="p-")
    linger = Linger(0.0, fetched=lambda: 0, together=1)
    return Publishing("triage", broker.send, settings, Waiting(), linger)


async def test_what_is_not_confirmed_is_published_again(pauses: list[int]) -> None:
    """
    However often the broker does not answer, with a pause between.
    """
    broker = Broker(fails=3)

    there = await publishing(broker).publish(TRIAGED, MESSAGE, ENTRY)

    assert there.offset == 5
    assert broker.got == [("p-triaged-tickets", b"T-1", b"it is broken", [("x", b"1")])]
    assert pauses == [1, 2, 3]


async def test_what_does_not_fit_is_not_tried_again(pauses: list[int]) -> None:
    """
    No time makes it smaller; the error says how large it is.
    """
    with pytest.raises(Outgrown, match="12 bytes"):
        await publishing(Broker(largest=5)).publish(TRIAGED, MESSAGE, ENTRY)

    assert not pauses


async def test_a_dead_letter_says_where_it_came_from_and_why() -> None:
    """
    Its bytes and headers are those that came; words of a foreign error are not repeated.
    """
    broker = Broker()
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        await publishing(broker).dead_letter(MESSAGE, ENTRY, error, 2)

    ((topic, key, value, headers),) = broker.got
    assert (topic, key, value) == (f"p-{DEAD_LETTERS.name}", MESSAGE.key, MESSAGE.value)
    assert headers[0] == ("x", b"1")
    said = {name: header(headers, f"error-{name}") for name in ("stage", "class", "attempts")}
    assert said == {"stage": "triage", "class": "KeyError", "attempts": "2"}
    assert (header(headers, "error-message") or "").startswith("KeyError at test_publishing.py:")
    assert header(headers, "origin-offset") == "7"
    assert SECRET not in str(headers)


@pytest.mark.parametrize(
    ("error", "named"), [(Expired("old"), "expired"), (Unprocessable("odd"), "Unprocessable")]
)
async def test_a_dead_letter_is_counted_by_the_class_that_it_names(
    error: Exception, named: str
) -> None:
    """
    Whoever sees a number in the metrics finds these letters by the same word.
    """
    broker = Broker()
    before = counted("ticketstream_dead_letters_total", stage="triage", error=named)

    await publishing(broker).dead_letter(MESSAGE, ENTRY, error, 1)

    assert header(broker.got[0][3], ERROR_CLASS) == named
    assert counted("ticketstream_dead_letters_total", stage="triage", error=named) == before + 1


async def test_a_dead_letter_goes_without_what_does_not_fit() -> None:
    """
    The value is left out first; that there was one, and of which size, is said.
    """
    broker = Broker(largest=5)

    await publishing(broker).dead_letter(MESSAGE, ENTRY, Unprocessable("not JSON"), 1)

    ((_, key, value, headers),) = broker.got
    assert (key, value) == (b"T-1", None)
    assert header(headers, "error-value-omitted") == "12"
    assert header(headers, "error-message") == "not JSON"
