"""
What an exception of the system or of aiokafka says without the words it was given.

The operating system's errors have a number, and we look its meaning up. Any other word in them may
be a customer's, so only addresses are kept, where asyncio writes them. Of aiokafka's errors, the
class, the code and aiokafka's own sentences are kept.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator

from aiokafka.errors import BrokerResponseError, KafkaError

from streams.service.listen_errors import host_and_port

_RESOLVER = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
_UNKNOWN_HOST = ("EAI_NONAME", "EAI_NODATA")

_HOST = r"(?:[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?)"
_REACHED = re.compile(
    rf"(?:\[Errno (\d{{1,3}})\] )?Connect call failed \('({_HOST})', (\d{{1,5}})(?:, \d+, \d+)?\)"
)
_BOUND = re.compile(rf"error while attempting to bind on address \('({_HOST})', (\d{{1,5}})\b")
_SEVERAL = "Multiple exceptions: "
"""How asyncio begins when all addresses of a host failed; the error then has no number."""

KAFKA_SENTENCES = (
    r"No connection to broker at {host}:\d{{1,5}}",
    r"Connection at {host}:\d{{1,5}} closed",
    r"Connection at {host}:\d{{1,5}} broken",
    r"Unable to bootstrap from \[(?:\('{host}', \d{{1,5}}, <AddressFamily\.\w+: \d+>\)(?:, )?)+\]",
    r"Unable to get cluster metadata over all known brokers",
    r"Broker id [\w-]{{1,40}} not in current metadata",
    r"Unexpected error during batch delivery",
    r"Unexpected error during data retrieval",
    r"Unexpected error during coordination",
    r"Correlation ids do not match: sent \d+, recv \d+",
    r"Kafka broker does not support [A-Z0-9-]{{1,20}} sasl mechanism\.",
    r"Not subscribed to any topics",
    r"No partitions assigned",
    r"Error listing consumer groups",
)
"""aiokafka's sentences, as patterns of their begin. What it puts behind them is not shown."""
_KAFKA = re.compile("|".join(KAFKA_SENTENCES).format(host=_HOST))


def system_words(error: OSError) -> str | None:
    """Return what the operating system, its resolver or OpenSSL says by *error*, or None."""
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, socket.gaierror):
        return _of_resolver(error.errno)
    text = str(error.strerror if type(error.errno) is int else next(iter(error.args), ""))
    if type(error.errno) is int:
        return ", ".join([_meaning(error.errno), *(f"at {one}" for one in _addresses(text))])
    if text.startswith(_SEVERAL):
        found = [
            f"{_meaning(int(number))}, at {host_and_port(host, port)}"
            for number, host, port in _REACHED.findall(text)
            if number
        ]
        return "; ".join(found) or None
    return None


def kafka_words(error: KafkaError) -> str:
    """Return class and code of *error*, and what aiokafka itself says."""
    name, text = type(error).__name__, next(iter(error.args), None)
    code = getattr(type(error), "errno", None) if isinstance(error, BrokerResponseError) else None
    begin = f"[Error {code}] {name}" if type(code) is int else name
    said = _KAFKA.match(text) if isinstance(text, str) else None
    cause = system_words(error.__cause__) if isinstance(error.__cause__, OSError) else None
    return ": ".join(filter(None, (begin, said and said[0], cause)))


def _meaning(number: int) -> str:
    """Return the system's name for error *number*, and its sentence."""
    name = errno.errorcode.get(number)
    return f"{name} ({os.strerror(number)})" if name else f"errno {number}"


def _of_resolver(number: int | None) -> str | None:
    name = _RESOLVER.get(number)
    return f"{name} (unknown host)" if name in _UNKNOWN_HOST else name


def _of_tls(error: ssl.SSLError) -> str | None:
    """Return OpenSSL's name for what failed. An error that OpenSSL has not made has none."""
    reason = getattr(error, "reason", None)
    if not isinstance(reason, str) or not re.fullmatch("[A-Z0-9_]{1,80}", reason):
        return None
    why = getattr(error, "verify_message", None)
    return f"{reason} ({why})" if isinstance(why, str) else reason


def _addresses(text: str) -> Iterator[str]:
    for pattern in (_REACHED, _BOUND):
        if found := pattern.match(text):
            host, port = found.groups()[-2:]
            yield host_and_port(host, port)
