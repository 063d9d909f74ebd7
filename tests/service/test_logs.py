"""What the logs show, and what they never do."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType, MethodType, SimpleNamespace
from typing import Annotated, Any, Literal, NamedTuple

import pytest
import structlog
from aiokafka.consumer import group_coordinator
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import ConsumerRecord, TopicPartition
from faust.app.base import App
from mode import timers
from pydantic import BaseModel, SecretStr, ValidationError

from schemas import IncomingTicket
from streams import tracing
from streams.delivery.publishing import DEAD_LETTER
from streams.errors import Unavailable
from streams.service import logs
from streams.settings import Settings
from tests.support.recorded_spans import CALLER, TRACE_ID

SECRET = "my card is 4111 1111"


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Give logging back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    root.handlers, _ = before
    root.setLevel(before[1])
    logging.captureWarnings(False)
    structlog.reset_defaults()


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the log lines so far."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def broken_ticket() -> ValidationError:
    """Return an error that quotes the customer."""
    with pytest.raises(ValidationError) as error:
        IncomingTicket.model_validate({"ticket_id": [SECRET]})
    assert SECRET in str(error.value)
    return error.value


def test_what_is_shown_otherwise_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Where a process shows something itself, its log goes without that, and has all other warnings.
    """
    logs.configure(Settings(log_format="json"), without={DEAD_LETTER})
    for event in (DEAD_LETTER, "not published"):
        structlog.get_logger().warning(event)

    (line,) = written(capsys)
    assert line["event"] == "not published"


def test_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A log line is a JSON object with level, time, and what was said about it.
    """
    logs.configure(Settings(log_format="json"))
    structlog.get_logger().info("worker started", stages=["triage"])

    (line,) = written(capsys)
    assert line["event"] == "worker started"
    assert line["level"] == "info"
    assert line["stages"] == ["triage"]
    assert line["timestamp"].endswith("Z")


def test_level(capsys: pytest.CaptureFixture[str]) -> None:
    """
    What is below the level does not show.
    """
    logs.configure(Settings(log_format="json", log_level="error"))
    structlog.get_logger().warning("a")
    logging.getLogger("aiokafka").warning("b")
    structlog.get_logger().error("c")

    assert [line["event"] for line in written(capsys)] == ["c"]


def test_libraries_speak_alike(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Warnings of libraries come out in our form; their chatter does not.
    """
    logs.configure(Settings(log_format="json"))
    logging.getLogger("faust.app").info("chatter")
    logging.getLogger("faust.app").warning("%s is odd", "it")

    (line,) = written(capsys)
    assert (line["event"], line["level"]) == ("it is odd", "warning")
    assert line["logger"] == "faust.app"


def test_lines_name_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Lines of ours and of libraries say which trace they are of, if there is one.
    """
    logs.configure(Settings(log_format="json"))
    with tracing.span("a", "consumer", {}, parent=CALLER):
        structlog.get_logger().info("ours")
        logging.getLogger("faust.app").warning("theirs")
    structlog.get_logger().info("later")

    assert [line.get("trace_id") for line in written(capsys)] == [TRACE_ID, TRACE_ID, None]


def test_a_rebalance_is_no_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Whoever is woken by a warning is not woken because a worker came or went.
    """
    logs.configure(Settings(log_format="json"))
    heartbeat = "Heartbeat failed for group %s because it is rebalancing"
    sensor = "Missing sensor state for rebalance #%s"
    logging.getLogger("aiokafka").warning(heartbeat, "g")
    logging.getLogger("faust").warning(f"[^StageApp]: {sensor}", 3)

    assert not written(capsys)
    assert heartbeat in inspect.getsource(group_coordinator)
    assert sensor in inspect.getsource(App)


def test_a_late_timer_of_a_library_is_no_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    """
    `Timer livelock is overlapping` means nothing to anybody: a busy machine is all that it says.
    """
    logs.configure(Settings(log_format="json"))
    late = "Timer %s is overlapping (interval=%r runtime=%r)"
    logging.getLogger("mode.timers").warning(late, "livelock", 30.0, 31.5)

    assert not written(capsys)
    assert late in inspect.getsource(timers)


def test_no_words_of_customers(capsys: pytest.CaptureFixture[str]) -> None:
    """
    An exception is logged by its class and place: its words may quote a customer.
    """
    logs.configure(Settings(log_format="json"))
    error = broken_ticket()
    structlog.get_logger().error("ours", exc_info=error)
    logging.getLogger("mode").error("theirs", exc_info=error)
    logging.getLogger("faust").error("Crashed reason=%r", error)

    text = capsys.readouterr().err
    assert SECRET not in text
    assert [json.loads(line).get("error") for line in text.splitlines()] == [
        "ValidationError",
        "ValidationError",
        None,
    ]


