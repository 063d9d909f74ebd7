"""What is said of a place that cannot be listened at. The errors are the system's own."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from streams.service import listen_errors


async def error_at(host: str, port: int = 0) -> OSError | UnicodeError:
    """Return the error of listening on *host*:*port*."""
    try:
        server = await asyncio.start_server(lambda *_: None, host, port)
    except listen_errors.ERRORS as error:
        return error
    server.close()
    raise AssertionError(f"{host}:{port} can be listened at")


def said(error: OSError | UnicodeError, host: str, port: int = 80) -> str:
    """Return what a person is told of *error*."""
    found = listen_errors.cannot_listen(error, host, port, host_from="OF_HOST", port_from="OF_PORT")
    return str(found)


async def test_a_taken_port() -> None:
    """
    A port that is taken is a matter of the port's setting, and the way out is named.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = await error_at("127.0.0.1", port)

    assert said(error, "127.0.0.1", port) == (
        f"cannot listen on 127.0.0.1:{port} (Address already in use):"
        " set OF_PORT, 0 takes any free port"
    )


def test_a_port_that_is_not_allowed() -> None:
    """
    A port below 1024 that the system does not give is a matter of the port, too.
    """
    refused = said(OSError(errno.EACCES, "Permission denied"), "0.0.0.0", 80)  # noqa: S104

    assert "0.0.0.0:80 (Permission denied): set OF_PORT" in refused


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("192.0.2.1", "Cannot assign requested address"),
        ("a..b", "not a host's name"),
        ("x" * 64, "not a host's name"),
    ],
)
async def test_a_host_that_is_none_here(host: str, why: str) -> None:
    """
    Another machine's address, or no name at all, is a matter of the host's setting.
    """
    assert said(await error_at(host), host) == (
        f"cannot listen on {host} ({why}): set OF_HOST to an address of this machine"
    )


def test_a_name_that_nobody_knows() -> None:
    """
    The resolver's numbers are not the system's: its own words are told.
    """
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert "nix.invalid (Name or service not known): set OF_HOST" in said(unknown, "nix.invalid")


def test_a_taken_ipv6_port() -> None:
    """
    An IPv6 address is in brackets, so that its port can be told.
    """
    refused = said(OSError(errno.EADDRINUSE, "Address already in use"), "::1", 8080)

    assert "cannot listen on [::1]:8080 (Address already in use): set OF_PORT" in refused
