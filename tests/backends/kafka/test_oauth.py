"""Tokens for OAUTHBEARER: how they are got and kept, and what is said when there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from streams.backends.kafka import connection, oauth
from streams.backends.kafka.oauth import NoToken, Token, Tokens
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support.certificates import Authority
from tests.support.token_server import Reply, TokenServer

SECRET = "s3cr:et&%"


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """Return a running token server that knows `support`."""
    with TokenServer({"support": SECRET}) as running:
        yield running


def settings_of(server: TokenServer, **more: Any) -> Settings:
    """Return the settings of `support`, and *more*."""
    return Settings(
        **{
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_mechanism": "OAUTHBEARER",
            "kafka_oauth_token_url": server.url,
            "kafka_oauth_client_id": "support",
            "kafka_oauth_client_secret": SecretStr(SECRET),
            **more,
        }
    )


async def failure(tokens: Tokens) -> ConfigurationError | Unavailable:
    """Return why there is no token."""
    with pytest.raises(NoToken) as error:
        await tokens.token()
    assert SECRET not in str(error.value.fault)
    return error.value.fault


async def test_a_token_serves_many_connections(server: TokenServer) -> None:
    """
    Connections that are opened at the same time share a token, whatever thread they are in.
    """
    tokens = Tokens(settings_of(server, kafka_oauth_scope="kafka.read kafka.write"))

    found = await asyncio.gather(*(tokens.token() for _ in range(5)))
    in_thread = await asyncio.to_thread(lambda: asyncio.run(tokens.token()))

    assert len({*found, in_thread}) == 1
    (asked,) = server.asked
    assert (asked.client, asked.secret) == ("support", SECRET)
    scope = {"scope": "kafka.read kafka.write"}
    assert asked.form == {"grant_type": "client_credentials", **scope}


async def test_a_token_is_renewed_before_it_ends(server: TokenServer, tmp_path: Path) -> None:
    """
    The next one is asked for in its last fifth, with the secret that the file has by then.
    """
    file = tmp_path / "secret"
    file.write_text(SECRET)
    tokens = Tokens(settings_of(server, kafka_oauth_client_secret_file=file))
    first = await tokens.token()
    server.clients["support"] = "another"
    file.write_text("another\n")
    assert await tokens.token() == first

    _age(tokens, by=0.85 * server.lifetime)
    second = tokens.get()

    assert [one.secret for one in server.asked] == [SECRET, "another"]
    assert second.is_fresh


async def test_an_outage_of_the_endpoint(server: TokenServer) -> None:
    """
    The token of now serves to its end; then there is none, which is an outage, until it is back.
    """
    tokens = Tokens(settings_of(server))
    first = await tokens.token()
    server.says = Reply(503, "no")
    _age(tokens, by=0.85 * server.lifetime)
    with structlog.testing.capture_logs() as logs:
        assert await tokens.token() == first
    assert "answers 503" in logs[0]["reason"]

    _age(tokens, by=0.2 * server.lifetime)
    assert isinstance(await failure(tokens), Unavailable)

    server.says = None
    tokens._failed = None  # the pause is over
    assert await tokens.token()


async def test_a_token_that_a_broker_refuses_is_replaced(server: TokenServer) -> None:
    """
    It is, unless it is new: an endpoint is not asked for each connection that is refused.
    """
    tokens = Tokens(settings_of(server))
    await tokens.token()
    tokens.discard()
    await tokens.token()
    assert len(server.asked) == 1

    _age(tokens, by=11)
    tokens.discard()
    await tokens.token()
    assert len(server.asked) == 2


def _age(tokens: Tokens, *, by: float) -> None:
    """Make the token of *tokens* older."""
    token = tokens._token
    assert token
    tokens._token = replace(token, since=token.since - by, until=token.until - by)


ANSWERS = [
    (Reply(401, '{"error": "invalid_client"}'), ConfigurationError, "refuses the client"),
    (Reply(400, '{"error": "unauthorized_client"}'), ConfigurationError, "refuses the client"),
    (Reply(400, '{"error": "invalid_scope"}'), ConfigurationError, "OAUTH_SCOPE"),
    (Reply(404, "<html>"), ConfigurationError, "answers 404 and no token: set TICKETSTREAM_KAFKA"),
    (Reply(200, "{}"), ConfigurationError, "answers 200 and no token"),
    (Reply(200, '{"access_token": "a\\u0001b"}'), ConfigurationError, "and no token"),
    (Reply(200, "[]"), ConfigurationError, "and no token"),
    (Reply(302, ""), ConfigurationError, "answers 302"),
    (Reply(429, ""), Unavailable, "answers 429"),
    (Reply(500, '{"error": "invalid_client"}'), Unavailable, "answers 500"),
]


@pytest.mark.parametrize(("reply", "kind", "said"), ANSWERS)
async def test_answers_without_a_token(
    server: TokenServer, reply: Reply, kind: type[Exception], said: str
) -> None:
    """
    A refusal is for a person to mend, and what may pass is an outage. Settings are named.
    """
    server.says = reply
    fault = await failure(Tokens(settings_of(server)))

    assert type(fault) is kind
    assert said in str(fault)


async def test_a_wrong_secret(server: TokenServer, tmp_path: Path) -> None:
    """
    The setting that gave it is named.
    """
    file = tmp_path / "secret"
    file.write_text("wrong")
    fault = await failure(Tokens(settings_of(server, kafka_oauth_client_secret_file=file)))

    assert "(invalid_client)" in str(fault)
    assert str(fault).endswith(
        "check TICKETSTREAM_KAFKA_OAUTH_CLIENT_ID and TICKETSTREAM_KAFKA_OAUTH_CLIENT_SECRET_FILE"
    )


async def test_nobody_at_the_endpoint() -> None:
    """
    An endpoint that does not answer is away, and its setting is named.
    """
    with TokenServer() as gone:
        pass
    fault = await failure(Tokens(settings_of(gone)))

    assert isinstance(fault, Unavailable)
    assert "does not answer (ConnectError)" in str(fault)
    assert "TICKETSTREAM_KAFKA_OAUTH_TOKEN_URL" in str(fault)


async def test_a_key_in_the_address_of_the_endpoint(server: TokenServer) -> None:
    """
    What stands in the query is sent and never said, whether the endpoint answers or not.
    """
    keyed = {"kafka_oauth_token_url": f"{settings_of(server).kafka_oauth_token_url}?k=CANARY"}
    wrong = settings_of(server, **keyed, kafka_oauth_client_secret=SecretStr("wrong"))
    faults = [await failure(Tokens(wrong))]
    with TokenServer() as gone:
        keyed = {"kafka_oauth_token_url": f"{settings_of(gone).kafka_oauth_token_url}?k=CANARY"}
    faults.append(await failure(Tokens(settings_of(gone, **keyed))))

    for fault in faults:
        assert "token endpoint http://" in str(fault)
        assert "CANARY" not in str(fault)


async def test_tls_to_the_endpoint(tmp_path: Path) -> None:
    """
    Its certificate is checked by an authority of its own, or the machine's.
    """
    authority = Authority(tmp_path)
    signed = authority.sign("tokens")
    with TokenServer({"support": SECRET}, certificate=signed) as server:
        trusted = settings_of(server, kafka_oauth_ca_file=authority.file)
        assert await Tokens(trusted).token()
        fault = await failure(Tokens(settings_of(server)))

    assert isinstance(fault, ConfigurationError)
    assert "is not trusted (unable to get local issuer certificate)" in str(fault)
    assert "TICKETSTREAM_KAFKA_OAUTH_CA_FILE" in str(fault)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("kafka_oauth_token_url", "OAUTHBEARER needs TICKETSTREAM_KAFKA_OAUTH_TOKEN_URL"),
        ("kafka_oauth_client_id", "OAUTHBEARER needs TICKETSTREAM_KAFKA_OAUTH_CLIENT_ID"),
        ("kafka_oauth_client_secret", "TICKETSTREAM_KAFKA_OAUTH_CLIENT_SECRET_FILE or"),
    ],
)
def test_a_setting_that_is_missing(server: TokenServer, field: str, said: str) -> None:
    """
    It is named before anything is tried.
    """
    empty: Any = SecretStr("") if "secret" in field else ""
    with pytest.raises(ConfigurationError, match=said):
        connection.options(settings_of(server, **{field: empty}))
    assert not server.asked


@pytest.mark.parametrize("url", ["https://user:pass@tokens.test/token", "tokens.test", "ftp://a"])
def test_what_is_no_address_of_an_endpoint(url: str) -> None:
    """
    An address has no user and password in it, which would be shown.
    """
    with pytest.raises(ValueError, match="kafka_oauth_token_url"):
        Settings(kafka_oauth_token_url=url)


@pytest.mark.parametrize(
    ("skew", "said"), [(0, ""), (3_600, "was issued at"), (-3_600, "is valid until")]
)
def test_a_clock_that_is_wrong(server: TokenServer, skew: float, said: str) -> None:
    """
    A token's own times tell when two clocks differ.
    """
    server.skew = skew
    found = Token(server.token("support"), 0, 300).off_by()

    assert found.startswith(f"the token {said}") if said else not found
    assert ("this machine's clock says" in found) == bool(said)


def test_what_a_token_says_of_itself(server: TokenServer) -> None:
    """
    Who it is of and for is shown, and nothing that would let somebody in.
    """
    token = Token(server.token("support"), 0, 300)

    assert token.described() == "It says iss https://tokens.test, aud kafka, sub support."
    assert Token("opaque", 0, 300).described() == "It is no JWT."
    assert oauth.Token("a.!.b", 0, 300).claims() == {}
