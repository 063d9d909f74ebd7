"""
No customer's words and no secret come out where operators look: logs, metrics, traces, commands.

A worker, one whose Weaviate is away, and a sidecar take canaries through every path, at the most
talkative log level. Then all that they have shown is searched.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from schemas.topics import DRAFTED, GROUNDED, INCOMING, PROCESSED, Topic
from streams import tracing
from streams.backends.kafka import clients, names
from streams.settings import Settings
from tests.support.canaries import Canaries, a_ticket, headers_with
from tests.support.command_line import call
from tests.support.llm import LlmServer, Say
from tests.support.machine import free_ports
from tests.support.otlp_collector import OtlpCollector
from tests.support.process import environment
from tests.support.recorded_spans import CALLER
from tests.support.stages import dead_letters, read

PROCESS = "/api/v1/tickets/process"
BUGS = """
import sys
from streams import agents, pipeline
from streams.stage import ticket_of

check_draft, traced = pipeline.check_draft, agents.Agent._traced

async def with_a_bug(event, **more):
    if ticket_of(event).ticket_id == "T-bug":
        raise KeyError(event.ticket.raw_message)
    return await check_draft(event, **more)

async def with_a_fatal_one(self, message, entry, timestamp):
    if b"T-fatal" in (message.value or b""):
        raise ValueError(message.value, message.headers)
    return await traced(self, message, entry, timestamp)

pipeline.check_draft = with_a_bug
agents.Agent._traced = with_a_fatal_one
from streams.cli.main import main
main()
"""
"""A worker that has a bug in a stage, and one outside of any stage."""


@dataclass
class Shown:
    """All that was shown, by where."""

    parts: dict[str, str | bytes] = field(default_factory=dict)

    def sung(self, canaries: Canaries) -> dict[str, list[str]]:
        """Return the places of the canaries that came out, by where."""
        found = {where: canaries.sung(shown) for where, shown in self.parts.items()}
        return {where: places for where, places in found.items() if places}

    def lines(self, where: str) -> list[dict[str, Any]]:
        """Return the log lines of a process."""
        text = str(self.parts[where])
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@dataclass
class Scene:
    """The processes, and what is needed to talk to them."""

    canaries: Canaries
    settings: Settings
    llm: LlmServer
    collector: OtlpCollector
    processes: dict[str, subprocess.Popen[bytes]]
    folder: Path
    sidecar: str
    key: str
    shown: Shown
    session: aiohttp.ClientSession

    async def publish(
        self, topic: Topic[Any], value: bytes | dict[str, Any] | None, **headers: bytes
    ) -> None:
        """Put a message on *topic*, with canaries as its headers and within its key."""
        sent = json.dumps(value).encode() if isinstance(value, dict) else value
        key = f"K-{self.canaries.put('key')}".encode()
        async with clients.producer(self.settings) as producer:
            await producer.send_and_wait(
                names.topic(self.settings, topic),
                value=sent,
                key=key,
                headers=headers_with(self.canaries, **headers),
            )

    async def call(self, body: Any = None, *, path: str = PROCESS, **headers: str) -> int:
        """Return the status of a call with *body*, as it is or as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = {"content-type": "application/json", "x-api-key": self.key, "traceparent": CALLER}
        more = {"tracestate": f"v={self.canaries.put('tracestate')}"}
        async with self.session.post(
            self.sidecar + path, data=data, headers={**own, **more, **headers}
        ) as answer:
            await answer.read()
            return answer.status

    async def results(self, topic: Topic[Any], *ticket_ids: str) -> dict[str, Any]:
        """Return what is on *topic* of each of *ticket_ids*, once all of it is there."""
        async with asyncio.timeout(90):
            while True:
                events = [json.loads(r.value) for r in await read(self.settings, topic, 1)]
                found = {e.get("ticket_id") or e["ticket"]["ticket_id"]: e for e in events}
                if found.keys() >= set(ticket_ids):
                    return found
                await asyncio.sleep(0.2)


