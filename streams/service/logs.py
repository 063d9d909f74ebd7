"""
Logs go to standard error, as JSON or for people, and never carry customer text.

`configure` once a process; after it `structlog.get_logger()` anywhere. What libraries log
through `logging` comes out in the same form, from warnings up. Exceptions are shown by their
class and place, without their words: those of a library may quote a customer. So are those that
nobody catches, in any thread.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from streams import tracing
from streams.service.library_logs import library_filters
from streams.service.log_values import loggable, loggable_reason
from streams.settings import Settings


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
        _with_trace,
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
    _log_uncaught()


def quiet() -> None:
    """Log only what nobody catches: a command says itself, on standard error, what matters."""
    logging.getLogger().handlers = [logging.NullHandler()]
    structlog.configure(
        processors=[_without_words, structlog.processors.KeyValueRenderer(key_order=["event"])],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    _log_uncaught()


def _log_uncaught() -> None:
    """Log what nobody catches, in place of the interpreter's traceback with its words."""
    sys.excepthook = lambda _, error, __: _uncaught("a bug", error)
    threading.excepthook = lambda found: _uncaught("a bug in a thread", found.exc_value)
    sys.unraisablehook = lambda found: _uncaught("a bug in a finalizer", found.exc_value)


def _uncaught(event: str, error: BaseException | None) -> None:
    if not isinstance(error, SystemExit | KeyboardInterrupt):  # these end a thread quietly
        structlog.get_logger().critical(event, exc_info=error)


def _route_libraries(shared: list[Processor], renderer: Processor, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    for one in library_filters(time.monotonic):
        handler.addFilter(one)
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


def _with_trace(_: Any, __: str, event: EventDict) -> EventDict:
    """Name the trace of what is being done, if it has one."""
    if context := tracing.current().context:
        event["trace_id"] = context.trace_id
    return event


def _without_words(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its class and the places that it came through."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
        if reason := loggable_reason(error):
            event["reason"] = reason
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
