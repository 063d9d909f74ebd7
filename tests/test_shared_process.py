"""A run of tests itself: its tests share a process and a Kafka, and none harms the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.support.own_process import in_own_process

ROOT = Path(__file__).parents[1]
RUN = """
import os, resource, signal
from streams.backends.kafka import admin

def test_variable(): os.environ["LEFT"] = "x"
def test_handler(): signal.signal(signal.SIGUSR1, print)
def test_limit(): resource.prlimit(0, resource.RLIMIT_CORE, (0, 0))
def test_variable_put_back(monkeypatch): monkeypatch.setenv("PATH", "")
def test_user(): os.seteuid(os.geteuid())
def test_umask(): os.umask(os.umask(0))
def test_directory(monkeypatch, tmp_path): monkeypatch.chdir(tmp_path)
async def test_kafka_before(settings): await admin.verify_topics(settings)
def test_kafka_dies(settings, brokers): brokers.pause()
async def test_kafka_after(settings): await admin.verify_topics(settings)
async def test_kafka_later(settings): await admin.verify_topics(settings)
"""
SLOW = """
import pathlib, time, pytest
HERE = pathlib.Path(__file__).parent

@pytest.fixture(scope="session")
def server():
    yield
    (HERE / "stopped").touch()

def test_slow(server):
    (HERE / "started").touch()
    time.sleep(60)
"""


def start(folder: Path, tests: str) -> subprocess.Popen[bytes]:
    """Start a pytest of its own with our conftest and these *tests*; it writes `report.xml`."""
    (folder / "test_it.py").write_text(tests)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-m", "not real"]
    options += [f"--rootdir={folder}", f"-c={ROOT / 'pyproject.toml'}"]
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", *options),
            *(f"--junitxml={folder / 'report.xml'}", folder / "test_it.py"),
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what a run of `RUN` says of each test that went wrong."""
    folder = tmp_path_factory.mktemp("run")
    with start(folder, RUN) as run:
        run.wait(120)
    cases = ElementTree.parse(folder / "report.xml").iter("testcase")  # noqa: S314  # our own file
    return {
        case.attrib["name"]: "".join(child.attrib["message"] for child in case)
        for case in cases
        if len(case)
    }


@pytest.mark.parametrize(
    ("test", "changed"),
    [
        ("test_variable", "variable LEFT"),
        ("test_handler", "handler of SIGUSR1"),
        ("test_limit", "RLIMIT_CORE"),
    ],
)
def test_who_leaves_the_process_changed_fails(
    said: dict[str, str], test: str, changed: str
) -> None:
    """
    A change of environment, signal handlers or limits fails the test that leaves it.
    """
    assert f'this test leaves its process changed: {changed}"' in said[test]


@pytest.mark.parametrize(
    ("test", "call"),
    [("test_user", "os.seteuid"), ("test_umask", "os.umask"), ("test_directory", "os.chdir")],
)
def test_a_change_for_all_threads_is_refused(said: dict[str, str], test: str, call: str) -> None:
    """
    User, umask and directory are changed in another process, even by who would put them back.
    """
    assert f"{call} changes the process of all tests" in said[test]
    assert "tests.support.own_process" in said[test]


def test_a_kafka_that_died_is_said_once(said: dict[str, str]) -> None:
    """
    The test in which the tests' Kafka died fails and says so; those after it have a new one.
    """
    assert "died in this test" in said["test_kafka_dies[embedded]"]
    assert not said.keys() & {f"test_kafka_{n}[embedded]" for n in ("before", "after", "later")}


def test_the_others_pass(said: dict[str, str]) -> None:
    """
    Only the guilty fail; a variable set through `monkeypatch`, which puts it back, is no harm.
    """
    guilty = {"variable", "handler", "limit", "user", "umask", "directory"}

    assert said.keys() == {f"test_{n}" for n in guilty} | {"test_kafka_dies[embedded]"}


def test_a_process_of_its_own() -> None:
    """
    What a function does to its own process does nothing to this one.
    """
    pid, mask = in_own_process(_changes_its_mask)

    assert pid != os.getpid()
    assert mask == 0o77


def _changes_its_mask() -> tuple[int, int]:
    os.umask(0o77)
    return os.getpid(), os.umask(0)


def test_sigterm_takes_the_servers_away(tmp_path: Path) -> None:
    """
    A run that is ended by SIGTERM ends as by Ctrl-C: fixtures stop what they have started.
    """
    with start(tmp_path, SLOW) as run:
        while not (tmp_path / "started").exists():
            time.sleep(0.05)
            assert run.poll() is None
        run.send_signal(signal.SIGTERM)

        assert run.wait(60) == pytest.ExitCode.INTERRUPTED
    assert (tmp_path / "stopped").exists()
