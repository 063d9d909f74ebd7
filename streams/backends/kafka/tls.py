"""
TLS to the brokers: whom we trust, and the certificate by which they know us.

The files are read again when they change: each new connection uses them as they are then.
asyncio begins TLS on a connection by `SSLContext.wrap_bio`, so a context that makes that of a new
one serves clients, aiokafka's among them, that keep the context with which they began.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography import x509

from streams.credential import Credential
from streams.errors import ConfigurationError
from streams.settings import PREFIX, Settings
from streams.watched_files import Watched, unreadable

CA_FILE = f"{PREFIX}KAFKA_CA_FILE"
CERTIFICATE_FILE = f"{PREFIX}KAFKA_CERTIFICATE_FILE"
KEY_FILE = f"{PREFIX}KAFKA_KEY_FILE"


class ReloadedContext(ssl.SSLContext):
    """A client's context whose connections use the files as they are when they are opened."""

    _contexts: Watched[ssl.SSLContext]

    def __new__(cls, files: list[Path], make: Callable[[], ssl.SSLContext]) -> Self:
        """Raises ConfigurationError if *make*, which makes a context of *files*, does."""
        self = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        self._contexts = Watched(files, make)
        return self

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """Begin TLS on a connection, as the context of now does."""
        return self._contexts.current().wrap_bio(*args, **options)

    def current(self) -> ssl.SSLContext:
        """Return the context of now."""
        return self._contexts.current()


def context(settings: Settings) -> ReloadedContext:
    """
    Return the context for connections to the brokers. Their host names are verified.

    Raises:
        ConfigurationError: A file cannot be used; the message names its setting.
    """
    password = Credential(settings, "kafka_key_password")
    named = (settings.kafka_ca_file, settings.kafka_certificate_file, settings.kafka_key_file)
    files = [*filter(None, named), *password.files]
    return ReloadedContext(files, lambda: _context(settings, password))


def trusting(setting: str, ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts those in *ca_file*, which *setting* names, or the machine's."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise ConfigurationError(f"{setting}: {ca_file} has no certificate in PEM") from None
    except OSError as error:
        raise unreadable(setting, Path(str(ca_file)), error) from None


def subject(settings: Settings) -> str:
    """Return whom our certificate names, as Kafka's ACLs do; empty without a certificate."""
    file = settings.kafka_certificate_file
    return _certificate(file).subject.rfc4514_string() if file else ""


def _context(settings: Settings, password: Credential) -> ssl.SSLContext:
    made = trusting(CA_FILE, settings.kafka_ca_file)
    if settings.kafka_certificate_file:
        _present(made, settings.kafka_certificate_file, settings.kafka_key_file, password)
    return made


def _present(
    made: ssl.SSLContext, certificate: Path, key: Path | None, password: Credential
) -> None:
    """Have *made* present our certificate."""
    until = _certificate(certificate).not_valid_after_utc
    if until < datetime.now(UTC):
        raise ConfigurationError(
            f"{CERTIFICATE_FILE}: the certificate in {certificate} has expired, at {until:%F %T}Z",
            mend="have a new one issued; if it has not, this machine's clock is wrong",
        )
    named, there = (KEY_FILE, key) if key else (CERTIFICATE_FILE, certificate)
    _readable(named, there)
    was_asked = False

    def asked() -> str:
        nonlocal was_asked
        was_asked = True
        return password.current()

    try:
        made.load_cert_chain(certificate, key, asked)
    except (ssl.SSLError, ValueError, OSError) as error:
        raise _unusable(error, named, there, certificate, password, was_asked) from None


def _unusable(
    error: Exception,
    named: str,
    key: Path,
    certificate: Path,
    password: Credential,
    is_encrypted: bool,
) -> ConfigurationError:
    """Return what is wrong with the *key*, which *named* names."""
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return ConfigurationError(
            f"{named}: the key in {key} does not belong to the certificate in {certificate}",
            mend=f"set {CERTIFICATE_FILE} and {KEY_FILE} to files that were made together",
        )
    if is_encrypted and not password.current():
        return ConfigurationError(
            f"{named}: the key in {key} is encrypted, and there is no password for it",
            mend=f"set {password.setting}_FILE or {password.setting}",
        )
    if is_encrypted:
        return ConfigurationError(f"{password.name}: this password does not open the key in {key}")
    return ConfigurationError(f"{named}: {key} has no private key in PEM")


def _certificate(file: Path) -> x509.Certificate:
    """Return the first certificate in *file*, which is our own."""
    try:
        return x509.load_pem_x509_certificate(_readable(CERTIFICATE_FILE, file))
    except ValueError:
        raise ConfigurationError(f"{CERTIFICATE_FILE}: {file} has no certificate in PEM") from None


def _readable(setting: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(setting, file, error) from None
