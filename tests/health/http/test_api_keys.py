"""API keys: who may call what."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families as parse_text
from pydantic import SecretStr

from health.http.api_keys import Keys, new
from health.http.openapi import CALLS
from health.sidecar import Sidecar
from schemas import IncomingTicket
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.health.conftest import PROCESS, Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline

ANNA, BOB = "ts_anna-and-32-random-bytes", "ts_bob-and-32-random-bytes"
PROTECTED = [call for call in CALLS if call.path.startswith("/api/")]
OPEN = [call for call in CALLS if call not in PROTECTED]


def line(name: str, key: str) -> str:
    """Return the entry of a key."""
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"


def settings(**more: Any) -> Settings:
    """Return the settings of a sidecar without Kafka."""
    nowhere = Settings(kafka_brokers="127.0.0.1:1", sidecar_http_port=0, grace_seconds=0.1)
    return Settings(**{**nowhere.model_dump(exclude_unset=True), **more})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with one key."""
    made = tmp_path / "keys"
    made.write_text(f"# who may call\n\n{line('anna', ANNA)}\n")
    return made


@pytest.fixture
async def client(file: Path, session: aiohttp.ClientSession) -> AsyncIterator[Client]:
    """Return a client of a sidecar that wants the keys in *file*."""
    async with Sidecar(settings(api_keys_file=file)) as sidecar:
        yield Client(sidecar.url, session)


async def status(client: Client, headers: dict[str, str]) -> int:
    """Return how a protected call with *headers* ends."""
    return (await client.get("/api/v1/tickets/metrics", headers=headers)).status


@pytest.mark.parametrize("call", PROTECTED, ids=lambda call: call.path)
async def test_calls_about_tickets_need_a_key(client: Client, call: Any) -> None:
    """
    Without one the answer is a 401 that says how, before the body is looked at.
    """
    answer = await client.call(call.method.upper(), call.path, data=b"x" * 999_999)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "X-API-Key" in answer.body["detail"]


@pytest.mark.parametrize("call", OPEN, ids=lambda call: call.path)
async def test_what_is_open_to_everybody(client: Client, call: Any) -> None:
    """
    Probes, metrics and documents need no key.
    """
    assert (await client.call(call.method.upper(), call.path)).status != 401


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": f"Bearer {ANNA}"}, 200),
        ({"Authorization": f"bearer  {ANNA}"}, 200),
        ({"X-API-Key": ANNA}, 200),
        ({"Authorization": "Basic eDp5", "X-API-Key": ANNA}, 200),
        ({"Authorization": f"Bearer {BOB}", "X-API-Key": ANNA}, 401),
        ({"Authorization": ANNA}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"X-API-Key": BOB}, 401),
        ({"X-API-Key": ""}, 401),
        ({"X-API-Key": "ü"}, 401),
        ({"X-API-Key": line("anna", ANNA).split(":")[1]}, 401),
    ],
)
async def test_how_a_key_is_sent(client: Client, headers: dict[str, str], expected: int) -> None:
    """
    As a bearer token, or else in a header of its own; the hash of a key is none.
    """
    assert await status(client, headers) == expected


async def test_an_unknown_key_is_told_from_none(client: Client) -> None:
    """
    As RFC 6750 has it: only who sent a key is told that it is invalid.
    """
    answers = [
        await client.get("/api/v1/tickets/metrics", headers=h) for h in ({}, {"X-API-Key": BOB})
    ]

    said = ["invalid_token" in answer.headers["WWW-Authenticate"] for answer in answers]
    assert said == [False, True]


async def test_the_log_names_the_caller(client: Client) -> None:
    """
    By the name of its key; a key is in no line, nor is a wrong one.
    """
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as logs:
        await status(client, {"X-API-Key": ANNA})
        await status(client, {"X-API-Key": BOB})

    told = [entry.get("api_key") for entry in logs if entry["event"] == "request"]
    assert told == ["anna", None]
    assert ANNA not in str(logs)
    assert BOB not in str(logs)


