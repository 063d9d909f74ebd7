"""Certificate authorities of the tests, and what they sign."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
HOSTS = ("localhost", "127.0.0.1")


class Authority:
    """An authority with a certificate in `file`, and what it has signed beside it."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        """Make it. *folder* is there already."""
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _named(f"ticketstream test {name}")
        self.file = folder / f"{name}.pem"
        made = _builder(self._subject, self._subject, self._key, -DAY, DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file.write_bytes(_pem(made.sign(self._key, hashes.SHA256())))

    def server(self, *, to: str = "server", protocol: str = "http/1.1") -> ssl.SSLContext:
        """Return the context of a server with a certificate, that speaks *protocol* inside TLS."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.sign(to))
        context.set_alpn_protocols([protocol])
        return context

    def sign(
        self,
        name: str,
        *,
        hosts: tuple[str, ...] = HOSTS,
        begins: timedelta = -DAY,
        ends: timedelta = DAY,
        password: str = "",
        to: str = "",
    ) -> tuple[Path, Path]:
        """
        Return the files of a certificate for *name*, its common name, and of its key.

        Args:
            begins: when it begins to be valid, *ends*: when it ends to be, from now on.
            password: encrypts the key.
            to: the files' name; what was there is replaced.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(_named(name), self._subject, key, begins, ends).add_extension(
            x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False
        )
        certificate = self._folder / f"{to or name}.crt"
        certificate.write_bytes(_pem(made.sign(self._key, hashes.SHA256())))
        key_file = certificate.with_suffix(".key")
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(password.encode())
                if password
                else serialization.NoEncryption(),
            )
        )
        return certificate, key_file


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: timedelta,
    ends: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