def test_reason_of_an_outage(capsys: pytest.CaptureFixture[str]) -> None:
    """
    What Kafka says of itself is shown: an operator needs it.
    """
    logs.configure(Settings(log_format="json"))
    structlog.get_logger().error("no Kafka", exc_info=_NO_BROKER)

    assert "at b:1" in written(capsys)[0]["reason"]


_NO_BROKER = KafkaConnectionError("No connection to broker at b:1")


def test_no_flood(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A library that repeats itself is heard once in a while; other complaints come through.
    """
    logs.configure(Settings(log_format="json"))
    for _ in range(50):
        logging.getLogger("aiokafka").error("Unable connect to node with id %s", 1)
    logging.getLogger("aiokafka").error("another")

    found = [line["event"] for line in written(capsys)]
    assert found == ["Unable connect to node with id 1", "another"]


QUOTED = ValueError(SECRET)
_CIRCLE: list[object] = [QUOTED]
_CIRCLE.append(_CIRCLE)


def _failed() -> Future[None]:
    future: Future[None] = Future()
    future.set_exception(QUOTED)
    return future


def test_what_holds_no_exception_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A library's own keys and tuples are left alone.
    """
    logs.configure(Settings(log_format="json"))
    logging.getLogger("library").warning("positions %s of %s", {TopicPartition("t", 0): 5}, "g")

    assert "TopicPartition(topic='t', partition=0): 5" in written(capsys)[0]["event"]


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (QUOTED, ()),
        ("%s", (QUOTED,)),
        ("%(error)s", ({"error": QUOTED},)),
        ("%(first)s %(all)r", ({"first": 1, "all": [QUOTED, {"deep": (QUOTED,)}]},)),
        ("%s", ([QUOTED],)),
        ([QUOTED, "two"], ()),
        ({"error": QUOTED}, ()),
        ({"a": {QUOTED}}, ()),
        (ExceptionGroup(SECRET, [QUOTED]), ()),
        (deque([QUOTED]), ()),
        ("%s", ({"a": QUOTED}.values(),)),
        ({("t", 0): QUOTED}, ()),
        ({("t", QUOTED): 1}, ()),
        ("%s", (_failed(),)),
        (_CIRCLE, ()),
        ("%d tickets", (SECRET,)),
        (b"bytes", ()),
        (None, ()),
        (3, ()),
    ],
)
def test_whatever_a_library_logs(
    capsys: pytest.CaptureFixture[str], message: object, arguments: tuple[Any, ...]
) -> None:
    """
    Any object is a message: the library that logs it goes on, and no exception's words show.
    """
    logs.configure(Settings(log_format="json"))
    for _ in range(2):
        logging.getLogger("library").error(message, *arguments)

    text = capsys.readouterr().err
    assert SECRET not in text
    assert len(text.splitlines()) == 1


@dataclass
class _Held:
    """An object that describes itself by what it holds."""

    text: object


class _Model(BaseModel):
    held: Any


class _Named(NamedTuple):
    held: object


class _Words(str):
    def __repr__(self) -> str:
        return SECRET

    __str__ = __repr__


class _Ours(list[object]):
    def __repr__(self) -> str:
        return SECRET


async def _task() -> None:
    raise QUOTED


TICKET = IncomingTicket(ticket_id="1", raw_message=SECRET)
KINDS: dict[str, Callable[[], object]] = {
    "exception": lambda: QUOTED,
    "exception_of_the_system_about_another": lambda: OSError(QUOTED),
    "exception_of_the_system_with_words": lambda: OSError(SECRET),
    "exception_of_the_system_about_a_file": lambda: FileNotFoundError(2, SECRET, SECRET),
    "exception_of_kafka_with_words": lambda: KafkaConnectionError(SECRET),
    "exception_of_ours_with_an_object": lambda: Unavailable(_Held(SECRET)),  # type: ignore[arg-type]
    "exception_group": lambda: ExceptionGroup(SECRET, [QUOTED]),
    "event": lambda: TICKET,
    "model": lambda: _Model(held=QUOTED),
    "dataclass": lambda: _Held(SECRET),
    "dataclass_with_exception": lambda: _Held(QUOTED),
    "object": lambda: SimpleNamespace(text=SECRET),
    "named_tuple": lambda: _Named(QUOTED),
    "message_of_kafka": lambda: _record(SECRET.encode()),
    "bytes": lambda: SECRET.encode(),
    "bytearray": lambda: bytearray(SECRET.encode()),
    "view": lambda: {"a": _Held(SECRET)}.items(),
    "generator": lambda: (one for one in [SECRET]),
    "partial": lambda: partial(print, SECRET),
    "method": lambda: MethodType(print, _Held(SECRET)),
    "alias": lambda: list[Annotated[str, SECRET]],
    "task": lambda: asyncio.get_running_loop().create_task(_task(), name=SECRET),
    "future": _failed,
    "context": lambda: ContextVar(SECRET),
    "mapping": lambda: MappingProxyType({"a": _Held(SECRET)}),
    "default": lambda: defaultdict(lambda: QUOTED, a=QUOTED),
    "counter": lambda: Counter([QUOTED]),
    "deque": lambda: deque([_Held(SECRET)]),
    "text_that_shows_other_text": lambda: _Words("fine"),
    "list_that_shows_other_text": lambda: _Ours(),
    "key": lambda: {("t", QUOTED): 1},
    "secret": lambda: SecretStr(SECRET),
    "deep": lambda: [[[[[[[[[[[[QUOTED]]]]]]]]]]]],
    "circle": lambda: _CIRCLE,
}
"""Of each kind of value one that has the customer's words somewhere."""