async def test_keys_change_without_a_restart(client: Client, file: Path) -> None:
    """
    A key that is added is taken at once, and one that is removed is not any more.
    """
    write(file, line("bob", BOB))
    assert [await status(client, {"X-API-Key": key}) for key in (ANNA, BOB)] == [401, 200]

    write(file, "")
    assert await status(client, {"X-API-Key": BOB}) == 401


async def test_a_key_whose_line_is_gone_beside_a_broken_line(client: Client, file: Path) -> None:
    """
    It is refused from the next call on, and a good line counts. The log names the broken line by
    its number, once for the change, and never what is in it.
    """
    with structlog.testing.capture_logs() as logs:
        write(file, f"# who may call\n{line('bob', BOB)}\nnew:secret:acme\n")
        for _ in range(3):
            assert [await status(client, by(key)) for key in (ANNA, BOB)] == [401, 200]

    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert told["event"] == "the file of API keys is broken: its good lines count"
    assert "TICKETSTREAM_API_KEYS_FILE: line 3 is not" in told["reason"]
    assert "secret" not in str(logs)


async def test_a_file_that_is_gone(client: Client, file: Path) -> None:
    """
    No key is let in until it is back: then each counts at the next call. The log says it once.
    """
    aside = file.with_name("aside")
    with structlog.testing.capture_logs() as logs:
        file.rename(aside)
        assert [await status(client, by(ANNA)) for _ in range(3)] == [401] * 3
    aside.rename(file)
    assert await status(client, by(ANNA)) == 200

    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert told["event"] == "no file of API keys can be read: no key is let in"
    assert "No such file" in told["reason"]


