"""
A real Apache Kafka as an operator secures it: TLS on each listener, ACLs, and users.

    SCRAM   SASL_SSL, SCRAM-SHA-512 and PLAIN
    OAUTH   SASL_SSL, OAUTHBEARER with signed tokens of a `TokenServer`
    MTLS    SSL, with a client's certificate

Whoever comes by the plain listener, which is the tests' own, may do everything.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from streams.settings import Settings
from tests.support.certificates import Authority
from tests.support.kafka import JAVA, LOGGING, RealKafka, jars, tools
from tests.support.machine import free_ports
from tests.support.token_server import AUDIENCE, ISSUER, TokenServer

SCRAM, OAUTH, MTLS = "SCRAM", "OAUTH", "MTLS"
_LISTENERS = (SCRAM, OAUTH, MTLS)
_ALLOWED_URLS = "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls"
_MODULES = "org.apache.kafka.common.security"


class SecuredKafka(RealKafka):
    """
    A running Kafka of one broker, until the `with` block ends.

    `authority` has signed its certificate and signs those of clients; `tokens` gives tokens.
    """

    def __init__(self, session_ms: int = 0) -> None:
        """*session_ms*: time after which a login by SASL has ended; 0: it never does."""
        super().__init__()
        self._session_ms = session_ms
        self.tokens = TokenServer()
        self._stack = ExitStack()

    def _set_up(self) -> None:
        """Start it, and its token server."""
        self._stack.enter_context(self.tokens)
        self._ports_of = dict(zip(_LISTENERS, free_ports(len(_LISTENERS)), strict=True))
        super()._set_up()

    def _clean_up(self) -> None:
        super()._clean_up()
        self._stack.close()

    def at(self, listener: str) -> str:
        """Return the address of a listener."""
        return f"127.0.0.1:{self._ports_of[listener]}"

    def with_password(self, user: str, password: str) -> None:
        """Have *user* log in with *password*, and with no other one."""
        how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        user_known = UserScramCredentialUpsertion(user, how, password.encode())
        with self.admin() as client:
            for done in client.alter_user_scram_credentials([user_known]).values():
                done.result(10)
        self._wait_for(user, password)

    def _wait_for(self, user: str, password: str) -> None:
        """Return once the broker lets *user* in: it learns of passwords from its controller."""
        as_user = {
            "bootstrap.servers": self.at(SCRAM),
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.authority.file),
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": password,
            "reconnect.backoff.max.ms": 200,
            "log_level": 0,
        }
        with AdminClient(as_user) as client:
            client.list_topics(timeout=20)

    def by_scram(self, user: str, password: str, **more: Any) -> Settings:
        """Return settings of *user*, who is known from now on."""
        self.with_password(user, password)
        return self.settings(SCRAM, kafka_username=user, kafka_password=password, **more)

    def by_token(self, client: str, secret: str, **more: Any) -> Settings:
        """Return settings of a *client* that is known from now on."""
        self.tokens.clients[client] = secret
        own = {"kafka_oauth_client_id": client, "kafka_oauth_client_secret": secret}
        url = {"kafka_oauth_token_url": self.tokens.url}
        return self.settings(OAUTH, kafka_sasl_mechanism="OAUTHBEARER", **{**own, **url, **more})

    def by_certificate(self, name: str, **more: Any) -> Settings:
        """Return settings with a certificate of *name*."""
        certificate, key = self.authority.sign(name)
        own = {"kafka_certificate_file": certificate, "kafka_key_file": key}
        return self.settings(MTLS, **{**own, **more})

    def settings(self, listener: str, **more: Any) -> Settings:
        """Return settings for a listener."""
        protocol: Any = "SSL" if listener == MTLS else "SASL_SSL"
        return Settings(
            **{
                "kafka_brokers": self.at(listener),
                "kafka_security_protocol": protocol,
                "kafka_ca_file": self.authority.file,
                "session_seconds": 6,
                "grace_seconds": 3,
                **more,
            }
        )

    def allow(
        self, principal: str, rights: Iterable[tuple[str, str, str]], *, prefixed: bool = False
    ) -> None:
        """
        Let *principal* do what *rights* say: (operation, kind, name).

        With *prefixed*, to all whose names begin with the name.
        """
        bindings = [_binding(principal, *right, prefixed=prefixed) for right in rights]
        if not bindings:
            return
        with self.admin() as client:
            for done in client.create_acls(bindings).values():
                done.result(10)

    def forbid(self, principal: str, operation: str, kind: str, name: str) -> None:
        """Take a right from *principal* that `allow` gave."""
        right = AclBindingFilter(
            ResourceType[kind.upper()],
            name,
            ResourcePatternType.LITERAL,
            principal,
            "*",
            AclOperation[_constant(operation)],
            AclPermissionType.ALLOW,
        )
        with self.admin() as client:
            for done in client.delete_acls([right]).values():
                assert done.result(10)

    def _format(self, number: int) -> None:
        folder = self.folder
        self.authority = Authority(folder)
        certificate, key = self.authority.sign("broker")
        (folder / "server.pem").write_bytes(key.read_bytes() + certificate.read_bytes())
        self.trusted = folder / "trusted.pem"
        self.trusted.write_bytes(self.authority.file.read_bytes())
        super()._format(number)
        file = folder / f"{number}.properties"
        known = dict(line.split("=", 1) for line in file.read_text().splitlines())
        own = self._properties(known)
        file.write_text("".join(f"{name}={value}\n" for name, value in {**known, **own}.items()))

    def _properties(self, known: Mapping[str, str]) -> dict[str, Any]:
        listeners = ",".join(f"{name}://{self.at(name)}" for name in _LISTENERS)
        protocols = f"{SCRAM}:SASL_SSL,{OAUTH}:SASL_SSL,{MTLS}:SSL"
        oauth = "listener.name.oauth"
        return {
            "listeners": f"{known['listeners']},{listeners}",
            "listener.security.protocol.map": (
                f"{known['listener.security.protocol.map']},{protocols}"
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.folder / "server.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.trusted,
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.scram.scram-sha-512.sasl.jaas.config": (
                f"{_MODULES}.scram.ScramLoginModule required;"
            ),
            "listener.name.scram.plain.sasl.jaas.config": (
                f'{_MODULES}.plain.PlainLoginModule required user_plain="plain-secret";'
            ),
            f"{oauth}.sasl.enabled.mechanisms": "OAUTHBEARER",
            f"{oauth}.oauthbearer.sasl.jaas.config": (
                f"{_MODULES}.oauthbearer.OAuthBearerLoginModule required;"
            ),
            f"{oauth}.oauthbearer.sasl.server.callback.handler.class": (
                f"{_MODULES}.oauthbearer.OAuthBearerValidatorCallbackHandler"
            ),
            f"{oauth}.sasl.oauthbearer.jwks.endpoint.url": self.tokens.jwks_url,
            f"{oauth}.sasl.oauthbearer.expected.audience": AUDIENCE,
            f"{oauth}.sasl.oauthbearer.expected.issuer": ISSUER,
            "connections.max.reauth.ms": self._session_ms,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",  # the tests, and the controller
        }

    def _java(self, main: str, *options: str) -> list[str]:
        java, *rest = super()._java(main, *options)
        return [java, f"{_ALLOWED_URLS}={self.tokens.jwks_url}", *rest]

    def kafka_acls(self, folder: Path) -> Path:
        """
        Return a program in *folder* that is Kafka's own `kafka-acls`, by the plain listener.

        It is called some fifty times: an archive of its classes halves what a start takes. One
        that Java cannot use, it leaves aside.
        """
        archive, program = folder / "kafka-acls.jsa", folder / "kafka-acls"
        main = (
            f"-Dlog4j2.configurationFile={LOGGING}",
            *("-cp", f"{tools()}/*:{jars()}/*"),  # an archive allows no folder of files there
            "org.apache.kafka.tools.AclCommand",
        )
        lists = ("--bootstrap-server", self.brokers, "--list")
        subprocess.run(
            [*JAVA, f"-XX:ArchiveClassesAtExit={archive}", *main, *lists],
            check=True,
            capture_output=True,
        )
        command = [*JAVA, f"-XX:SharedArchiveFile={archive}", *main]
        program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        program.chmod(0o755)
        return program


def _binding(principal: str, operation: str, kind: str, name: str, *, prefixed: bool) -> AclBinding:
    return AclBinding(
        ResourceType[kind.upper()] if kind != "cluster" else ResourceType.BROKER,
        name,
        ResourcePatternType.PREFIXED if prefixed else ResourcePatternType.LITERAL,
        principal,
        "*",
        AclOperation[_constant(operation)],
        AclPermissionType.ALLOW,
    )


def _constant(operation: str) -> str:
    """Return `DESCRIBE_CONFIGS` for `DescribeConfigs`."""
    return "".join(f"_{c}" if c.isupper() else c for c in operation).lstrip("_").upper()
