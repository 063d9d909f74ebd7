"""Whether the sidecar runs here or could, and its certificate and keys can be used."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from streams.cli import running_up
from streams.cli.check import addresses
from streams.cli.check.diagnosis import Diagnosis
from streams.settings import PREFIX, Settings

SOON = timedelta(days=14)
"""Time before its end from which a certificate is warned of."""


async def look_at_sidecar(here: Settings) -> list[Diagnosis]:
    """Return how the sidecar is. Raises ConfigurationError if a file of it cannot be used."""
    from health.http.api_keys import Keys  # only here: slow to import
    from health.http.handshake import encryption

    Keys(here)
    trust = _anybody() if encryption(here) else None
    ports = {"SIDECAR_HTTP_PORT": _port(here)}
    if isinstance(here.sidecar_internal_http_port, int):
        ports["SIDECAR_INTERNAL_HTTP_PORT"] = here.sidecar_internal_http_port
    found = [
        await addresses.look_at_address(
            "sidecar", here.sidecar_host, port, port_from=f"{PREFIX}{name}", trust=trust
        )
        for name, port in ports.items()
    ]
    return [*found, *_certificate(here)]


def _port(here: Settings) -> int:
    up = running_up.only_up()
    if up and "sidecar_http_port" not in here.model_fields_set:
        return urlsplit(up.url).port or 80
    return here.sidecar_http_port


def _anybody() -> ssl.SSLContext:
    """Return a context for our own sidecar on this machine, which its certificate may not name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _certificate(here: Settings) -> Iterator[Diagnosis]:
    """Yield how long the sidecar's certificate is valid, if it has one."""
    from health.http.handshake import own_certificate

    own = own_certificate(here)
    if own is None:
        return
    until = own.read().not_valid_after_utc
    said = f"the certificate in {own.certificate} is valid until {until:%F %T}Z"
    if until - datetime.now(UTC) < SOON:
        yield Diagnosis("warning", said, "have a new one issued and replace the files")
    else:
        yield Diagnosis("ok", said)
