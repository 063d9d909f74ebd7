"""`make audit`: what it finds, and that it never passes for want of knowledge."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator

from tests.support import audit
from tests.support.machine import free_ports

HASH = f"--hash=sha256:{'0' * 64}"
ADVISORY = {
    "id": "GHSA-5h86-8mv2-jq9f",
    "aliases": ["CVE-2024-23334"],
    "summary": "aiohttp is vulnerable to directory traversal",
    "affected": [
        {
            "package": {"name": "aiohttp", "ecosystem": "PyPI"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "1.0.5"}, {"fixed": "3.9.2"}]}
            ],
            "versions": ["3.9.1"],
        }
    ],
}
"""What OSV says of aiohttp 3.9.1, as far as it matters."""


@contextmanager
def database(*, answers: bool = True) -> Iterator[str]:
    """Serve OSV's answers for aiohttp 3.9.1 and nothing else; or errors. Yield the address."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hit = asked["package"]["name"] == "aiohttp" and asked["version"] == "3.9.1"
            body = json.dumps({"vulns": [ADVISORY]} if hit else {}).encode()
            self.send_response(200 if answers else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def lock_of(folder: Path, *lines: str) -> Path:
    """Return a lock with *lines*, hashes added."""
    lock = folder / "some.lock"
    lock.write_text("".join(f"{line} \\\n    {HASH}\n" for line in lines))
    return lock


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all licences pass: another test looks at them."""
    monkeypatch.setattr(audit, "forbidden_licences", lambda _: [])


@pytest.mark.usefixtures("calm")
def test_a_planted_version_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A lock with a version that is known to be vulnerable is told with the version that mends it.
    """
    lock = lock_of(tmp_path, "aiohttp==3.9.1", "click==8.1.8")
    with database() as url:
        code = audit.audit(
            offline=False, lock=lock, runtime_lock=lock, bill=tmp_path / "bill", database=url
        )

    assert code == audit.FOUND
    said = capsys.readouterr().out
    assert "vulnerability: aiohttp 3.9.1: " in said
    assert "mended in 3.9.2" in said
    assert "2 looked at, 1 found" in said


@pytest.mark.usefixtures("calm")
def test_versions_without_vulnerabilities(tmp_path: Path) -> None:
    """
    A mended version passes.
    """
    lock = lock_of(tmp_path, "aiohttp==3.9.2", "click==8.1.8")
    with database() as url:
        code = audit.audit(
            offline=False, lock=lock, runtime_lock=lock, bill=tmp_path / "bill", database=url
        )

    assert code == audit.WELL


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_database_that_does_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], is_there: bool
) -> None:
    """
    The audit does not pass: it says that nothing is known, and has an exit code of its own.
    """
    lock = lock_of(tmp_path, "click==8.1.8")
    away = f"http://127.0.0.1:{free_ports(1)[0]}/v1/query"
    with database(answers=False) as broken:
        code = audit.audit(
            offline=False,
            lock=lock,
            runtime_lock=lock,
            bill=tmp_path / "bill",
            database=broken if is_there else away,
        )

    assert code == audit.AWAY
    assert "NOT known" in capsys.readouterr().err


def test_a_planted_licence_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A library under a licence that is not allowed, or without one, or not installed, is named.
    """
    for name, licence in (("planted", "License: GPL-3.0-only\n"), ("silent", "")):
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{licence}"
        )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    lock = lock_of(tmp_path, "click==8.1.8", "planted==1.0", "silent==1.0", "nowhere==1.0")

    planted, silent, nowhere = audit.forbidden_licences(lock)
    assert planted == "planted: its licence is 'GPL-3.0-only', which is not in ALLOWED"
    assert silent == "silent: its licence is 'UNKNOWN', which is not in ALLOWED"
    assert nowhere.startswith("nowhere: it is not installed")


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT License; GNU General Public License v3 (GPLv3)", False),
        ("DFSG approved; MIT License", True),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_which_licences_are_allowed(licence: str, is_allowed: bool) -> None:
    """
    Of a choice one is enough; of parts all have to be.
    """
    assert audit._is_allowed(licence) is is_allowed


def test_licences_of_all_that_is_locked() -> None:
    """
    Each is known and allowed, and each exception is needed.
    """
    assert list(audit.forbidden_licences()) == []
    assert audit.EXCEPTIONS.keys() <= set(audit.locked(audit.LOCK))


def test_the_bill_of_materials() -> None:
    """
    It fits CycloneDX's schema, has each library of the image with its hashes, and is the same
    each time.
    """
    bill = audit.bill_of_materials()
    validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6)

    assert validator.validate_str(bill) is None
    found = json.loads(bill)
    assert found["metadata"]["component"]["name"] == "ticketstream"
    named = {f"{one['name']}=={one['version']}" for one in found["components"]}
    assert {line.partition("==")[0] for line in named} == set(audit.locked(audit.RUNTIME_LOCK))
    assert all(one["externalReferences"][0]["hashes"] for one in found["components"])
    assert audit.bill_of_materials() == bill


def test_offline_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Without the database the audit says that it has not looked for vulnerabilities.
    """
    lock = lock_of(tmp_path, "click==8.1.8")

    assert audit.audit(offline=True, lock=lock, runtime_lock=lock, bill=tmp_path / "bill") == 0
    assert "NOT looked at" in capsys.readouterr().out
