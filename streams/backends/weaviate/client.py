"""
Connects to a Weaviate at its addresses, and turns its errors into ours.

Whatever the client raises becomes `Unavailable`, or `Refused` where a person must mend it, and
no message repeats any of it: it may have text of articles.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx
import weaviate
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.config import GrpcConfig
from weaviate.exceptions import (
    AuthenticationFailedError,
    UnexpectedStatusCodeError,
    WeaviateBaseError,
)

from streams.credential import Credential, without_blanks
from streams.errors import ConfigurationError, Refused, Unavailable, causes
from streams.settings import PREFIX, Settings
from streams.tls_files import trusting, untrusted
from streams.tracing import Attribute
from streams.watched_files import Watched, read_text

CONNECT_SECONDS = 5
QUERY_SECONDS = 10
WRITE_SECONDS = 60

FOREIGN = (WeaviateBaseError, grpc.RpcError, httpx.HTTPError, OSError)  # TimeoutError is one
_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
_RECONNECT_MS = 1_000

logging.getLogger("weaviate-client").setLevel(logging.CRITICAL + 1)  # it logs refused objects


CA_FILE = f"{PREFIX}WEAVIATE_CA_FILE"


@dataclass(frozen=True)
class Access:
    """With what a client goes to Weaviate: its key, and whom it trusts."""

    key: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = None
    """For HTTP; None for public authorities."""
    roots: bytes = b""
    """The same for gRPC, as PEM; none for public authorities."""


def access(settings: Settings) -> Watched[Access]:
    """
    Return key and trust by *settings*, made anew when a file changes.

    Raises:
        ConfigurationError: A file cannot be used.
    """
    key = Credential(settings, "weaviate_api_key", without_blanks)
    ca_file = settings.weaviate_ca_file

    def made() -> Access:
        if ca_file is None:
            return Access(key.current())
        trust = trusting(CA_FILE, ca_file)
        return Access(key.current(), trust, read_text(CA_FILE, ca_file).encode())

    return Watched([key.file, ca_file], made)


class Client:
    """A client of one Weaviate. It connects when it is first used, and again after an outage."""

    def __init__(self, url: str, *, grpc_url: str | None, access: Watched[Access] | None) -> None:
        """
        Args:
            url: of its HTTP interface, http:// or https://.

            grpc_url: of its gRPC interface; by default port 50051 of the same host.

            access: the key and the authority of now; None for access without a key.

        Raises:
            ConfigurationError: An address cannot be one.
        """
        self.url = url
        self._http = _Address.of(url, 443 if url.startswith("https") else 80)
        self._grpc = _Address.of(grpc_url, 443) if grpc_url else self._http.with_port(50051)
        if (self._http.host, self._http.port) == (self._grpc.host, self._grpc.port):
            raise ConfigurationError(
                "TICKETSTREAM_WEAVIATE_URL and _GRPC_URL are one address: HTTP and gRPC have a port"
                " each, by default 8080 and 50051"
            )
        self._access = access
        self._used = Access()
        self._connecting = asyncio.Lock()
        self._connected: weaviate.WeaviateAsyncClient | None = None
        self._replaced: set[asyncio.Task[None]] = set()

    def span_attributes(self, operation: str, collection: str) -> dict[str, Attribute]:
        """Return what a trace shows of a call, by OpenTelemetry's conventions for databases."""
        return {
            "db.system.name": "weaviate",
            "db.operation.name": operation,
            "db.collection.name": collection,
            "server.address": self._http.host,
            "server.port": self._http.port,
        }

    async def close(self) -> None:
        """Close all connections."""
        client, self._connected = self._connected, None
        for closing in self._replaced:
            closing.cancel()  # which closes at once
        await asyncio.gather(*self._replaced, return_exceptions=True)
        if client:
            await client.close()

    async def connected(self) -> weaviate.WeaviateAsyncClient:
        """Return the client, connected; raise one of FOREIGN if that cannot be."""
        async with self._connecting:
            access = self._access.current() if self._access else self._used
            if self._connected and access is not self._used:
                self._replace(self._connected)
            if self._connected is None:
                self._used = access
                client = self._new_client()
                try:
                    await client.connect()
                except BaseException:
                    await client.close()
                    raise
                self._connected = client
            return self._connected

    def _replace(self, client: weaviate.WeaviateAsyncClient) -> None:
        """Have a new client connect, and close *client* once its calls are over."""
        self._connected = None
        closing = asyncio.create_task(_close_later(client))
        self._replaced.add(closing)
        closing.add_done_callback(self._replaced.discard)

    def _new_client(self) -> weaviate.WeaviateAsyncClient:
        key, roots = self._used.key, self._used.roots
        client = weaviate.use_async_with_custom(
            http_host=self._http.host,
            http_port=self._http.port,
            http_secure=self._http.secure,
            grpc_host=self._grpc.host,
            grpc_port=self._grpc.port,
            grpc_secure=self._grpc.secure,
            auth_credentials=Auth.api_key(key) if key else None,
            additional_config=AdditionalConfig(
                timeout=Timeout(init=CONNECT_SECONDS, query=QUERY_SECONDS, insert=WRITE_SECONDS),
                grpc_config=GrpcConfig(
                    channel_options=[("grpc.max_reconnect_backoff_ms", _RECONNECT_MS)],
                    credentials=grpc.ssl_channel_credentials(roots) if roots else None,
                ),
            ),
            skip_init_checks=True,  # one of them asks PyPI for news
        )
        if self._used.trust:
            _verify(client, self._used.trust)
        return client

    def ours(self, error: Exception) -> Unavailable:
        """Return what *error*, one of FOREIGN, is in our words."""
        if any(map(_is_refusal, causes(error))):  # the client keeps a status in a cause
            return Refused(
                f"Weaviate at {self.url} refuses the credentials",
                mend="check TICKETSTREAM_WEAVIATE_API_KEY_FILE or _API_KEY, and what its user may"
                " do",
            )
        if why := untrusted(error):
            return Refused(
                f"the certificate of Weaviate at {self.url} is not trusted ({why})",
                mend="set TICKETSTREAM_WEAVIATE_CA_FILE to the PEM file of the authority that"
                " signed it, and TICKETSTREAM_WEAVIATE_URL and _GRPC_URL to a host that it names",
            )
        return Unavailable(
            f"Weaviate at {self.url} does not answer ({type(error).__name__}): is it running and"
            " ready, and are TICKETSTREAM_WEAVIATE_URL and TICKETSTREAM_WEAVIATE_GRPC_URL right?"
        )


