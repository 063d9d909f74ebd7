"""TLS to the brokers, by the settings: whom we trust, and how they know us."""

from __future__ import annotations

import ssl

from streams import tls_files
from streams.credential import Credential
from streams.settings import PREFIX, Settings
from streams.tls_files import OwnCertificate, ReloadedContext
from streams.watched_files import Watched

CA_FILE = f"{PREFIX}KAFKA_CA_FILE"
CERTIFICATE_FILE = f"{PREFIX}KAFKA_CERTIFICATE_FILE"


def context(settings: Settings) -> ReloadedContext:
    """
    Return the context for connections to the brokers. Their host names are verified.

    Raises:
        ConfigurationError: A file cannot be used; the message names its setting.
    """
    password = Credential(settings, "kafka_key_password")
    own = _own(settings, password)
    ca_file = settings.kafka_ca_file

    def made() -> ssl.SSLContext:
        new = tls_files.trusting(CA_FILE, ca_file)
        if own:
            own.present(new)
        return new

    return ReloadedContext(Watched([ca_file, *(own.files if own else [])], made))


def subject(settings: Settings) -> str:
    """Return whom our certificate names, as Kafka's ACLs do; empty without a certificate."""
    own = _own(settings)
    return own.read().subject.rfc4514_string() if own else ""


def _own(settings: Settings, password: Credential | None = None) -> OwnCertificate | None:
    file = settings.kafka_certificate_file
    return OwnCertificate("kafka", file, settings.kafka_key_file, password) if file else None
