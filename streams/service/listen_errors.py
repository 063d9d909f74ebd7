"""An address that a server cannot listen on: what is wrong with it, and how to mend it."""

from __future__ import annotations

import errno
import os

from streams.errors import ConfigurationError

ERRORS = (OSError, UnicodeError)
"""The errors that asyncio raises; the second is for a host that cannot be a name in the DNS."""


def cannot_listen(
    error: OSError | UnicodeError, host: str, port: int, *, host_from: str, port_from: str
) -> ConfigurationError:
    """
    Return the *error* met when listening on *host*:*port* as one that says what to mend.

    Args:
        host_from: the setting that gives the host.
        port_from: the setting or option that gives the port.
    """
    if isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EACCES):
        return ConfigurationError(
            f"cannot listen on {host_and_port(host, port)} ({os.strerror(error.errno)}):"
            f" set {port_from}, 0 takes any free port"
        )
    return ConfigurationError(
        f"cannot listen on {host} ({_reason(error)}): set {host_from} to an address of this machine"
    )


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, OSError) and error.errno:
        # getaddrinfo has numbers of its own, below zero.
        return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
    return "not a host's name"


def host_and_port(host: str, port: int | str) -> str:
    """Return *host*:*port* as one reads it in a URL: an IPv6 address is in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
