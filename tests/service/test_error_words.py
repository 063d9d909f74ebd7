"""What an exception of the system or of aiokafka may say in a log."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import aiokafka
import pytest
import uvloop
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError

from streams.service.error_words import KAFKA_SENTENCES, kafka_words, system_words

SECRET = "my card is 4111 1111"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(SECRET), None),
        (OSError(SECRET, SECRET), None),
        (OSError(f"Multiple exceptions: {SECRET}"), None),
        (TimeoutError(), None),
        (FileNotFoundError(2, SECRET, SECRET), "ENOENT (No such file or directory)"),
        (PermissionError(13, "", SECRET, None, SECRET), "EACCES (Permission denied)"),
        (OSError(99_999, SECRET), "errno 99999"),
        (socket.gaierror(socket.EAI_NONAME, SECRET), "EAI_NONAME (unknown host)"),
        (socket.gaierror(socket.EAI_AGAIN, SECRET), "EAI_AGAIN"),
        (socket.gaierror(SECRET), None),
        (ssl.SSLError(1, SECRET), None),
        (
            OSError(
                "Multiple exceptions: [Errno 111] Connect call failed ('::1', 9092, 0, 0), "
                "[Errno 111] Connect call failed ('127.0.0.1', 9092)"
            ),
            "ECONNREFUSED (Connection refused), at [::1]:9092; "
            "ECONNREFUSED (Connection refused), at 127.0.0.1:9092",
        ),
    ],
)
def test_the_system_is_quoted_by_number(error: OSError, words: str | None) -> None:
    """
    An error's number is looked up, and no other word of it is taken but an address.
    """
    assert system_words(error) == words


@pytest.mark.parametrize("runs", [asyncio.run, uvloop.run])
def test_a_refused_connection(runs: Callable[..., None]) -> None:
    """
    It is told that a connection was refused, and where the event loop says so, by which address.
    """

    async def connects() -> None:
        with pytest.raises(OSError, match="Conn") as caught:
            await asyncio.open_connection("127.0.0.1", 1)
        words = str(system_words(caught.value))
        assert words.startswith("ECONNREFUSED (Connection refused)")
        assert ("127.0.0.1:1" in words) is ("127.0.0.1" in str(caught.value))

    runs(connects())


def test_a_file_without_certificates(tmp_path: Path) -> None:
    """
    OpenSSL's own name for a failure is told.
    """
    file = tmp_path / "ca.pem"
    file.write_text(SECRET)
    with pytest.raises(ssl.SSLError) as caught:
        ssl.create_default_context(cafile=file)

    assert system_words(caught.value) == "NO_CERTIFICATE_OR_CRL_FOUND"


def _made_by(cause: OSError) -> KafkaError:
    error = KafkaConnectionError(f"Connection at b:1 broken: {SECRET}")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KafkaError(SECRET), "KafkaError"),
        (KafkaError(ValueError(SECRET)), "KafkaError"),
        (KafkaError(), "KafkaError"),
        (MessageSizeTooLargeError(SECRET), "[Error 10] MessageSizeTooLargeError"),
        (
            KafkaConnectionError("No connection to broker at broker-1.example:9092"),
            "KafkaConnectionError: No connection to broker at broker-1.example:9092",
        ),
        (
            KafkaConnectionError(
                "Unable to bootstrap from [('b', 9092, <AddressFamily.AF_UNSPEC: 0>)]"
            ),
            "KafkaConnectionError: Unable to bootstrap from"
            " [('b', 9092, <AddressFamily.AF_UNSPEC: 0>)]",
        ),
        (
            _made_by(ConnectionResetError(errno.ECONNRESET, SECRET)),
            "KafkaConnectionError: Connection at b:1 broken: ECONNRESET (Connection reset by peer)",
        ),
        (KafkaConnectionError(f"No connection to broker at {SECRET}"), "KafkaConnectionError"),
        (
            KafkaError(f"Unexpected error during coordination {SECRET}"),
            "KafkaError: Unexpected error during coordination",
        ),
    ],
)
def test_aiokafka_is_quoted_by_its_own_sentences(error: KafkaError, words: str) -> None:
    """
    Class, code and aiokafka's sentence are told, with the broker in it, and nothing put behind it.
    """
    assert kafka_words(error) == words


@pytest.mark.parametrize("sentence", KAFKA_SENTENCES)
def test_the_sentences_are_those_of_aiokafka(sentence: str) -> None:
    """
    aiokafka still says what we let it say.
    """
    begin = next(part for part in sentence.replace("(", "[").split("[") if part)
    words = begin.partition("{")[0].partition("\\")[0]
    files = Path(aiokafka.__file__).parent
    assert any(
        words in file.read_text() for file in chain(files.glob("*.py"), files.glob("*/*.py"))
    )
