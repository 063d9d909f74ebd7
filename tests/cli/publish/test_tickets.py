"""`ticketstream publish`: what goes out, and what is named as broken."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from streams.settings import Settings
from tests.support.command_line import SAMPLE, SECRET, TICKET, Env, call, published, rows, started
from tests.support.otlp_collector import OtlpCollector
from tests.support.recorded_spans import CALLER, SPAN_ID, TRACE_ID


async def test_publish(env: Env, settings: Settings, tmp_path: Path) -> None:
    """
    A ticket goes out as it is, under its id, with the headers that were asked for.
    """
    line = json.dumps({**TICKET, "unknown": {"kept": "ü"}}, ensure_ascii=False)
    file = tmp_path / "tickets.jsonl"
    file.write_text(f"\ufeff{line}\n\n", encoding="utf-8")

    done = call("publish", str(file), "--header", "run=1", "--header", "a=b=c", env=env)

    (message,) = await published(settings, 1)
    assert done.returncode == 0
    assert rows(done.stdout) == [{"published": 1, "broken": 0}]
    assert message.value.decode() == line
    assert message.key == b"T-1"
    assert message.headers == (
        ("content-type", b"application/json"),
        ("run", b"1"),
        ("a", b"b=c"),
    )


async def test_each_ticket_begins_a_trace(env: Env, settings: Settings, tmp_path: Path) -> None:
    """
    Where a collector is named, each ticket carries a trace that begins here; or one that was
    asked for.
    """
    file = tmp_path / "tickets.jsonl"
    file.write_text(f"{json.dumps(TICKET)}\n" * 2)
    with OtlpCollector() as collector:
        traced = env | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        done = call("publish", str(file), env=traced)
        call("publish", str(file), "--header", f"traceparent={CALLER}", env=traced)

    messages = await published(settings, 4)
    sent = {dict(message.headers)["traceparent"].decode()[3:52] for message in messages}
    first, second, third, fourth = collector.spans
    assert done.returncode == 0
    assert sent == {f"{span.trace_id}-{span.span_id}" for span in collector.spans}
    assert first.trace_id != second.trace_id
    assert {(span.trace_id, span.parent_id) for span in (third, fourth)} == {(TRACE_ID, SPAN_ID)}
    assert {span.service for span in collector.spans} == {"ticketstream-publish"}


async def test_broken_lines(env: Env, settings: Settings) -> None:
    """
    Broken lines are named by number and field, never by value, and the others go out.
    """
    lines = [
        json.dumps(TICKET),
        '{"ticket_id": "T-2", ' + SECRET,
        json.dumps({"ticket_id": "T-3", "raw_message": "", "customer_name": [SECRET]}),
        json.dumps({**TICKET, "ticket_id": "T-4", "raw_message": SECRET * 50_000}),
        json.dumps({**TICKET, "ticket_id": "T-5"}),
    ]
    done = call("publish", "-", env=env, say="\n".join(lines))

    assert done.returncode == 1
    assert rows(done.stdout) == [{"published": 2, "broken": 3}]
    assert {m.key for m in await published(settings, 2)} == {b"T-1", b"T-5"}
    said = done.stderr.splitlines()
    assert [text.split(":")[0] for text in said] == ["line 2", "line 3", "line 4"]
    assert "customer_name" in said[1]
    assert SECRET not in done.stderr


def test_sample_tickets(env: Env) -> None:
    """
    All sample tickets are tickets.
    """
    done = call("publish", str(SAMPLE / "tickets.jsonl"), env=env)

    assert rows(done.stdout) == [{"published": 48, "broken": 0}]


async def test_pipe_is_read_as_it_comes(env: Env, settings: Settings) -> None:
    """
    A ticket on a pipe goes out before the pipe is closed, and Ctrl-C ends it quietly: 130.
    """
    with started("publish", "-", env=env) as running:
        assert running.stdin
        assert running.stderr
        running.stdin.write(json.dumps(TICKET) + "\n")
        running.stdin.flush()
        (message,) = await published(settings, 1)
        running.send_signal(signal.SIGINT)

        assert message.key == b"T-1"
        assert running.wait(60) == 130
        assert running.stderr.read() == ""
