"""What is made from files again when they change."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import structlog

from streams.errors import ConfigurationError
from streams.watched_files import Watched, read_text

SETTING = "TICKETSTREAM_KAFKA_PASSWORD_FILE"


def watched(file: Path) -> Watched[str]:
    """Return what is in *file*, which may not be `broken`."""

    def make() -> str:
        text = read_text(SETTING, file)
        if text == "broken":
            raise ConfigurationError(f"{SETTING}: it is broken")
        return text

    return Watched([file], make)


def test_a_change_counts_at_once(tmp_path: Path) -> None:
    """
    Whoever asks after a change gets the new value, also of a file that was replaced.
    """
    file = tmp_path / "secret"
    file.write_text("one")
    found = watched(file)
    assert found.current() == "one"

    file.write_text("another")
    assert found.current() == "another"

    other = tmp_path / "other"
    other.write_text("a third")
    other.rename(file)
    assert found.current() == "a third"


def test_a_file_that_no_setting_names(tmp_path: Path) -> None:
    """
    It counts as none, and those beside it are watched.
    """
    file = tmp_path / "secret"
    file.write_text("one")
    found = Watched([None, file], file.read_text)
    file.write_text("another")

    assert found.current() == "another"


def test_a_link_that_is_put_elsewhere(tmp_path: Path) -> None:
    """
    Kubernetes changes a mounted secret by a link to another folder, and that counts.
    """
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secret").write_text(name)
    link = tmp_path / "data"
    link.symlink_to("old")
    found = watched(link / "secret")

    later = tmp_path / "later"
    later.symlink_to("new")
    later.rename(link)

    assert found.current() == "new"


def test_what_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    """
    To ask costs no reading while nothing changes.
    """
    file, made = tmp_path / "secret", []
    file.write_text("one")
    found = Watched([file], lambda: made.append(file.read_text()))
    for _ in range(3):
        found.current()

    assert made == ["one"]


@pytest.mark.parametrize("content", ["broken", None])
def test_a_file_that_breaks(tmp_path: Path, content: str | None) -> None:
    """
    The last value stays in use, the log says why, once for the change, and a mended file counts.
    """
    file = tmp_path / "secret"
    file.write_text("one")
    found = watched(file)
    if content is None:
        file.unlink()
    else:
        file.write_text(content)

    with structlog.testing.capture_logs() as logs:
        assert [found.current() for _ in range(3)] == ["one"] * 3
    (line,) = logs
    assert SETTING in line["reason"]
    assert line["log_level"] == "error"

    file.write_text("mended")
    assert found.current() == "mended"


@pytest.mark.parametrize("content", ["broken", None])
def test_what_was_made_last_must_not_stay(tmp_path: Path, content: str | None) -> None:
    """
    The owner says what is used while a file is broken, and each call tries it again.
    """
    file, tries = tmp_path / "secret", []
    file.write_text("one")

    def make() -> str:
        tries.append(text := read_text(SETTING, file) if file.exists() else "broken")
        if text == "broken":
            raise ConfigurationError("it is broken")
        return text

    found = Watched([file], make, otherwise=str)
    if content is None:
        file.unlink()
    else:
        file.write_text(content)

    assert [found.current() for _ in range(3)] == ["it is broken"] * 3
    assert tries == ["one", *["broken"] * 3]
    file.write_text("mended")
    assert [found.current() for _ in range(3)] == ["mended"] * 3
    assert tries[4:] == ["mended"]


def test_a_change_that_keeps_length_and_time(tmp_path: Path) -> None:
    """
    A copy that keeps the time of its file counts, too.
    """
    file = tmp_path / "secret"
    file.write_text("one")
    found = watched(file)
    before = file.stat()
    time.sleep(0.02)  # the clock of a file system may tick every 10 ms

    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert found.current() == "two"


def test_a_file_that_is_broken_at_the_start(tmp_path: Path) -> None:
    """
    Nothing begins without its first value: the error names setting, file and reason.
    """
    with pytest.raises(ConfigurationError) as error:
        watched(tmp_path / "none")
    assert str(error.value) == (
        f"{SETTING}: the file {tmp_path / 'none'} cannot be read (No such file or directory)"
    )


@pytest.mark.parametrize("kind", ["folder", "bytes", "closed"])
def test_what_is_no_text_that_can_be_read(tmp_path: Path, kind: str) -> None:
    """
    A folder, other bytes than UTF-8, and a file without the right to read it are named as such.
    """
    file = tmp_path / "secret"
    said = {"folder": "Is a directory", "bytes": "is not UTF-8", "closed": "Permission denied"}
    if kind == "folder":
        file.mkdir()
    else:
        file.write_bytes(b"\xff\xfe\xfd")
    if kind == "closed":
        file.chmod(0)
        if os.access(file, os.R_OK):
            pytest.skip("root may read all files")

    with pytest.raises(ConfigurationError, match=said[kind]) as error:
        read_text(SETTING, file)
    assert str(file) in str(error.value)
