"""
Logs go to standard error, as JSON or for people, and never carry customer text.

`configure` once a process; after it `structlog.get_logger()` anywhere. What libraries log
through `logging` comes out in the same form, from warnings up. Exceptions are shown by their
class and place, without their words: those of a library may quote a customer.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from streams.service.log_values import has_our_words, loggable
from streams.settings import Settings

REPEAT_SECONDS = 10.0
"""A library's complaint comes at most this often: aiokafka has 20 a second while Kafka is away."""
FALSE_ALARMS = (
    "because it is rebalancing",
    "Missing sensor state for rebalance",
    "Timer %s is overlapping",
)
"""In what aiokafka, Faust and mode complain of at a rebalance or under load, with nothing wrong."""


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
        wrapper_class=_logger_of(level),
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
        if has_our_words(error):
            event["reason"] = str(error)
    return {
        name: value if name == _RECORD else loggable(value, as_json=True)
        for name, value in event.items()
    }


_RECORD = "_record"
"""structlog's name for what a library logged, on its way to the text."""


def _logger_of(level: int) -> type[FilteringBoundLogger]:
    """Return structlog's logger, which puts arguments into an event only as they may be shown."""
    base = structlog.make_filtering_bound_logger(level)

    def with_shown(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def logs(self: Any, *args: Any, **kw: Any) -> Any:
            return method(self, *map(loggable, args), **kw)

        return logs

    methods = {name: with_shown(getattr(base, name)) for name in _LOGGING}
    return type(base.__name__, (base,), methods)


_LEVELS = ("debug", "info", "msg", "warning", "warn", "error", "exception", "critical", "fatal")
_LOGGING = [made for name in (*_LEVELS, "log") for made in (name, f"a{name}")]
"""structlog's methods that log, and those that do so beside the event loop."""


def _is_wrong(record: logging.LogRecord) -> bool:
    """Return whether *record* is more than a false alarm."""
    return not any(said in record.msg for said in FALSE_ALARMS)


def _clean(record: logging.LogRecord) -> bool:
    """Make the message a text, and take the words out of the exceptions in it."""
    record.msg = _MAY_QUOTE.get(record.name, str)(loggable(record.msg))
    if isinstance(record.args, tuple):
        record.args = tuple(map(loggable, record.args))
    elif record.args:
        record.args = {name: loggable(value) for name, value in record.args.items()}
    try:
        record.getMessage()
    except Exception:  # the library's mistake, of which logging would show the arguments
        record.args = ()
    return True


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
