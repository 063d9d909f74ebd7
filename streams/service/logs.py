"""
Logs go to standard error, as JSON or for people, and never carry customer text.

`configure` once a process; after it `structlog.get_logger()` anywhere. What libraries log
through `logging` comes out in the same form, from warnings up. Exceptions are shown by their
class and place, without their words: those of a library may quote a customer.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import time
import traceback
from collections import deque
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    ItemsView,
    KeysView,
    Mapping,
    ValuesView,
)
from concurrent.futures import Future
from operator import is_
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from structlog.typing import EventDict, Processor

from streams.errors import ConfigurationError, TicketError
from streams.settings import Settings

REPEAT_SECONDS = 10.0
"""A library's complaint comes at most this often: aiokafka has 20 a second while Kafka is away."""
FALSE_ALARMS = (
    "because it is rebalancing",
    "Missing sensor state for rebalance",
    "Timer %s is overlapping",
)
"""In what aiokafka, Faust and mode complain of at a rebalance or under load, with nothing wrong."""
_OUR_WORDS = (KafkaError, OSError, TicketError, ConfigurationError)
"""Exceptions whose words are known to be free of customer text."""


def configure(settings: Settings, *, without: Collection[str] = ()) -> None:
    """Set up logging as *settings* say, for this process; *without* what is shown otherwise."""
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer()
    )
    level: int = getattr(logging, settings.log_level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    structlog.configure(
        processors=[_leaving_out(without), *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _route_libraries(shared, renderer, max(level, logging.WARNING))


def quiet() -> None:
    """Log nothing: a command says itself, on standard error, what matters."""
    logging.getLogger().handlers = [logging.NullHandler()]
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def _route_libraries(shared: list[Processor], renderer: Processor, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_clean)
    handler.addFilter(_is_wrong)
    handler.addFilter(_sparing(time.monotonic))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)


def _leaving_out(events: Collection[str]) -> Processor:
    """Return what drops the lines of our own that say one of *events*."""

    def passes(_: Any, __: str, event: EventDict) -> EventDict:
        if event["event"] in events:
            raise structlog.DropEvent
        return event

    return passes


def _without_words(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its class and the places that it came through."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
        if isinstance(error, _OUR_WORDS):
            event["reason"] = str(error)
    return {name: _safe(value) for name, value in event.items()}


def _is_wrong(record: logging.LogRecord) -> bool:
    """Return whether *record* is more than a false alarm."""
    return not any(said in record.msg for said in FALSE_ALARMS)


def _clean(record: logging.LogRecord) -> bool:
    """Make the message a text, and take the words out of the exceptions in it."""
    record.msg = _MAY_QUOTE.get(record.name, str)(_safe(record.msg))
    if isinstance(record.args, tuple):
        record.args = tuple(map(_safe, record.args))
    elif record.args:
        record.args = {name: _safe(value) for name, value in record.args.items()}
    try:
        record.getMessage()
    except Exception:  # the library's mistake, of which logging would show the arguments
        record.args = ()
    return True


_DEEPEST = 8
"""Levels of lists and dicts that are looked into. What lies deeper is shown by its class."""
_PARTS = (list, tuple, set, frozenset, deque, KeysView, ValuesView, ItemsView)


def _safe(value: object, level: int = 0) -> object:
    """Return *value*, or the same with the class of each exception in it instead of that."""
    if isinstance(value, BaseException):
        return value if isinstance(value, _OUR_WORDS) else type(value).__name__
    if isinstance(value, asyncio.Future | Future):  # they show their exception
        return type(value).__name__
    if isinstance(value, Mapping):
        return _safe_mapping(value, level) if level < _DEEPEST else type(value).__name__
    if isinstance(value, _PARTS):
        if level >= _DEEPEST:
            return type(value).__name__
        before = list(value)
        parts = [_safe(part, level + 1) for part in before]
        return value if all(map(is_, parts, before)) else parts
    return value


def _safe_mapping(value: Mapping[Any, object], level: int) -> object:
    made = [(_safe(name, level + 1), _safe(part, level + 1)) for name, part in value.items()]
    before = value.items()
    if all(a is name and b is part for (a, b), (name, part) in zip(made, before, strict=True)):
        return value
    return {(name if isinstance(name, Hashable) else str(name)): part for name, part in made}


def _first_line(message: object) -> str:
    """Return asyncio's own sentence: the lines behind it show futures with their exceptions."""
    return str(message).partition("\n")[0]


def _place_and_class(message: object) -> str:
    """Return where a warning was raised and its class, without what it says."""
    found = re.match(r".*?:\d+: \w+", str(message))
    return found[0] if found else "a warning"


_MAY_QUOTE: dict[str, Callable[[object], str]] = {
    "asyncio": _first_line,
    "py.warnings": _place_and_class,
}
"""Loggers whose messages may quote customers, and what of them is shown."""


def _sparing(clock: Callable[[], float]) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that passes one complaint of a kind each `REPEAT_SECONDS` of *clock*."""
    last: dict[tuple[str, object], float] = {}

    def passes(record: logging.LogRecord) -> bool:
        kind, now = (record.name, record.msg), clock()
        if now - last.get(kind, float("-inf")) < REPEAT_SECONDS:
            return False
        if len(last) > 1000:  # messages that are not templates never come again
            last.clear()
        last[kind] = now
        return True

    return passes
