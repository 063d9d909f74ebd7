"""Contexts of PEM files that change, and what is said of files that cannot be used."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from streams.errors import ConfigurationError
from streams.tls_files import OwnCertificate, ReloadedContext, reloaded_trust, trusting, untrusted
from streams.watched_files import Watched
from tests.support.certificates import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority of this test."""
    return Authority(tmp_path)


def server(own: OwnCertificate) -> ReloadedContext:
    """Return the context of a server that presents *own*."""

    def made() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.present(context)
        return context

    return ReloadedContext(Watched(own.files, made))


def presented(server: ssl.SSLContext, client: ssl.SSLContext) -> bytes:
    """Return the certificate that *client* gets from *server*, by a handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    other = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [one, other, one, other]
    for side in waiting:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    found = one.getpeercert(binary_form=True)
    assert found
    return found


def test_each_connection_uses_the_files_of_now(authority: Authority) -> None:
    """
    The next handshake presents the new certificate, and trusts the new authority.
    """
    own = OwnCertificate("sidecar", *authority.sign("one", to="server"))
    ours, theirs = server(own), reloaded_trust("CA", authority.file)

    first = presented(ours, theirs)
    authority.sign("two", to="server")
    second = presented(ours, theirs)

    assert first != second
    other = Authority(authority.file.parent, "other")
    other.sign("three", to="server")
    with pytest.raises(ssl.SSLCertVerificationError) as error:
        presented(ours, theirs)
    assert untrusted(error.value)
    authority.file.write_bytes(other.file.read_bytes())
    assert presented(ours, theirs) not in (first, second)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("expired", r"TICKETSTREAM_SIDECAR_CERTIFICATE_FILE: .* has expired, at 20"),
        ("other key", r"TICKETSTREAM_SIDECAR_KEY_FILE: .* does not belong to the certificate"),
        ("encrypted", r"TICKETSTREAM_SIDECAR_KEY_FILE: .* is encrypted: store it without"),
        ("no key", r"TICKETSTREAM_SIDECAR_CERTIFICATE_FILE: .* has no private key in PEM"),
        ("missing", r"TICKETSTREAM_SIDECAR_KEY_FILE: the file .* cannot be read \(No such file"),
        ("no certificate", r"TICKETSTREAM_SIDECAR_CERTIFICATE_FILE: .* has no certificate in PEM"),
    ],
)
def test_files_that_cannot_be_presented(authority: Authority, broken: str, said: str) -> None:
    """
    The setting is named that has to be mended.
    """
    certificate, key = authority.sign("own")
    kinds: dict[str, Callable[[], tuple[Path, Path | None]]] = {
        "expired": lambda: authority.sign("old", ends=timedelta(seconds=-5)),
        "other key": lambda: (certificate, authority.sign("other")[1]),
        "encrypted": lambda: authority.sign("locked", password="correct-horse"),
        "no key": lambda: (certificate, None),
        "missing": lambda: (certificate, key.with_name("nowhere")),
        "no certificate": lambda: (key, key),
    }

    with pytest.raises(ConfigurationError, match=said):
        OwnCertificate("sidecar", *kinds[broken]()).present(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))


@pytest.mark.parametrize("content", [None, "no PEM"])
def test_a_file_of_authorities_that_cannot_be_used(tmp_path: Path, content: str | None) -> None:
    """
    It is named with its setting.
    """
    file = tmp_path / "ca"
    if content:
        file.write_text(content)

    with pytest.raises(ConfigurationError, match=f"SETTING: .*{file}"):
        trusting("SETTING", file)


def test_what_is_no_question_of_trust() -> None:
    """
    Another error says nothing of a certificate; a cause of an error counts.
    """
    assert untrusted(OSError("refused")) == ""
    outer = OSError("connection failed")
    outer.__cause__ = ssl.SSLError("CERTIFICATE_VERIFY_FAILED] certificate verify failed: x (y)")
    assert untrusted(outer) == "x"
