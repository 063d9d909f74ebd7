"""
What a log may show of a value.

Text, numbers, times, paths and classes are shown as they are, and so are containers of them. Any
other object is shown by its class alone: its own description may quote what it holds, such as a
customer's message. An exception that is not ours is shown by its class, and with a reason if the
system or aiokafka gave one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, ItemsView, KeysView, Mapping, ValuesView
from datetime import date, time, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from numbers import Number
from operator import is_
from pathlib import PurePath
from uuid import UUID

from aiokafka.errors import KafkaError

from streams.errors import ConfigurationError, TicketError
from streams.service.error_words import kafka_words, system_words

_OURS = (TicketError, ConfigurationError)
"""Exceptions whose words we write: they say no customer text of their own."""
_PLAIN = (Number, Enum, date, time, timedelta, PurePath, UUID, IPv4Address, IPv6Address, type)
"""What describes itself by what it is, and holds nothing else."""
_PARTS = (list, tuple, set, frozenset, deque, KeysView, ValuesView, ItemsView)
_DEEPEST = 8
"""Levels of lists and dicts that are looked into. What lies deeper is shown by its class."""


def loggable_reason(error: BaseException) -> str | None:
    """Return what may be shown of the words of *error*, or None if nothing may."""
    if isinstance(error, _OURS) and all(loggable(part) == part for part in error.args):
        return str(error)
    if isinstance(error, KafkaError):
        return kafka_words(error)
    return system_words(error) if isinstance(error, OSError) else None


def loggable(value: object, *, as_json: bool = False, level: int = 0) -> object:
    """
    Return *value* as it may be shown. *as_json*: the keys of what has keys are text.

    Of what cannot be looked at, that is the name of its class.
    """
    try:
        return _shown(value, as_json, level)
    except Exception:  # such as of rows that a closed connection no longer loads
        return type(value).__name__


def _shown(value: object, as_json: bool, level: int) -> object:
    if value is None or type(value) is str or isinstance(value, _PLAIN):
        return value
    if isinstance(value, BaseException):
        return _exception(value)
    if isinstance(value, str):  # a class of its own, which may describe itself in another way
        return str.__str__(value)
    if isinstance(value, bytes | bytearray):  # messages are
        return f"{len(value)} bytes"
    if level < _DEEPEST and isinstance(value, Mapping):
        return _mapping(value, as_json, level + 1)
    if level < _DEEPEST and isinstance(value, _PARTS):
        return _parts(value, as_json, level + 1)
    return type(value).__name__


def _exception(error: BaseException) -> object:
    name, reason = type(error).__name__, loggable_reason(error)
    if reason is None:
        return name
    if isinstance(error, OSError):
        return f"{name}: {reason}"
    return reason if isinstance(error, KafkaError) else error


def _mapping(value: Mapping[object, object], as_json: bool, level: int) -> object:
    made: dict[object, object] = {}
    for name, part in value.items():
        key = loggable(name, as_json=as_json, level=level)
        key = key if isinstance(key, Hashable) and not as_json else str(key)
        made[key] = loggable(part, as_json=as_json, level=level)
    return made


def _parts(value: object, as_json: bool, level: int) -> object:
    before = list(value)  # type: ignore[call-overload]  # all of _PARTS can be gone through
    parts = [loggable(part, as_json=as_json, level=level) for part in before]
    is_named = isinstance(value, tuple) and hasattr(value, "_fields")
    same = all(map(is_, parts, before)) and (is_named or type(value) in (list, tuple, set))
    return value if same else parts
