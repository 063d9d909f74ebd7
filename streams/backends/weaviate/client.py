"""
Connects to a Weaviate at its addresses, and turns its errors into ours.

Whatever the client raises becomes `Unavailable`, or `Refused` where a person must mend it, and
no message repeats any of it: it may have text of articles.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
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

from streams.errors import ConfigurationError, Refused, Unavailable
from streams.tracing import Attribute

CONNECT_SECONDS = 5
QUERY_SECONDS = 10
WRITE_SECONDS = 60

FOREIGN = (WeaviateBaseError, grpc.RpcError, httpx.HTTPError, OSError)  # TimeoutError is one
_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
_RECONNECT_MS = 1_000

logging.getLogger("weaviate-client").setLevel(logging.CRITICAL + 1)  # it logs refused objects


class Client:
    """A client of one Weaviate. It connects when it is first used, and again after an outage."""

    def __init__(self, url: str, *, grpc_url: str | None, api_key: str | None) -> None:
        """
        Args:
            url: of its HTTP interface, http:// or https://.

            grpc_url: of its gRPC interface; by default port 50051 of the same host.

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
        self._api_key = api_key
        self._connecting = asyncio.Lock()
        self._connected: weaviate.WeaviateAsyncClient | None = None

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
        """Close the connection, if there is one."""
        client, self._connected = self._connected, None
        if client:
            await client.close()

    async def connected(self) -> weaviate.WeaviateAsyncClient:
        """Return the client, connected; raise one of FOREIGN if that cannot be."""
        async with self._connecting:
            if self._connected is None:
                client = self._new_client()
                try:
                    await client.connect()
                except BaseException:
                    await client.close()
                    raise
                self._connected = client
            return self._connected

    def _new_client(self) -> weaviate.WeaviateAsyncClient:
        return weaviate.use_async_with_custom(
            http_host=self._http.host,
            http_port=self._http.port,
            http_secure=self._http.secure,
            grpc_host=self._grpc.host,
            grpc_port=self._grpc.port,
            grpc_secure=self._grpc.secure,
            auth_credentials=Auth.api_key(self._api_key) if self._api_key else None,
            additional_config=AdditionalConfig(
                timeout=Timeout(init=CONNECT_SECONDS, query=QUERY_SECONDS, insert=WRITE_SECONDS),
                grpc_config=GrpcConfig(
                    channel_options=[("grpc.max_reconnect_backoff_ms", _RECONNECT_MS)]
                ),
            ),
            skip_init_checks=True,  # one of them asks PyPI for news
        )

    def ours(self, error: Exception) -> Unavailable:
        """Return what *error*, one of FOREIGN, is in our words."""
        if any(map(_is_refusal, _causes(error))):
            return Refused(
                f"Weaviate at {self.url} refuses the credentials:"
                " check TICKETSTREAM_WEAVIATE_API_KEY, and what its user may do"
            )
        return Unavailable(
            f"Weaviate at {self.url} does not answer ({type(error).__name__}): is it running and"
            " ready, and are TICKETSTREAM_WEAVIATE_URL and TICKETSTREAM_WEAVIATE_GRPC_URL right?"
        )


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


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and what it came from: the client keeps a status there."""
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _is_refusal(error: BaseException) -> bool:
    if isinstance(error, UnexpectedStatusCodeError):
        return error.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() in _REFUSED
    return isinstance(error, AuthenticationFailedError)