def _record(value: bytes) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord("t", 0, 0, 0, 0, value, value, None, 0, len(value), ())


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("kind", KINDS)
async def test_no_kind_of_value_shows_what_a_customer_wrote(
    capsys: pytest.CaptureFixture[str], kind: str, log_format: Literal["json", "console"]
) -> None:
    """
    A field, an argument of ours or of a library, and a bound value are shown without its words.
    """
    logs.configure(Settings(log_format=log_format))
    value = KINDS[kind]()
    ours, theirs = structlog.get_logger(), logging.getLogger("library")

    ours.warning("field", value=value)
    ours.warning("fields", value={"a": [value]})
    ours.bind(value=value).warning("bound")
    ours.warning("argument %s, %r", value, [value])
    ours.warning("named %(value)s", {"value": value})
    ours.log(logging.ERROR, "argument %r", value)
    await ours.awarning("argument %r", value)
    try:
        raise QUOTED
    except ValueError:
        ours.exception("failed %r", value)
    theirs.warning("argument %s, %r", value, [value])
    theirs.warning("named %(value)s", {"value": value})
    theirs.warning(value)
    theirs.warning("extra", extra={"value": value})

    written = capsys.readouterr().err
    assert SECRET not in written
    assert len(written.splitlines()) >= 12
    if isinstance(value, asyncio.Task):
        with pytest.raises(ValueError, match=SECRET):
            await value


def test_what_says_nothing_of_others_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Text, numbers, times, paths and classes are shown, in lists and under any key, too.
    """
    logs.configure(Settings(log_format="json"))
    at = datetime(2026, 11, 30, tzinfo=UTC)
    structlog.get_logger().warning(
        "%s of %d", "one", 2, a=1.5, b=None, c=[True, Path("/x")], d={("t", 0): {"e": at}}, f=int
    )

    (line,) = written(capsys)
    assert line["event"] == "one of 2"
    assert (line["a"], line["b"], line["c"][0]) == (1.5, None, True)
    assert "/x" in line["c"][1]
    assert "2026" in line["d"]["('t', 0)"]["e"]
    assert "int" in line["f"]


async def test_what_asyncio_says_of_a_lost_task(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A task whose exception nobody asked for is reported without the exception's words.
    """
    logs.configure(Settings(log_format="json"))
    loop = asyncio.get_running_loop()
    lost = loop.create_future()
    lost.set_exception(QUOTED)
    loop.call_exception_handler(
        {"message": "exception was never retrieved", "exception": QUOTED, "future": lost}
    )
    lost.exception()

    (line,) = written(capsys)
    assert SECRET not in str(line)
    assert (line["event"], line["error"]) == ("exception was never retrieved", "ValueError")


def test_a_warning_that_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A warning is reported by its place and class: pydantic's quote the value that they are about.
    """
    logs.configure(Settings(log_format="json"))
    broken: dict[str, Any] = {"ticket_id": [SECRET]}
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        IncomingTicket.model_construct(**broken).model_dump_json()

    (line,) = written(capsys)
    assert SECRET not in str(line)
    assert "UserWarning" in line["event"]


_FAILING = """
import sys, threading
from streams.service import logs
from streams.settings import Settings

class Finalized:
    def __del__(self):
        raise ValueError("my card is 4111 1111")

def fails():
    raise ValueError("my card is 4111 1111")

{sets_up}
thread = threading.Thread(target=fails)
thread.start()
thread.join()
Finalized()
fails()
"""


@pytest.mark.parametrize("sets_up", ['logs.configure(Settings(log_format="json"))', "logs.quiet()"])
def test_what_nobody_catches(sets_up: str) -> None:
    """
    An exception that ends a thread, a finalizer or the process is told by class and place.
    """
    code = _FAILING.format(sets_up=sets_up)
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.returncode == 1
    assert SECRET not in ran.stderr
    lines = ran.stderr.splitlines()
    assert [line.count("ValueError") for line in lines] == [1, 1, 1]
    assert all("<string>" in line for line in lines)