@pytest.fixture
async def scene(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    """Run the processes."""
    canaries, (port, away) = Canaries(), free_ports(2)
    put, key = canaries.put, canaries.put("sidecar key")
    hashed = hashlib.sha256(key.encode()).hexdigest()
    with OtlpCollector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization={put('collector key')}")
        async with LlmServer() as llm, aiohttp.ClientSession() as session:
            given: dict[str, Any] = {
                "log_level": "debug",
                "log_format": "json",
                "sidecar_http_port": port,
                "api_keys": SecretStr(f"desk:{hashed}:*"),
                "llm": "openai",
                "openai_base_url": llm.url.replace("//", f"//me:{put('model password')}@"),
                "openai_model": "test-model",
                "openai_api_key": SecretStr(put("model key")),
                "stage_seconds": 3,
                "weaviate_url": f"http://127.0.0.1:{away}",
                "weaviate_api_key": SecretStr(put("weaviate key")),
            }
            own = Settings.model_validate(settings.model_dump(exclude_unset=True) | given)
            without_kb = own.model_copy(update={"knowledge": "weaviate"})
            with ExitStack() as stack:
                run = {
                    "worker": (own, ["worker", *_stages("triage", "drafting", "policy")]),
                    "away": (without_kb, ["worker", *_stages("retrieval")]),
                    "sidecar": (own, ["sidecar"]),
                }
                processes = {
                    name: stack.enter_context(_process(name, tmp_path, of, *arguments))
                    for name, (of, arguments) in run.items()
                }
                url = f"http://127.0.0.1:{port}"
                yield Scene(
                    canaries, own, llm, collector, processes, tmp_path, url, key, Shown(), session
                )


async def test_nothing_comes_out(scene: Scene) -> None:
    """
    Tickets that go through, that fail in each way, calls that are refused, a model that is away,
    limits us, refuses us or lies, bugs, replays and checks: none of them shows a canary.
    """
    await _listens(scene)
    await _tickets_that_go_through(scene)
    await _models_that_fail(scene)
    await _stages_that_fail(scene)
    statuses = await _calls_that_are_refused(scene)
    await _commands(scene)
    await _metrics(scene)
    await scene.publish(INCOMING, _new(scene, "T-fatal"))
    assert await asyncio.to_thread(scene.processes["worker"].wait, 60) == 1
    await asyncio.to_thread(_end, scene)

    assert scene.shown.sung(scene.canaries) == {}
    assert len(scene.canaries.values) > 40
    assert statuses >= {400, 401, 404, 405, 413, 415, 422, 500, 504}
    spans = {span.name.partition(" ")[0] for span in scene.collector.spans}
    assert spans >= {"process", "send", "chat", "POST"}
    said = {line["event"] for line in scene.shown.lines("worker")}
    assert said >= {"dead letter", "done", "second try", "worker ends", "backend refuses us"}
    assert {line["level"] for line in scene.shown.lines("worker")} >= {"debug", "info", "error"}
    reasons = {line.get("error") for line in scene.shown.lines("worker")}
    assert reasons >= {"Unprocessable", "KeyError"}
    assert "request" in {line["event"] for line in scene.shown.lines("sidecar")}
    assert "ticketstream_dead_letters_total" in str(scene.shown.parts["worker, metrics"])


@pytest.mark.parametrize("encode", [str, str.upper, lambda v: f'{{"a": "\\u00fc{v}\\n"}}'])
def test_a_canary_that_comes_out_is_found(encode: Any) -> None:
    """
    The search finds each value in a log line, a metric, a span's bytes and a command's words.
    """
    canaries = Canaries()
    a_ticket(canaries, "T-1")
    headers_with(canaries)
    for place, value in canaries.values.items():
        planted = [f"INFO {encode(value)} x", f'm{{reason="{encode(value)}"}} 1']
        for shown in planted:
            assert Shown({"worker": shown}).sung(canaries) == {"worker": [place]}
            assert Shown({"worker": shown.encode()}).sung(canaries) == {"worker": [place]}
    assert Shown({"worker": "nothing"}).sung(canaries) == {}


def test_a_canary_in_a_span_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What a span would show is in the bytes that are searched.
    """
    from streams.service.trace_export import traces_exported

    canaries = Canaries()
    with OtlpCollector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with traces_exported("test"), tracing.span("a", "client", {"b": canaries.put("there")}):
            pass
        sent = b"".join(collector.bodies)

    assert canaries.sung(sent) == ["there"]


async def _listens(scene: Scene) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                async with scene.session.get(f"{scene.sidecar}/health/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


async def _tickets_that_go_through(scene: Scene) -> None:
    """A ticket without passages, one whose passages and draft have canaries, and one by HTTP."""
    put = scene.canaries.put
    await scene.publish(INCOMING, a_ticket(scene.canaries, "T-1"), traceparent=CALLER.encode())
    await scene.publish(INCOMING, a_ticket(scene.canaries, "T-1"))  # a repeat
    await scene.publish(INCOMING, None)
    grounded = (await scene.results(GROUNDED, "T-1"))["T-1"]
    passage = {
        "doc_id": "KB-1",
        "chunk_id": "KB-1-c-0",
        "title": "How a duplicate charge is returned",
        "text": f"We return a duplicate charge within three days. {put('passage')}",
        "score": 0.9,
    }
    await scene.publish(GROUNDED, _of_another(grounded, "T-2") | {"passages": [passage]})
    drafted = (await scene.results(DRAFTED, "T-1", "T-2"))["T-2"]
    draft = drafted["answer_draft"]
    bad = f"We promise a refund of 500 EUR to {put('draft')}, card 4111 1111 1111 1111."
    worse = _of_another(drafted, "T-3") | {"answer_draft": draft | {"body": bad}}
    await scene.publish(DRAFTED, worse)
    found = await scene.results(PROCESSED, "T-1", "T-2", "T-3")
    assert found["T-3"]["policy_check"]["compliance"] != "passed"
    assert await scene.call(_new(scene, "T-4")) == 200


async def _models_that_fail(scene: Scene) -> None:
    """Errors that quote, limits, lies, and a key that is refused: each with a canary in it."""
    said = scene.canaries.put("model's words")
    error = {"error": {"message": f"no {said}", "param": said, "type": said, "code": said}}
    for number, says in enumerate(
        [
            [Say.answer_with({"category": said, "queries": [said]})] * 2,
            [Say.answer_with(said), Say.broken_json()],
            [Say.status(400, error)] * 3,
            [Say.status(429, error), Say.rate_limited(0)],
            [Say.status(500, error), Say.status(503, said)],
            [Say.not_json_body(), Say.disconnect(), Say.html_error()],
            [Say.refusal(), Say.cut_off()],
        ]
    ):
        scene.llm.next(*says)
        ticket_id = f"T-model-{number}"
        await scene.publish(INCOMING, _new(scene, ticket_id))
        await scene.results(PROCESSED, ticket_id)
    scene.llm.keys = set()  # 401, and as OpenAI does, it shows parts of the key
    await scene.publish(INCOMING, _new(scene, "T-refused"))
    await _says(scene.folder / "worker.err", "backend refuses us")
    scene.llm.keys = None
    await scene.results(PROCESSED, "T-refused")


async def _stages_that_fail(scene: Scene) -> None:
    """A dead letter of each kind."""
    put = scene.canaries.put
    good = a_ticket(scene.canaries, "T-bad")
    broken: list[bytes | dict[str, Any]] = [
        b'{"ticket_id": "T-bad", "raw_message": "' + put("broken JSON").encode(),
        b"\xff\xfe" + put("no text").encode(),
        good | {"raw_message": [put("no string")]},
        good | {"created_at": put("no date"), "revision": put("no number")},
        good | {"attachments": [{put("unknown key"): 1, "size": put("no size")}]},
        {"raw_message": put("no id")},
        good | {"raw_message": put("too large") * 25_000},
        good | {"metadata": {put("deep key"): json.loads("[" * 150 + "]" * 150)}},
    ]
    for value in broken:
        await scene.publish(INCOMING, value, ce_id=b"e-1")
    for topic in (GROUNDED, DRAFTED):
        await scene.publish(topic, {"ticket": good, "triage": put("no triage")})
    await scene.publish(INCOMING, _new(scene, "T-bug"))
    await dead_letters(scene.settings, len(broken) + 3)


async def _calls_that_are_refused(scene: Scene) -> set[int]:
    """Every way in which a call goes wrong; returns the statuses."""
    put, good = scene.canaries.put, _new(scene, "T-5")
    bad = put("HTTP body")
    found = {await scene.call({**good, field: [bad, {bad: bad}]}) for field in good if field != "x"}
    found |= {
        await scene.call({**good, "customer_email": f"{bad}@{bad}@{bad}"}),
        await scene.call({**good, "raw_message": bad[:5]}),
        await scene.call(f'{{"ticket_id": "{bad}'.encode()),
        await scene.call(b"\xff" + bad.encode()),
        await scene.call(bad.encode() * 40_000),
        await scene.call(good, **{"content-type": f"text/{put('content type')}"}),
        await scene.call(good, **{"content-encoding": put("encoding")}),
        await scene.call(bad.encode(), **{"content-encoding": "gzip"}),
        await scene.call(good, **{"x-api-key": put("wrong key")}),
        await scene.call(good, **{"authorization": f"Basic {put('basic')}", "x-api-key": ""}),
        await scene.call(good, path=f"/{put('path')}?q={put('query')}"),
        await scene.call(good, path=f"/api/v1/tickets/{put('path')}/result"),
        await scene.call(
            _new(scene, "T-6"),
            **{
                "prefer": f"wait=0, {put('prefer')}",
                "idempotency-key": put("idempotency"),
                "traceparent": put("traceparent"),
                "baggage": f"user={put('baggage')}",
                "cookie": put("cookie"),
                "referer": put("referer"),
                "origin": f"https://{put('origin')}.example",
                "user-agent": put("user agent"),
            },
        ),
        await scene.call(_new(scene, "T-bug") | {"message_id": "another"}),
    }
    async with scene.session.get(f"{scene.sidecar}{PROCESS}?{put('query')}") as answer:
        found.add(answer.status)
    await _raw(scene, f"GET /{put('raw path')} HTTP/9.9\r\n\r\n".encode())
    await _raw(scene, f"POST {PROCESS} HTTP/1.1\r\nHost: a\r\n{put('raw')}\x01: b\r\n\r\n".encode())
    return found


async def _raw(scene: Scene, request: bytes) -> None:
    host, port = scene.sidecar.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await reader.read(65_536)
    writer.close()


async def _commands(scene: Scene) -> None:
    """Commands that meet canaries in files, dead letters and settings."""
    put = scene.canaries.put
    env = environment(scene.settings)
    lines = scene.folder / "tickets.jsonl"
    ticket = _new(scene, "T-7")
    whole, wrong = json.dumps(ticket), json.dumps(ticket | {"revision": put("no number")})
    lines.write_text(f"{whole}\n{whole[:-5]}\n{wrong}\n")
    (nowhere,) = free_ports(1)
    secured = {
        "TICKETSTREAM_KAFKA_BROKERS": f"127.0.0.1:{nowhere}",
        "TICKETSTREAM_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "TICKETSTREAM_KAFKA_USERNAME": "me",
        "TICKETSTREAM_KAFKA_PASSWORD": put("kafka password"),
        "TICKETSTREAM_KNOWLEDGE": "weaviate",
        "TICKETSTREAM_WORKER_HTTP_PORT": "0",
    }
    misspelt = {"TICKETSTREAM_OPENAI_API_KEYS": put("misspelt setting")}
    headers = ["--header", f"x-customer={put('command header')}"]
    asked = {
        "publish": (["publish", str(lines), *headers], {}),
        "replay": (["dead-letters", "replay", "--all"], {}),
        "check": (["check"], {"TICKETSTREAM_KNOWLEDGE": "weaviate"}),
        "secured check": (["check"], secured),
        "misspelt": (["worker"], misspelt),
    }
    done = await asyncio.gather(
        *(
            asyncio.to_thread(call, *arguments, env={**env, **more})
            for arguments, more in asked.values()
        )
    )
    for name, one in zip(asked, done, strict=True):
        scene.shown.parts[name] = one.stdout + one.stderr
    assert done[0].returncode == 1
    assert all(one.stdout + one.stderr for one in done)


async def _metrics(scene: Scene) -> None:
    """What each process serves to Prometheus and to probes."""
    urls = {"sidecar": scene.sidecar}
    for part in ("worker", "away"):
        lines = (scene.folder / f"{part}.err").read_text()
        urls[part] = re.findall(r'"url": "(http[^"]+)"', lines)[0]
    for part, url in urls.items():
        for path in ("/metrics", "/health", "/health/ready"):
            async with scene.session.get(url + path) as answer:
                scene.shown.parts[f"{part}, {path[1:]}"] = await answer.text()


def _stages(*stages: str) -> list[str]:
    return [part for stage in stages for part in ("--stage", stage)]


def _new(scene: Scene, ticket_id: str) -> dict[str, Any]:
    """Return a ticket whose message is no other's."""
    message_id = f"{ticket_id}-{scene.canaries.put('message_id')}"
    return a_ticket(scene.canaries, ticket_id, message_id=message_id)


def _of_another(event: dict[str, Any], ticket_id: str) -> dict[str, Any]:
    """Return *event* as that of another ticket."""
    ticket = event["ticket"] | {"ticket_id": ticket_id, "message_id": ticket_id}
    return event | {"ticket": ticket}


@contextmanager
def _process(
    name: str, folder: Path, settings: Settings, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    variables = environment(settings, TICKETSTREAM_WORKER_HTTP_PORT="0")
    with open(folder / f"{name}.out", "wb") as out, open(folder / f"{name}.err", "wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", BUGS, *arguments], env=variables, stdout=out, stderr=err
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _end(scene: Scene) -> None:
    """Ask the processes to end, and take what all of them have said and sent."""
    for process in scene.processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for name, process in scene.processes.items():
        process.wait(40)
        for end in ("err", "out"):
            where = name if end == "err" else f"{name}, stdout"
            scene.shown.parts[where] = (scene.folder / f"{name}.{end}").read_text()
    scene.shown.parts["traces"] = b"".join(scene.collector.bodies)


async def _says(log: Path, words: str) -> None:
    async with asyncio.timeout(60):
        while words not in log.read_text():  # noqa: ASYNC110  # nothing tells us
            await asyncio.sleep(0.1)