async def test_a_mounted_secret_is_exchanged(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """
    Kubernetes puts a link elsewhere in one step, and then deletes the old folder: the new file
    counts from the next call on, and a key in both is never refused.
    """
    for folder, keys in (("old", (ANNA, BOB)), ("new", (BOB,))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "keys").write_text("\n".join(line("desk", key) for key in keys))
    (tmp_path / "data").symlink_to("old")
    (tmp_path / "keys").symlink_to("data/keys")
    async with Sidecar(settings(api_keys_file=tmp_path / "keys")) as sidecar:
        client = Client(sidecar.url, session)
        before = [await status(client, by(key)) for key in (ANNA, BOB)]
        (tmp_path / "later").symlink_to("new")
        (tmp_path / "later").rename(tmp_path / "data")
        after = [await status(client, by(key)) for key in (ANNA, BOB)]
        shutil.rmtree(tmp_path / "old")
        later = [await status(client, by(key)) for key in (ANNA, BOB)]

    assert (before, after, later) == ([200, 200], [401, 200], [401, 200])


async def test_a_broken_file_is_counted(client: Client, file: Path) -> None:
    """
    A scrape sees it at once, without any call, for as long as it lasts.
    """
    good = file.read_text()
    seen = [await broken(client)]
    for content in (f"{good}\nbob:secret", "", good):
        write(file, content)
        seen.append(await broken(client))
    file.unlink()
    seen.append(await broken(client))
    write(file, good)
    seen.append(await broken(client))

    assert seen == [0, 1, 1, 0, 1, 0]


async def broken(client: Client) -> float:
    """Return what `/metrics` says of the file."""
    families = parse_text((await client.get("/metrics")).body)
    (found,) = [f for f in families if f.name == "ticketstream_api_keys_file_broken"]
    return found.samples[0].value


async def test_keys_in_the_environment(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Several by comma; the same name may have two, for the time of a change.
    """
    both = f"{line('anna', ANNA)}, {line('anna', BOB).upper().replace('ANNA', 'anna')}"
    monkeypatch.setenv("TICKETSTREAM_API_KEYS", both)
    async with Sidecar(settings()) as sidecar:
        client = Client(sidecar.url, session)
        keys = (ANNA, BOB, "")
        assert [await status(client, {"X-API-Key": k}) for k in keys] == [200, 200, 401]
        assert (await client.call("POST", PROCESS)).status == 401


WRONG = [ANNA, f"anna:{ANNA}", f"anna:{'0' * 63}", f"anna:{'g' * 64}", f"an na:{'0' * 64}", ":"]


@pytest.fixture(params=["setting", "file"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Settings]:
    """Return what makes settings of an entry, in either place."""

    def made(entry: str) -> Settings:
        if request.param == "setting":
            return settings(api_keys=entry)
        path = tmp_path / "wrong"
        path.write_text(entry)
        return settings(api_keys_file=path)

    return made


@pytest.mark.parametrize("entry", WRONG)
async def test_what_is_no_hash_is_refused(source: Callable[[str], Settings], entry: str) -> None:
    """
    A key that stands there itself is an error at the start, which does not show it.
    """
    with pytest.raises(ConfigurationError, match=r"(entry|line) 1 is .* api-key") as error:
        async with Sidecar(source(entry)):
            pass

    assert ANNA not in str(error.value)


@pytest.mark.parametrize("content", [None, "", "# nobody yet\n"])
async def test_a_file_without_keys(tmp_path: Path, content: str | None) -> None:
    """
    A file that is missing, or has no key, is an error at the start: nobody could call.
    """
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ConfigurationError, match="TICKETSTREAM_API_KEYS_FILE: the file"):
        async with Sidecar(settings(api_keys_file=file)):
            pass


def write(file: Path, text: str) -> None:
    """Write *text* to *file*, later than all that was written before."""
    later = (file.stat() if file.exists() else file.parent.stat()).st_mtime_ns + 1_000_000
    file.write_text(text)
    os.utime(file, ns=(later, later))


ACME, EVERY = "ts_acme-and-32-random-bytes", "ts_every-and-32-random-bytes"


@pytest.fixture
async def shared(
    quick: Settings, session: aiohttp.ClientSession, pipeline: EchoPipeline
) -> AsyncIterator[Client]:
    """Return a client of a sidecar with a key of the old form, one for acme: co, one for all."""
    entries = ",".join(
        (line("anna", ANNA), f"{line('acme', ACME)}:acme:co", f"{line('every', EVERY)}:*")
    )
    async with Sidecar(quick.model_copy(update={"api_keys": SecretStr(entries)})) as sidecar:
        yield Client(sidecar.url, session)


def by(key: str) -> dict[str, str]:
    """Return the headers of a call with *key*."""
    return {"X-API-Key": key}


@pytest.mark.parametrize(
    ("key", "named", "expected"),
    [
        (ANNA, None, "default"),
        (ANNA, "default", "default"),
        (ANNA, "acme:co", None),
        (ACME, None, "acme:co"),
        (ACME, "acme:co", "acme:co"),
        (ACME, "default", None),
        (ACME, "acme", None),
        (EVERY, None, "default"),
        (EVERY, "acme:co", "acme:co"),
    ],
)
async def test_a_key_writes_to_its_tenant_alone(
    shared: Client, pipeline: EchoPipeline, key: str, named: str | None, expected: str | None
) -> None:
    """
    A ticket without a tenant takes the key's; one of another tenant is a 403, and not published.
    """
    ticket = a_ticket(**({} if named is None else {"tenant": named}))

    answer = await shared.process(ticket, headers=by(key))

    assert answer.status == (403 if expected is None else 200)
    published = pipeline.values.get(ticket["ticket_id"])
    if expected is None:
        assert published is None
    else:
        assert IncomingTicket.model_validate_json(published or b"").tenant == expected


async def test_a_key_reads_its_tenant_alone(shared: Client) -> None:
    """
    Another tenant's result is a 404, just like one that does not exist.
    """
    ticket = a_ticket()
    url = f"/api/v1/tickets/{ticket['ticket_id']}/result"
    await shared.process(ticket, headers=by(ACME))

    own = [await shared.get(url + more, headers=by(ACME)) for more in ("", "?tenant=acme:co")]
    every = await shared.get(f"{url}?tenant=acme:co", headers=by(EVERY))
    others = [await shared.get(url + more, headers=by(ANNA)) for more in ("", "?tenant=acme:co")]
    unknown = await shared.get("/api/v1/tickets/nobody/result?tenant=acme:co", headers=by(ANNA))

    assert [answer.status for answer in (*own, every)] == [200, 200, 200]
    assert [answer.status for answer in others] == [404, 404]
    assert {a.body["detail"] for a in others} == {unknown.body["detail"]}


async def test_a_key_of_a_tenant_is_exchanged(
    quick: Settings, session: aiohttp.ClientSession, pipeline: EchoPipeline, tmp_path: Path
) -> None:
    """
    Two keys of one caller open the same tickets at once; the old one is refused when its line is
    gone, without a restart, and what it wrote is still there for the new one.
    """
    old, new_key = (f"{line('desk', key)}:acme" for key in (ANNA, BOB))
    keys = tmp_path / "keys"
    keys.write_text(f"{old}\n")
    ticket = a_ticket()
    url = f"/api/v1/tickets/{ticket['ticket_id']}/result"
    async with Sidecar(quick.model_copy(update={"api_keys_file": keys})) as sidecar:
        client = Client(sidecar.url, session)
        assert (await client.process(ticket, headers=by(ANNA))).status == 200
        assert (await client.get(url, headers=by(BOB))).status == 401

        write(keys, f"{old}\n{new_key}\n")
        both = [(await client.get(url, headers=by(key))).status for key in (ANNA, BOB)]
        write(keys, f"{new_key}\n")
        only = [(await client.get(url, headers=by(key))).status for key in (ANNA, BOB)]

    assert (both, only) == ([200, 200], [401, 200])


async def test_figures_are_of_the_keys_tenant(shared: Client) -> None:
    """
    A key sees how many tickets its tenant had, and no other's categories or dead letters.
    """
    await shared.process(a_ticket(), headers=by(ACME))
    await shared.process(a_ticket(metadata={"echo": "dead-letter"}), headers=by(ACME))
    await shared.process(a_ticket(), headers=by(ANNA))

    found = {
        key: (await shared.get("/api/v1/tickets/metrics", headers=by(key))).body["outcomes"]
        for key in (ACME, ANNA, EVERY)
    }

    assert found == {
        ACME: {"processed": 1, "dead_letter": 1},
        ANNA: {"processed": 1, "dead_letter": 0},
        EVERY: {"processed": 2, "dead_letter": 1},
    }


def test_a_key_without_a_tenant_is_warned_of(file: Path) -> None:
    """
    The log names such keys at the start, and says how to write them.
    """
    with structlog.testing.capture_logs() as logs:
        Keys(settings(api_keys_file=file))

    (warning,) = [entry for entry in logs if entry["log_level"] == "warning"]
    assert warning["keys"] == ["anna"]
    assert "name:SHA-256:tenant" in warning["event"]


@pytest.mark.parametrize("tenant", ["", " ", "a\nb", "x" * 257, " a"])
def test_a_tenant_that_is_none(tenant: str) -> None:
    """
    A tenant that the file could not have is refused.
    """
    with pytest.raises(ConfigurationError, match="tenant of a key"):
        new("anna", tenant)


@pytest.mark.parametrize("tenant", ["acme #1", "acme & co", "a b c"])
def test_a_tenant_with_blanks_in_the_setting(tenant: str) -> None:
    """
    What stands behind the second colon is the tenant, whole, in the setting too.
    """
    entries = f"{line('anna', ANNA)}:{tenant}, {line('bob', BOB)}:other"

    assert Keys(settings(api_keys=entries)).tenants == {tenant, "other"}


@pytest.mark.parametrize("sign", ["\u2028", "\x0b", "\x1c", "\x85"])
def test_a_tenant_with_a_sign_that_might_end_a_line(file: Path, sign: str) -> None:
    """
    Each line that the command `api-key` writes is one that the file may have.
    """
    _, entry = new("anna", f"a{sign}b")
    file.write_text(f"{entry}\n{line('bob', BOB)}:other\n")

    assert Keys(settings(api_keys_file=file)).tenants == {f"a{sign}b", "other"}
