"""
What libraries log through `logging`, without false alarms, floods, and customers' words.

Exceptions and other objects are shown as `log_values.py` has it. asyncio writes objects into the
text of its messages: callbacks with their arguments, futures with their results. These are cut.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable
from typing import Any

from streams.service.log_values import loggable

REPEAT_SECONDS = 10.0
"""A library's complaint comes at most this often: aiokafka has 20 a second while Kafka is away."""
FALSE_ALARMS = (
    "because it is rebalancing",
    "Missing sensor state for rebalance",
    "Timer %s is overlapping",
)
"""In what aiokafka, Faust and mode complain of at a rebalance or under load, with nothing wrong."""


def library_filters(
    clock: Callable[[], float],
) -> tuple[Callable[[logging.LogRecord], bool], ...]:
    """Return the filters for a handler of libraries' records. *clock* tells seconds."""
    return _clean, _is_wrong, _sparing(clock)


def _is_wrong(record: logging.LogRecord) -> bool:
    """Return whether *record* is more than a false alarm."""
    return not any(said in record.msg for said in FALSE_ALARMS)


def _clean(record: logging.LogRecord) -> bool:
    """Make the message a text, and take the words of exceptions, tasks and callbacks out of it."""
    shown = _shown_of_asyncio if record.name == "asyncio" else _without_tasks
    if isinstance(record.args, tuple):
        args: Any = tuple(shown(loggable(one)) for one in record.args)
    else:
        args = {name: shown(loggable(one)) for name, one in (record.args or {}).items()}
    if record.name == "asyncio" and not args:
        record.msg = _sentence_of_asyncio(str(loggable(record.msg)))
    elif record.name == "py.warnings":
        record.msg = _place_and_class(record.msg)
    else:
        record.msg = str(_without_tasks(loggable(record.msg)))
    record.args = args
    try:
        record.getMessage()
    except Exception:  # the library's mistake, of which logging would show the arguments
        record.args = ()
    return True


_TASK = re.compile(r"<(?:[\w.]+\.)?(\w*(?:Task|Future|Handle|Server|Transport))\b.*(?:>|\Z)", re.S)
"""How asyncio describes a task or a callback: with its arguments, its result or its exception."""


def _without_tasks(value: object) -> object:
    """Return *value*; if it is a text, with asyncio's descriptions in it cut to their class."""
    return _TASK.sub(r"<\1>", value) if isinstance(value, str) else value


def _shown_of_asyncio(value: object) -> object:
    """Return an argument of asyncio's message: each text is a description of some object."""
    text = _without_tasks(value)
    is_class = isinstance(text, str) and re.fullmatch(r"<\w+>", text)
    return "..." if isinstance(text, str) and not is_class else text


_SENTENCES = re.compile(
    r"(?:\w+ )?exception was never retrieved|Task was destroyed but it is pending!"
    r"|Exception in callback|Unhandled exception in event loop"
    r"|Unhandled error in exception handler|Exception in default exception handler"
    r"|Fatal error on SSL protocol|Fatal error on transport(?: \w+\b)?"
    r"|Fatal (?:read |write )?error on \w+ transport"
    r"|Fatal error: protocol\.\w+\(\) call failed"
    r"|protocol\.\w+\(\) failed|SSL handshake failed|SSL shutdown timed out"
    r"|socket\.\w+\(\) (?:raised exception|out of system resource)"
    r"|Error on transport creation for incoming connection"
    r"|an error occurred during closing of asynchronous generator"
    r"|unhandled exception during asyncio\.run\(\) shutdown"
)


def _sentence_of_asyncio(message: str) -> str:
    """
    Return asyncio's own sentence, without what it is about.

    A callback's name is not shown, since a description of any object may stand for it. The
    places that the exception came through name it.
    """
    found = _SENTENCES.match(message)
    return found[0] if found else "an error in the event loop"


def _place_and_class(message: object) -> str:
    """Return where a warning was raised and its class, without what it says."""
    found = re.match(r".*?:\d+: \w+", str(message))
    return found[0] if found else "a warning"


def _sparing(clock: Callable[[], float]) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that passes one complaint of a kind each `REPEAT_SECONDS` of *clock*."""
    last: dict[tuple[object, ...], float] = {}

    def passes(record: logging.LogRecord) -> bool:
        kind, now = (record.name, record.msg, *_origin(record)), clock()
        if now - last.get(kind, float("-inf")) < REPEAT_SECONDS:
            return False
        if len(last) > 1000:  # messages that are not templates never come again
            last.clear()
        last[kind] = now
        return True

    return passes


def _origin(record: logging.LogRecord) -> tuple[object, ...]:
    """Return class and places of the exception in *record*: those of a callback tell which."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is None:
        return ()
    frames = traceback.extract_tb(error.__traceback__, limit=-2)
    return (type(error), *((frame.filename, frame.lineno) for frame in frames))
