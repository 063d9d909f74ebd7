"""
TLS from PEM files: whom we trust, and the certificate by which others know us.

The files are read again when they change: each new connection uses them as they are then.
asyncio begins TLS on a connection by `SSLContext.wrap_bio`, so a context that makes that of a new
one serves servers and clients that keep the context with which they began.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography import x509

from streams.credential import Credential
from streams.errors import ConfigurationError, causes
from streams.settings import PREFIX
from streams.watched_files import Watched, unreadable

UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
"""What OpenSSL and BoringSSL say of a server whose certificate is not trusted."""


class ReloadedContext(ssl.SSLContext):
    """A context whose connections use the files as they are when they are opened."""

    _contexts: Watched[ssl.SSLContext]

    def __new__(cls, contexts: Watched[ssl.SSLContext]) -> Self:
        """*contexts* makes those of the connections."""
        self = super().__new__(cls, contexts.current().protocol)
        self._contexts = contexts
        return self

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """Begin TLS on a connection, as the context of now does."""
        return self._contexts.current().wrap_bio(*args, **options)

    def current(self) -> ssl.SSLContext:
        """Return the context of now."""
        return self._contexts.current()


@dataclass(frozen=True)
class OwnCertificate:
    """The files of our own certificate and its key, and the settings that name them."""

    setting: str
    """The setting of the certificate's file, without the prefix and `_certificate_file`."""
    certificate: Path
    key: Path | None
    """By default the key is in the certificate's file."""
    password: Credential | None = None

    @property
    def files(self) -> list[Path | None]:
        """All files that it is made from, None for those that are not given."""
        return [self.certificate, self.key, self.password.file if self.password else None]

    @property
    def certificate_file(self) -> str:
        """The name of the setting for the certificate's file."""
        return f"{PREFIX}{self.setting.upper()}_CERTIFICATE_FILE"

    @property
    def key_file(self) -> str:
        """The name of the setting for the key's file."""
        return f"{PREFIX}{self.setting.upper()}_KEY_FILE"

    def read(self) -> x509.Certificate:
        """Return the certificate. Raises ConfigurationError if there is none."""
        return _certificate(self.certificate_file, self.certificate)

    def present(self, context: ssl.SSLContext) -> None:
        """
        Have *context* present it.

        Raises:
            ConfigurationError: A file cannot be used, or the certificate has expired.
        """
        until = self.read().not_valid_after_utc
        if until < datetime.now(UTC):
            raise ConfigurationError(
                f"{self.certificate_file}: the certificate in {self.certificate} has expired,"
                f" at {until:%F %T}Z",
                mend="have a new one issued; if it has not, this machine's clock is wrong",
            )
        _readable(self._names_key, self._key)
        was_asked = False

        def asked() -> str:
            nonlocal was_asked
            was_asked = True
            return self.password.current() if self.password else ""

        try:
            context.load_cert_chain(self.certificate, self.key, asked)
        except (ssl.SSLError, ValueError, OSError) as error:
            raise self._unusable(error, is_encrypted=was_asked) from None

    @property
    def _key(self) -> Path:
        return self.key or self.certificate

    @property
    def _names_key(self) -> str:
        return self.key_file if self.key else self.certificate_file

    def _unusable(self, error: Exception, *, is_encrypted: bool) -> ConfigurationError:
        """Return what is wrong with the key."""
        named, key, password = self._names_key, self._key, self.password
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            return ConfigurationError(
                f"{named}: the key in {key} does not belong to the certificate in"
                f" {self.certificate}",
                mend=f"set {self.certificate_file} and {self.key_file} to files that were made"
                " together",
            )
        if not is_encrypted:
            return ConfigurationError(f"{named}: {key} has no private key in PEM")
        if password is None:
            return ConfigurationError(
                f"{named}: the key in {key} is encrypted", mend="store it without a password"
            )
        if not password.current():
            return ConfigurationError(
                f"{named}: the key in {key} is encrypted, and there is no password for it",
                mend=f"set {password.setting}_FILE or {password.setting}",
            )
        return ConfigurationError(f"{password.name}: this password does not open the key in {key}")


def trusting(setting: str, ca_file: Path | None) -> ssl.SSLContext:
    """
    Return a client's context that trusts those in *ca_file*, or this machine's authorities.

    Raises:
        ConfigurationError: The file cannot be used; *setting* names it.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise ConfigurationError(f"{setting}: {ca_file} has no certificate in PEM") from None
    except OSError as error:
        raise unreadable(setting, Path(str(ca_file)), error) from None


def reloaded_trust(setting: str, ca_file: Path | None) -> ReloadedContext:
    """Return the same for each new connection, with the file as it is then."""
    return ReloadedContext(Watched([ca_file], lambda: trusting(setting, ca_file)))


def untrusted(error: BaseException) -> str:
    """Return why a server's certificate is not trusted, if *error* is about that; else nothing."""
    for said in map(str, causes(error)):
        if UNTRUSTED in said:
            return said.partition("failed: ")[2].partition(" (")[0] or "unknown authority"
    return ""


def _certificate(setting: str, file: Path) -> x509.Certificate:
    """Return the first certificate in *file*, which is our own."""
    try:
        return x509.load_pem_x509_certificate(_readable(setting, file))
    except ValueError:
        raise ConfigurationError(f"{setting}: {file} has no certificate in PEM") from None


def _readable(setting: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(setting, file, error) from None