# Upstream: no issue is known: the client takes no authority for HTTP but those of certifi
def _verify(client: weaviate.WeaviateAsyncClient, trust: ssl.SSLContext) -> None:
    """Have *client* trust by *trust* when it connects by HTTP."""
    connection = client._connection
    mounts = connection._make_mounts

    def make(colour: Any) -> Any:
        return {**mounts(colour), "https://": httpx.AsyncHTTPTransport(verify=trust)}

    connection._make_mounts = make  # type: ignore[method-assign]


async def _close_later(client: weaviate.WeaviateAsyncClient) -> None:
    """Close *client* when its longest call must be over."""
    try:
        await asyncio.sleep(CONNECT_SECONDS + WRITE_SECONDS)
    finally:
        await client.close()


@dataclass(frozen=True)
class _Address:
    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str, default_port: int) -> _Address:
        """Return the address that *url* has, or raise ConfigurationError."""
        try:
            parts = urlsplit(url)
            port = parts.port or default_port
        except ValueError:
            parts, port = urlsplit(""), 0
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError("an address of Weaviate is not http://host:port")
        return cls(parts.hostname, port, parts.scheme == "https")

    def with_port(self, port: int) -> _Address:
        return _Address(self.host, port, self.secure)


def _is_refusal(error: BaseException) -> bool:
    if isinstance(error, UnexpectedStatusCodeError):
        return error.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() in _REFUSED
    return isinstance(error, AuthenticationFailedError)
