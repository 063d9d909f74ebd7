"""The lines of API keys: what counts while a file of them is broken."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import structlog

from health.http.key_lines import KeyFile, in_setting
from streams.errors import ConfigurationError

HASH = "0" * 64
GOOD = f"anna:{HASH}:acme"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with one key."""
    made = tmp_path / "keys"
    made.write_text(f"{GOOD}\n")
    return made


def names(keys: KeyFile) -> list[str]:
    """Return whose keys are let in."""
    return [key.name for key in keys.current().keys]


@pytest.mark.parametrize(
    "slip",
    [
        b"bob:tooshort:acme",
        b"bob",
        f"bob:{HASH}:".encode(),
        f"bob:{HASH}:{'x' * 257}".encode(),
        f"b ob:{HASH}:acme".encode(),
        f"bob:{HASH}:M\xfcller".encode("latin-1"),
        f"bob:{HASH}:acme".encode("utf-16"),
        b"\x00",
    ],
)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_broken_line(file: Path, slip: bytes, at: int) -> None:
    """
    Wherever it stands and whatever is wrong with it, the other lines count and are all that counts.
    """
    keys = KeyFile(file)
    lines = [f"carol:{HASH}:acme".encode(), f"dave:{HASH}:*".encode()]
    lines.insert(at, slip)
    file.write_bytes(b"\n".join(lines))

    assert names(keys) == ["carol", "dave"]
    assert f"line {at + 1} is not" in keys.current().fault


def test_a_line_is_mended(file: Path) -> None:
    """
    Its key is let in, and nothing is wrong any more.
    """
    keys = KeyFile(file)
    file.write_text(f"{GOOD}\nbob:{HASH[1:]}:acme\n")
    assert names(keys) == ["anna"]

    file.write_text(f"{GOOD}\nbob:{HASH}:acme\n")
    assert names(keys) == ["anna", "bob"]
    assert keys.current().fault == ""


@pytest.mark.parametrize("content", ["", "# nobody any more\n", "\n\n"])
def test_a_file_that_has_no_key_any_more(file: Path, content: str) -> None:
    """
    No key is let in, and the log says so.
    """
    keys = KeyFile(file)
    file.write_text(content)

    with structlog.testing.capture_logs() as logs:
        assert names(keys) == []
    (told,) = logs
    assert told["event"] == "the file of API keys is broken: no key is let in"
    assert "the file has no key" in told["reason"]


def test_a_reading_that_fails_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It is tried again at the next call, also where the file has not changed since.
    """
    keys = KeyFile(file)
    file.write_text(f"{GOOD}\nbob:{HASH}:acme\n")

    def fails(*_: object, **__: object) -> str:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as broken, structlog.testing.capture_logs() as logs:
        broken.setattr(Path, "read_text", fails)
        assert [names(keys) for _ in range(3)] == [[]] * 3

    assert names(keys) == ["anna", "bob"]
    assert ["Too many open files" in told["reason"] for told in logs] == [True]


def test_a_file_that_is_a_folder_for_a_while(file: Path) -> None:
    """
    What cannot be read lets no key in, and each new trouble is told.
    """
    keys = KeyFile(file)
    with structlog.testing.capture_logs() as logs:
        file.unlink()
        assert names(keys) == []
        file.mkdir()
        assert names(keys) == []
        file.rmdir()
        file.write_text(GOOD)
        assert names(keys) == ["anna"]

    said = ["No such file" in told["reason"] for told in logs]
    assert said == [True, False]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["x"], "line 1 is not"),
        ([GOOD, "x", "", "# x", "y"], "line 2, line 5 are not"),
        (["x"] * 12, "line 10, 2 more are not"),
    ],
)
def test_a_file_that_is_broken_at_the_start(file: Path, lines: list[str], said: str) -> None:
    """
    It is an error, which names the broken lines by their numbers.
    """
    file.write_text("\n".join(lines))

    with pytest.raises(ConfigurationError, match=said):
        KeyFile(file)


def test_a_file_that_is_not_utf_8_at_the_start(file: Path) -> None:
    """
    The error says so, not that a line is wrong.
    """
    file.write_bytes(GOOD.encode("utf-16"))

    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        KeyFile(file)


def test_a_broken_entry_of_the_setting() -> None:
    """
    It is named by its number among the entries.
    """
    assert [key.name for key in in_setting(f"{GOOD}, {GOOD}").keys] == ["anna", "anna"]
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_API_KEYS: entry 2 is not"):
        in_setting(f"{GOOD},x")
