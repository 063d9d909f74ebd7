"""How commands find the `up` that runs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.cli import running_up
from streams.cli.running_up import Up
from streams.errors import ConfigurationError

HERE = Up(os.getpid(), "127.0.0.1:1234", "http://127.0.0.1:8080", "/home/ada/ticketstream")
OTHER = Up(os.getppid(), "127.0.0.1:2", "", "/home/ada/other")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep away from the state of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_found_while_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Commands use the brokers of the `up` that runs, and say which it is; after its end they use
    the default ones.
    """
    with running_up.announced(HERE):
        assert running_up.only_up() == HERE
        assert running_up.settings_with_up().kafka_brokers == HERE.brokers
    out, said = capsys.readouterr()
    assert (out, said.count("\n")) == ("", 1)
    assert HERE.brokers in said
    assert HERE.folder in said

    assert running_up.only_up() is None
    assert running_up.settings_with_up().kafka_brokers == "localhost:9092"
    assert capsys.readouterr() == ("", "")
    assert not running_up.file().exists()


def test_environment_goes_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Brokers in the environment are used, whatever runs, and nothing is said.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKERS", "kafka:9092")

    with running_up.announced(HERE), running_up.announced(OTHER):
        assert running_up.settings_with_up().kafka_brokers == "kafka:9092"
    assert capsys.readouterr() == ("", "")


def test_killed_one_is_ignored() -> None:
    """
    What an `up` left behind that was killed does not lead anywhere, nor hide another.
    """
    pid = os.getpid()  # as if it had been reused
    program = (
        "import sys\n"
        "from streams.cli import running_up\n"
        f"with running_up.announced(running_up.Up({pid}, '127.0.0.1:1', '')):\n"
        "    print('announced', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as killed:
        assert killed.stdout
        killed.stdout.readline()
        assert running_up.only_up() == Up(pid, "127.0.0.1:1", "")
        killed.kill()

    assert running_up.only_up() is None
    with running_up.announced(HERE):
        assert running_up.only_up() == HERE
    assert not list(running_up.file().parent.glob("up-*"))


def test_the_environments_credentials_are_another_kafkas(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A running `up` is reached without the TLS and the user that the environment may have.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("TICKETSTREAM_KAFKA_USERNAME", "ada")
    monkeypatch.setenv("TICKETSTREAM_KAFKA_PASSWORD", "secret")

    with running_up.announced(HERE):
        found = running_up.settings_with_up()

    assert (found.kafka_security_protocol, found.kafka_username) == ("PLAINTEXT", "")


def test_several() -> None:
    """
    Of two that run none is taken: the error names both, and what chooses one.
    """
    with running_up.announced(HERE), running_up.announced(OTHER):
        assert running_up.only_up() is None
        with pytest.raises(ConfigurationError) as caught:
            running_up.settings_with_up()

    for up in (HERE, OTHER):
        assert f"TICKETSTREAM_KAFKA_BROKERS={up.brokers}  " in str(caught.value)
        assert up.folder in str(caught.value)


def test_they_end_in_any_order() -> None:
    """
    The one that is left is found, whichever ended first.
    """
    first, later = running_up.announced(HERE), running_up.announced(OTHER)
    first.__enter__()
    with later:
        first.__exit__(None, None, None)
        assert running_up.only_up() == OTHER

    with running_up.announced(HERE):
        with running_up.announced(OTHER):
            pass
        assert running_up.only_up() == HERE


def test_several_that_start_together() -> None:
    """
    None of those that start and end at the same moment is lost, and none stays behind.
    """
    ups = [Up(os.getpid(), f"127.0.0.1:{n}", "") for n in range(20)]
    begun = threading.Barrier(len(ups) + 1)
    ending = threading.Barrier(len(ups) + 1)

    def announce(up: Up) -> None:
        with running_up.announced(up):
            begun.wait(30)
            ending.wait(30)

    with ThreadPoolExecutor(len(ups)) as pool:
        pool.map(announce, ups)
        begun.wait(30)
        with pytest.raises(ConfigurationError, match="20 ticketstream up are running"):
            running_up.settings_with_up()
        ending.wait(30)
    assert not running_up.file().exists()


def test_one_of_an_older_version() -> None:
    """
    A file without the folder, as older versions wrote it, is read.
    """
    running_up.file().parent.mkdir(parents=True)
    running_up.file().write_text(f'[{{"pid": {os.getpid()}, "brokers": "h:1", "url": ""}}]')

    assert running_up.settings_with_up().kafka_brokers == "h:1"


def test_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    It runs all the same, and says how other commands find it.
    """
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))

    with running_up.announced(HERE):
        assert running_up.only_up() is None

    assert f"TICKETSTREAM_KAFKA_BROKERS={HERE.brokers}" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "x": 2}', "null"])
def test_damaged_file(content: str) -> None:
    """
    A file that is not ours is as good as none.
    """
    running_up.file().parent.mkdir(parents=True)
    running_up.file().write_text(content)

    assert running_up.only_up() is None
