"""How commands find the `up` that runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from streams.cli import running_up
from streams.cli.running_up import Up

HERE = Up(pid=os.getpid(), brokers="127.0.0.1:1234", url="http://127.0.0.1:8080")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep away from the state of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_found_while_it_runs() -> None:
    """
    Commands use the brokers of the `up` that runs, and the default ones after its end.
    """
    with running_up.announced(HERE):
        assert running_up.running() == HERE
        assert running_up.settings_here().kafka_brokers == HERE.brokers

    assert running_up.running() is None
    assert running_up.settings_here().kafka_brokers == "localhost:9092"
    assert not running_up.file().exists()


def test_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Brokers in the environment are used, whatever runs.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKERS", "kafka:9092")

    with running_up.announced(HERE):
        assert running_up.settings_here().kafka_brokers == "kafka:9092"


def test_killed_one_is_ignored() -> None:
    """
    What an `up` left behind that was killed does not lead anywhere, nor hide another.
    """
    with subprocess.Popen(["sleep", "60"]) as killed, running_up.announced(HERE):
        left = running_up.announced(Up(pid=killed.pid, brokers="127.0.0.1:1", url=""))
        left.__enter__()
        killed.kill()
        killed.wait()

        assert running_up.running() == HERE


def test_latest_of_several() -> None:
    """
    Of two that run the latest is found, and after its end the first one again.
    """
    later = Up(pid=os.getppid(), brokers="127.0.0.1:2", url="")
    with running_up.announced(HERE):
        with running_up.announced(later):
            assert running_up.running() == later

        assert running_up.running() == HERE


def test_the_end_of_the_first_does_not_hide_the_latest() -> None:
    """
    They end in any order.
    """
    later = Up(pid=os.getppid(), brokers="127.0.0.1:2", url="")
    first = running_up.announced(HERE)
    first.__enter__()
    with running_up.announced(later):
        first.__exit__(None, None, None)

        assert running_up.running() == later


def test_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    It runs all the same, and says how other commands find it.
    """
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))

    with running_up.announced(HERE):
        assert running_up.running() is None

    assert f"TICKETSTREAM_KAFKA_BROKERS={HERE.brokers}" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "x": 2}', "null"])
def test_damaged_file(content: str) -> None:
    """
    A file that is not ours is as good as none.
    """
    running_up.file().parent.mkdir(parents=True)
    running_up.file().write_text(content)

    assert running_up.running() is None
