"""An OAuth 2.0 server on loopback: tokens for client credentials, signed, and its public key."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://tokens.test"
AUDIENCE = "kafka"
KEY_ID = "1"


@dataclass
class Asked:
    """What a client has asked for a token with."""

    client: str
    secret: str
    form: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer in place of a token."""

    status: int
    body: str


@dataclass
class TokenServer:
    """
    It runs until the `with` block ends.

    `clients` are the secrets of those that get a token, and `asked` is what was asked for.
    `says` is a `Reply` that it gives in place of a token; `lifetime` and `skew` are seconds.
    """

    clients: dict[str, str] = field(default_factory=dict)
    lifetime: float = 300.0
    skew: float = 0.0
    """Seconds by which its clock is ahead."""
    says: Reply | None = None
    certificate: tuple[Path, Path] | None = None
    """Files of certificate and key; without them it speaks HTTP."""
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._answer))
        scheme = "http"
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            scheme = "https"
        base = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self.url, self.jwks_url = f"{base}/token", f"{base}/jwks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> Reply:
        if request.command == "GET":
            return Reply(200, json.dumps({"keys": [self._public()]}))
        size = int(request.headers["content-length"])
        form = {k: v[0] for k, v in parse_qs(request.rfile.read(size).decode()).items()}
        asked = Asked(*_basic(request.headers.get("authorization", "")), form)
        self.asked.append(asked)
        if self.says:
            return self.says
        if self.clients.get(asked.client) != asked.secret:
            return Reply(401, '{"error": "invalid_client"}')
        made = {"access_token": self.token(asked.client), "token_type": "Bearer"}
        return Reply(200, json.dumps({**made, "expires_in": self.lifetime}))

    def token(self, client: str) -> str:
        """Return a signed token for *client*."""
        now = int(time.time() + self.skew)
        head = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": client, "iat": now}
        body["exp"] = now + int(self.lifetime)
        signed = f"{_encoded(head)}.{_encoded(body)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"

    def _public(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        modulus, exponent = (
            _base64(n.to_bytes((n.bit_length() + 7) // 8)) for n in (numbers.n, numbers.e)
        )
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": modulus,
            "e": exponent,
        }


def _handler(answer: Callable[[BaseHTTPRequestHandler], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            reply = answer(self)
            body = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _basic(header: str) -> tuple[str, str]:
    name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)


def _encoded(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
