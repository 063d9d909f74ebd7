"""A real Apache Kafka that lets nobody in without TLS and a password."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.support.kafka import RealKafka

USER = "admin"


class TlsKafka(RealKafka):
    """
    A running Kafka of one broker, until the `with` block ends.

    Clients come by SASL_SSL with SCRAM-SHA-512, as `USER`. The broker's certificate has signed
    itself; `ca_file` is what it is checked against.
    """

    def __init__(self, password: str) -> None:
        """Prepare it. *password* is `USER`'s."""
        super().__init__(users={USER: password})
        self._password = password

    def _set_up(self) -> None:
        """Start it, and tell it of the user."""
        super()._set_up()
        self._tell_of_the_user()

    def _tell_of_the_user(self) -> None:
        how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        user = UserScramCredentialUpsertion(USER, how, self._password.encode())
        with self.admin() as client:
            for done in client.alter_user_scram_credentials([user]).values():
                done.result()

    @contextmanager
    def admin(self) -> Iterator[AdminClient]:
        """Yield a client that may do everything."""
        options: dict[str, str | int] = {
            "bootstrap.servers": self.brokers,
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.ca_file),
            "sasl.mechanism": "PLAIN",
            "sasl.username": USER,
            "sasl.password": self._password,
            "log_level": 0,
        }
        with AdminClient(options) as client:
            yield client

    def _format(self, number: int) -> None:
        super()._format(number)
        self.ca_file = self.folder / "ca.pem"
        server = self.folder / "server.pem"
        make_certificate(self.ca_file, server)
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        more = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": server,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.ca_file,
            "listener.name.clients.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": scram,
        }
        properties = self.folder / f"{number}.properties"
        properties.write_text(
            properties.read_text().replace("CLIENTS:SASL_PLAINTEXT", "CLIENTS:SASL_SSL")
            + "".join(f"{name}={value}\n" for name, value in more.items())
        )


def make_certificate(certificate: Path, server: Path) -> None:
    """Make a *certificate* for 127.0.0.1 that signs itself, and the *server*'s with its key."""
    key = server.with_suffix(".key")
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    kind = ("-x509", "-newkey", "rsa:2048", "-noenc", "-days", "1")
    subprocess.run(
        ["openssl", "req", *kind, *subject, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    server.write_text(key.read_text() + certificate.read_text())
