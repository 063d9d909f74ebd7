"""`ticketstream sidecar`, as it is called."""

from __future__ import annotations

import signal
import socket

from tests.support.command_line import Env, call, started
from tests.support.machine import free_ports


def test_it_serves_until_it_is_asked_to_end(nowhere: Env) -> None:
    """
    It listens at the port of the settings, also without Kafka, and SIGTERM is exit code 0.
    """
    (port,) = free_ports(1)
    with started(
        "sidecar", env={**nowhere, "TICKETSTREAM_SIDECAR_HTTP_PORT": str(port)}
    ) as running:
        while not is_listening(port):
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)

        assert running.wait(60) == 0
    assert not is_listening(port)


def is_listening(port: int) -> bool:
    """Say whether somebody listens at *port*."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_a_taken_port(nowhere: Env) -> None:
    """
    A port that is taken is one sentence that names the setting: exit code 2.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = call("sidecar", env={**nowhere, "TICKETSTREAM_SIDECAR_HTTP_PORT": port})

    assert done.returncode == 2
    assert done.stderr.startswith(f"ticketstream: cannot listen on 127.0.0.1:{port} ")
    assert "set TICKETSTREAM_SIDECAR_HTTP_PORT" in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_takes_no_arguments(nowhere: Env) -> None:
    """
    What it needs are settings: an argument is a mistake.
    """
    done = call("sidecar", "8000", env=nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert "unexpected extra argument" in done.stderr
