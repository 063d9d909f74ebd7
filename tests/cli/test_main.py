"""The commands as a person or a script calls them: real processes, on a real protocol."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import ALL, ARTICLES, INCOMING, PROCESSED
from streams.backends.kafka import clients, names
from streams.pipeline import STAGES
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy" / "sample"
TICKET = {"ticket_id": "T-1", "raw_message": "I was charged twice."}
SECRET = "4111 1111 1111 1111"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("up",),
    ("worker",),
    ("sidecar",),
    ("api-key",),
    ("topics",),
    ("publish",),
    ("tail",),
    ("kb", "load"),
    ("kb", "search"),
    ("dead-letters", "list"),
    ("dead-letters", "show"),
    ("dead-letters", "replay"),
    ("check",),
)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
Env = dict[str, str]


@pytest.fixture
def env(settings: Settings, tmp_path: Path) -> Env:
    """Return the environment of a person whose Kafka is the one under test."""
    return _environment(
        tmp_path,
        TICKETSTREAM_KAFKA_BROKERS=settings.kafka_brokers,
        TICKETSTREAM_TOPIC_PREFIX=settings.topic_prefix,
    )


@pytest.fixture
def nowhere(tmp_path: Path) -> Env:
    """Return the environment of a person whose Kafka is away."""
    return _environment(tmp_path, TICKETSTREAM_KAFKA_BROKERS="127.0.0.1:1")


def _environment(home: Path, **more: str) -> Env:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "XDG_STATE_HOME": str(home), "COLUMNS": "120", **more}


def call(
    *arguments: str, env: Mapping[str, str], say: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `ticketstream` with *arguments* to its end; *say* is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *arguments],
        input=say,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rows(text: str) -> list[dict[str, Any]]:
    """Return the JSON Lines of *text*."""
    return [json.loads(line) for line in text.splitlines()]


async def published(settings: Settings, count: int) -> list[Any]:
    """Return the first *count* messages of incoming-tickets."""
    consumer = await clients.follower(settings, [INCOMING], since="beginning")
    try:
        return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def process(settings: Settings, *values: bytes) -> None:
    """Publish *values* to ticket-processed."""
    producer = clients.producer(settings)
    await producer.start()
    for value in values:
        await producer.send_and_wait(names.topic(settings, PROCESSED), value, key=b"T")
    await producer.stop()


def processed(ticket_id: str) -> bytes:
    """Return an event as the policy stage writes it, and a field of a newer worker's."""
    (example,) = PROCESSED.carries.model_json_schema()["examples"]
    return json.dumps({**example, "ticket_id": ticket_id, "newer": "ü"}).encode()


# Help


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    """
    Each command's help shows how it is called.
    """
    done = call(*command, "--help", env=_environment(tmp_path))

    assert done.returncode == 0
    assert f"ticketstream {' '.join(command)}" in done.stdout.split("Example:")[1]


def test_help_loads_nothing_large(tmp_path: Path) -> None:
    """
    Help answers at once: what commands work with is loaded when they are called.
    """
    heavy = "{'pydantic', 'aiokafka', 'faust', 'numpy', 'rich', 'structlog', 'uvloop'}"
    code = f"import sys, streams.cli.main; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=_environment(tmp_path), capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_version(tmp_path: Path) -> None:
    """
    `--version` says the product's name and version.
    """
    assert call("--version", env=_environment(tmp_path)).stdout.startswith("ticketstream 0.")


# What goes wrong


@pytest.mark.parametrize(
    "command",
    [
        ("topics",),
        ("tail",),
        ("publish", str(SAMPLE / "tickets.jsonl")),
        ("kb", "load", str(SAMPLE / "kb")),
        ("worker",),
    ],
    ids=" ".join,
)
def test_kafka_away(command: tuple[str, ...], nowhere: Env) -> None:
    """
    Without Kafka a command says so in a sentence, with the address and the setting: exit code 3.
    """
    done = call(*command, env={**nowhere, "TICKETSTREAM_WORKER_HTTP_PORT": "0"})

    assert done.returncode == 3
    assert "127.0.0.1:1 does not answer" in done.stderr
    assert "TICKETSTREAM_KAFKA_BROKERS" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_misspelt_setting(env: Env) -> None:
    """
    A misspelt setting stops a command and names the nearest: exit code 2.
    """
    done = call("topics", env={**env, "TICKETSTREAM_KAFKA_BROKER": "x"})

    assert done.returncode == 2
    assert "did you mean TICKETSTREAM_KAFKA_BROKERS?" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("nope",), ("publish",), ("publish", "/no/such/file")])
def test_wrong_use(command: tuple[str, ...], env: Env) -> None:
    """
    Wrong use is explained on standard error: exit code 2.
    """
    done = call(*command, env=env)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Error:" in done.stderr


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        (("wroker",), "Did you mean worker?"),
        (("serch", "x"), "Did you mean kb search?"),
        (("kb", "laod", "x"), "Did you mean load?"),
        (("kb", "load", "x", "--prun"), "--prune"),
        (("worker", "--stage", "traige"), "Did you mean triage?"),
        (("worker", "--stage", "nope"), "choose among triage, retrieval, drafting, policy."),
        (("dead-letters", "list", "--stage", "polic"), "Did you mean policy?"),
        (("dead-letters", "replay", "--stage", "polic"), "Did you mean policy?"),
    ],
)
def test_a_slip_of_the_hand(command: tuple[str, ...], meant: str, tmp_path: Path) -> None:
    """
    Who misspells a command, an option or a stage is told the nearest: exit code 2.
    """
    done = call(*command, env=_environment(tmp_path))

    assert done.returncode == 2
    assert meant in done.stderr


def test_help_of_worker_names_the_stages(tmp_path: Path) -> None:
    """
    The names of the stages in the help, where they are copied, are those of the pipeline.
    """
    text = " ".join(call("worker", "--help", env=_environment(tmp_path)).stdout.split())

    assert f"{', '.join(STAGES[:-1])} or {STAGES[-1]}," in text


def test_completion(tmp_path: Path) -> None:
    """
    A shell completes commands, as the help says.
    """
    words = {"COMP_WORDS": "ticketstream kb ", "COMP_CWORD": "2"}
    env = {**_environment(tmp_path), **words, "_TICKETSTREAM_COMPLETE": "bash_complete"}

    assert call(env=env).stdout.split() == ["plain,load", "plain,search"]


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        (("publish", "-", "--header", "x=\udcff"), "'--header'"),
        (("publish", "-", "--header", "\udcff"), "'--header'"),
        (("kb", "search", "\udcff"), "'QUERY'"),
        (("kb", "search", "charged twice", "--tenant", "a\udcff"), "'--tenant'"),
        (("worker", "--stage", "\udcff"), "'--stage'"),
    ],
)
def test_arguments_in_another_encoding(
    command: tuple[str, ...], argument: str, nowhere: Env
) -> None:
    """
    An argument that is not UTF-8 is named, before anything is done: exit code 2.
    """
    done = call(*command, env=nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"Invalid value for {argument}: it is not UTF-8" in done.stderr


def test_file_names_in_another_encoding(env: Env, articles: Path, tmp_path: Path) -> None:
    """
    Files may be named in any encoding: those that are there are read, the others are named.
    """
    odd = tmp_path / "odd-\udcff"
    odd.mkdir()
    for file in articles.iterdir():
        file.rename(odd / f"\udcff-{file.name}")
    tickets = tmp_path / "tickets-\udcff"
    tickets.write_text(json.dumps(TICKET))

    load = call("kb", "load", str(odd), env=env)
    assert rows(load.stdout) == [counts(loaded=2, broken=1)]
    assert "-broken.md" in load.stderr
    assert call("publish", str(tickets), env=env).returncode == 0
    for command in (("publish",), ("kb", "load")):
        done = call(*command, str(tmp_path / "no-\udcff"), env=env)
        assert done.returncode == 2
        assert "no-" in done.stderr
        assert "a bug" not in done.stderr


def test_a_setting_in_another_encoding(nowhere: Env) -> None:
    """
    `check` and others name a setting that is not UTF-8, in its name or its value: exit code 2.
    """
    for name in ("ENVIRONMENT", "KAFKA_BROKERS", "TAXONOMY_FILE", "NO_SUCH_\udcff"):
        for command in ("check", "topics"):
            done = call(command, env={**nowhere, f"TICKETSTREAM_{name}": "\udcff"})
            assert done.returncode in (2, 3)
            assert "a bug" not in done.stderr


def test_missing_topics(env: Env) -> None:
    """
    A command that needs a topic which is missing says which command creates it: exit code 2.
    """
    other = {**env, "TICKETSTREAM_TOPIC_PREFIX": "missing-"}
    done = call("publish", "-", env=other, say=json.dumps(TICKET))

    assert done.returncode == 2
    assert "missing-incoming-tickets" in done.stderr
    assert 'run "ticketstream topics"' in done.stderr


def test_a_host_that_is_none_here(env: Env) -> None:
    """
    A worker that cannot serve its probes names the setting at fault: exit code 2.
    """
    done = call("worker", env={**env, "TICKETSTREAM_WORKER_HOST": "nix.invalid"})

    assert done.returncode == 2
    assert "set TICKETSTREAM_WORKER_HOST" in done.stderr
    assert "HTTP_PORT" not in done.stderr


# Standard streams

FULL = "No space left on device"


@pytest.mark.parametrize("command", ["--help", "check", "tail --from-beginning --count 2"])
async def test_output_that_cannot_be_written(env: Env, settings: Settings, command: str) -> None:
    """
    Output that goes nowhere is said in a sentence: exit code 2.
    """
    await process(settings, processed("A"), processed("B"))
    done = in_shell(f"{command} >/dev/full", env=env)

    assert done.returncode == 2
    assert FULL in done.stderr
    assert done.stderr.count("\n") == 1


def test_errors_that_cannot_be_written(nowhere: Env) -> None:
    """
    The exit code still says what was wrong when nothing else can.
    """
    assert in_shell("topics 2>/dev/full", env=nowhere).returncode == 3
    assert in_shell("topics 2>&-", env=nowhere).returncode == 3


@pytest.mark.parametrize("command", ["kb search x >&-", "publish - <&-", "publish - <&- >&- 2>&-"])
def test_closed_streams(env: Env, command: str) -> None:
    """
    A command whose standard streams are closed runs as if they were /dev/null.
    """
    done = in_shell(command, env=env)

    assert done.returncode == 0
    assert "a bug" not in done.stderr


def test_help_for_a_reader_that_has_gone(env: Env) -> None:
    """
    Whatever was to be shown, a reader that has gone is 141.
    """
    ours, its = os.pipe()
    os.close(ours)
    with os.fdopen(its, "w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "streams.cli.main", "--help"],
            env=env,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert (done.returncode, done.stderr) == (141, "")


def in_shell(command: str, *, env: Env) -> subprocess.CompletedProcess[str]:
    """Run `ticketstream` with what *command* says after it, redirections included, to its end."""
    return subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -m streams.cli.main {command}'],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# topics


def test_topics(env: Env) -> None:
    """
    `topics` says of each topic whether it was created or there already.
    """
    other = {**env, "TICKETSTREAM_TOPIC_PREFIX": env["TICKETSTREAM_TOPIC_PREFIX"] + "new-"}
    first, again = (call("topics", env=other) for _ in range(2))

    names = [other["TICKETSTREAM_TOPIC_PREFIX"] + topic.name for topic in ALL]
    assert rows(first.stdout) == [{"topic": name, "done": "created"} for name in names]
    assert rows(again.stdout) == [{"topic": name, "done": "exists"} for name in names]


def test_table_on_a_terminal(env: Env) -> None:
    """
    A person gets a table instead of JSON.
    """
    text = on_terminal("topics", env=env)

    assert "topic" in text.splitlines()[0]
    assert "{" not in text
    assert "incoming-tickets" in text


def on_terminal(*arguments: str, env: Env, say: str = "") -> str:
    """Run a command at a terminal where a person types *say*; return what the person sees."""
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "streams.cli.main", *arguments],
        env=env,
        stdin=its,
        stdout=its,
        stderr=its,
    ):
        os.close(its)
        os.write(ours, say.encode())
        seen = b""
        try:
            while part := os.read(ours, 4096):
                seen += part
        except OSError:  # how Linux says that the other side is closed
            pass
    os.close(ours)
    return seen.decode()


# publish


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
    with _started("publish", "-", env=env) as running:
        assert running.stdin
        assert running.stderr
        running.stdin.write(json.dumps(TICKET) + "\n")
        running.stdin.flush()
        (message,) = await published(settings, 1)
        running.send_signal(signal.SIGINT)

        assert message.key == b"T-1"
        assert running.wait(60) == 130
        assert running.stderr.read() == ""


@pytest.mark.parametrize("command", [("publish", "-"), ("tail",), ("worker",)])
def test_asked_to_end(env: Env, command: tuple[str, ...]) -> None:
    """
    SIGTERM ends a command that is only starting, or has nothing to bring to an end: 143, quietly.

    It has a handler for it from the start, without which Linux would spare it in a container.
    """
    with _started(*command, env=env) as running:
        while not _handles(running.pid, signal.SIGTERM):
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)

        assert running.wait(60) == 143
        assert running.stderr
        assert running.stderr.read() == ""


def _handles(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> number - 1 & 1)


# tail


async def test_tail(env: Env, settings: Settings) -> None:
    """
    A program reads each event whole, unknown fields included, a line each.
    """
    await process(settings, processed("A"), processed("B"))
    done = call("tail", "--from-beginning", "--count", "2", env=env)

    assert done.returncode == 0
    assert rows(done.stdout) == [json.loads(processed("A")), json.loads(processed("B"))]


async def test_tail_on_a_terminal(env: Env, settings: Settings) -> None:
    """
    A person reads a line a ticket: id, priority, verdict, and the draft's beginning.
    """
    await process(settings, processed("A-ticket"))
    head, row = on_terminal("tail", "--from-beginning", "--count", "1", env=env).splitlines()

    assert head.split()[:3] == ["at", "ticket", "priority"]
    for shown in ("A-ticket", "P2", "passed", "Finance Team", "I understand"):
        assert shown in row


@pytest.mark.parametrize("columns", [80, 140])
async def test_tail_fits_the_terminal(env: Env, settings: Settings, columns: int) -> None:
    """
    On any terminal ids are whole and the draft is to be seen; a narrow one has no team.
    """
    long = "customer-4711/2026-11-23/ticket-000042"
    await process(settings, processed("T-1"), processed(long))
    sized = {**env, "COLUMNS": str(columns), "NO_COLOR": "1"}
    seen = on_terminal("tail", "--from-beginning", "--count", "2", env=sized).splitlines()
    head, first, second = seen

    assert max(map(len, seen)) <= columns
    assert len(first) > columns - 20
    assert first[head.index("draft") :].startswith("I understand your")
    assert long in second
    assert ("Finance Team" in first) is ("team" in head) is (columns == 140)


async def test_a_terminal_does_not_obey_customers(env: Env, settings: Settings) -> None:
    """
    Text that a customer sent changes neither the terminal's title nor its colours.
    """
    await process(settings, processed("Z\x1b]2;PWNED\x07\x1b[2J\x1b[31m\x9b31m\u202e"))
    seen = on_terminal("tail", "--from-beginning", "--count", "1", env={**env, "NO_COLOR": "1"})

    assert "Z\ufffd]2;PWNED\ufffd" in seen
    assert not {"\x1b]", "\x1b[2J", "\x1b[31m", "\x07", "\x9b", "\u202e"} & _parts(seen)


def _parts(text: str) -> set[str]:
    """Return all parts of *text* of up to five characters."""
    return {text[at : at + size] for at in range(len(text)) for size in range(1, 6)}


async def test_tail_passes_over_what_is_no_event(env: Env, settings: Settings) -> None:
    """
    What is no event is named by its place, and the next one is shown: exit code 1.
    """
    await process(settings, SECRET.encode(), processed("A"))
    done = call("tail", "--from-beginning", "--count", "1", env=env)

    assert [row["ticket_id"] for row in rows(done.stdout)] == ["A"]
    assert done.returncode == 1
    assert "offset 0: not a processed ticket" in done.stderr
    assert SECRET not in done.stderr


async def test_reader_that_has_enough(env: Env, settings: Settings) -> None:
    """
    `ticketstream tail | head -1` ends without a complaint.
    """
    with _started("tail", "--from-beginning", env=env) as running:
        assert running.stdout
        assert running.stderr
        await process(settings, processed("A"))
        assert running.stdout.readline()
        running.stdout.close()
        while running.poll() is None:
            await process(settings, processed("B"))

        assert running.stderr.read() == ""
        assert running.returncode == 141


# kb


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Return a folder with two articles and a broken one."""
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "KB-1.md").write_text(
        "---\ndoc_id: KB-1\n---\n# Refunds\n\nA duplicate charge is refunded in 5 days.\n"
    )
    (folder / "KB-2.md").write_text(
        "---\ndoc_id: KB-2\n---\n# Passwords\n\nReset a forgotten password by e-mail.\n"
    )
    (folder / "broken.md").write_text(
        "---\ndoc_id: KB-3\naudience: nobody\n---\n# Title\n\nText.\n"
    )
    return folder


def counts(loaded: int = 0, unchanged: int = 0, deleted: int = 0, broken: int = 0) -> Any:
    """Return what `kb load` says that it has done."""
    return {"loaded": loaded, "unchanged": unchanged, "deleted": deleted, "broken": broken}


def found(env: Env, *more: str) -> set[str]:
    """Return the ids of the articles that a search finds."""
    search = call("kb", "search", "duplicate charge, forgotten password", *more, env=env)
    return {row["id"].partition("-c-")[0] for row in rows(search.stdout)}


def test_kb(env: Env, articles: Path) -> None:
    """
    Articles that were loaded are found; a broken one is named with its field.
    """
    load = call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "charged twice, duplicate charge", "--limit", "1", env=env)

    assert load.returncode == 1
    assert rows(load.stdout) == [counts(loaded=2, broken=1)]
    assert "broken.md, line 3: audience" in load.stderr
    (row,) = rows(search.stdout)
    assert row["title"] == "Refunds"
    assert 0 <= row["score"] <= 1
    assert "duplicate charge" in row["text"]


def test_article_that_comes_twice(env: Env, articles: Path) -> None:
    """
    Of two articles with one id, of whichever tenant, the second is named and not loaded.
    """
    other = articles / "other.jsonl"
    other.write_text('{"doc_id": "KB-1", "title": "T", "url": "", "body": "B", "tenant": "b"}')
    done = call("kb", "load", str(articles / "KB-1.md"), str(other), env=env)

    assert done.returncode == 1
    assert rows(done.stdout) == [counts(loaded=1, broken=1)]
    assert "KB-1 is already given" in done.stderr


def test_an_empty_folder_is_a_mistake(env: Env, tmp_path: Path) -> None:
    """
    A folder without articles is most likely the wrong one, and `kb load` says so: exit code 2.
    """
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("Notes")
    done = call("kb", "load", str(tmp_path / "empty"), env=env)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path / 'empty'}: no article in it" in done.stderr


def test_what_is_unchanged_is_not_sent_again(env: Env, articles: Path) -> None:
    """
    Loading again sends what has changed, and says how many have not.
    """
    call("kb", "load", str(articles), env=env)
    with (articles / "KB-2.md").open("a") as file:
        file.write("Or ask an administrator.\n")

    assert rows(call("kb", "load", str(articles), env=env).stdout) == [
        counts(loaded=1, unchanged=1, broken=1)
    ]


def test_prune(env: Env, articles: Path) -> None:
    """
    What no file has any more is named and deleted; a dry run only says so.
    """
    (articles / "broken.md").unlink()
    call("kb", "load", str(articles), env=env)
    (articles / "KB-2.md").unlink()

    dry = call("kb", "load", str(articles), "--prune", "--dry-run", env=env)
    assert rows(dry.stdout) == [
        {"doc_id": "KB-2", "title": "Passwords", "prune": "would be deleted"},
        {"to_load": 0, "unchanged": 1, "to_delete": 1, "broken": 0},
    ]
    assert found(env) == {"KB-1", "KB-2"}

    done = call("kb", "load", str(articles), "--prune", env=env)
    assert done.returncode == 0
    assert rows(done.stdout) == [
        {"doc_id": "KB-2", "title": "Passwords", "prune": "deleted"},
        counts(unchanged=1, deleted=1),
    ]
    assert found(env) == {"KB-1"}


def test_nothing_is_pruned_while_a_file_is_broken(env: Env, articles: Path) -> None:
    """
    A broken file may be that of an article which is there: then nothing is deleted: exit code 1.
    """
    call("kb", "load", str(articles), env=env)
    (articles / "KB-2.md").write_text("---\ndoc_id: KB-2\nbroken: [\n---\n# Passwords\n\nText.\n")
    (articles / "broken.md").unlink()
    done = call("kb", "load", str(articles), "--prune", env=env)

    assert done.returncode == 1
    assert rows(done.stdout) == [counts(unchanged=1, broken=1)]
    assert "nothing is deleted while a file is broken" in done.stderr
    assert found(env) == {"KB-1", "KB-2"}


def test_an_empty_folder_prunes_nothing(env: Env, articles: Path, tmp_path: Path) -> None:
    """
    A folder without articles is refused before anything is deleted: exit code 2.
    """
    call("kb", "load", str(articles), env=env)
    (tmp_path / "empty").mkdir()

    assert call("kb", "load", str(tmp_path / "empty"), "--prune", env=env).returncode == 2
    assert found(env) == {"KB-1", "KB-2"}


async def test_prune_leaves_what_is_of_others(env: Env, articles: Path, settings: Settings) -> None:
    """
    Articles of tenants that the files do not have stay, and so does what is no article.
    """
    (articles / "broken.md").unlink()
    other = articles.parent / "other.jsonl"
    other.write_text(
        '{"doc_id": "O-1", "title": "Duplicate charge", "url": "", "body": "B", "tenant": "b"}'
    )
    async with clients.producer(settings) as producer:
        await producer.send_and_wait(names.topic(settings, ARTICLES), b"{", key=b"X-1")
    call("kb", "load", str(other), env=env)
    done = call("kb", "load", str(articles), "--prune", env=env)

    assert rows(done.stdout) == [counts(loaded=2)]
    assert found(env, "--tenant", "b") == {"O-1"}


def test_an_article_takes_the_place_of_no_other_tenants(env: Env, articles: Path) -> None:
    """
    kb-articles keeps one article an id: the one that is there stays, and the other is named.
    """
    (articles / "broken.md").unlink()
    other = articles.parent / "other.jsonl"
    other.write_text(
        '{"doc_id": "KB-1", "title": "Mine", "url": "", "body": "B", "tenant": "acme"}'
    )
    call("kb", "load", str(articles), env=env)
    done = call("kb", "load", str(other), env=env)

    assert done.returncode == 2
    assert "KB-1: is there for another tenant (default)" in done.stderr
    assert rows(done.stdout) == [counts(broken=1)]
    assert found(env) == {"KB-1", "KB-2"}


@pytest.mark.parametrize(("answer", "left"), [("n", {"KB-1", "KB-2"}), ("y", {"KB-1"})])
def test_a_person_is_asked_before_articles_are_deleted(
    env: Env, articles: Path, answer: str, left: set[str]
) -> None:
    """
    At a terminal the articles are named, and deleted only if the person agrees.
    """
    (articles / "broken.md").unlink()
    call("kb", "load", str(articles), env=env)
    (articles / "KB-2.md").unlink()
    text = on_terminal("kb", "load", str(articles), "--prune", env=env, say=f"{answer}\n")

    assert "KB-2" in text.partition("Delete these (1)")[0]
    assert found(env) == left
    assert ("nothing was changed" in text) is (answer == "n")


def test_search_says_why(env: Env, articles: Path) -> None:
    """
    A program reads of each passage whether it is evidence, its words, and what its score is.
    """
    call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "duplicate charge at the bakery", "--limit", "1", env=env)
    (row,) = rows(search.stdout)

    assert row["evidence"] is (row["score"] >= row["why"]["floor"])
    assert row["why"]["matched"].keys() == {"duplicate", "charge"}
    assert row["why"]["missing"].keys() == {"bakery"}
    assert row["why"]["points"].keys() == {"bias", *row["why"]["signs"]}
    assert row["why"]["places"]["words"] == 1


def test_search_without_evidence(env: Env, articles: Path) -> None:
    """
    Where nothing reaches the floor, the search says what that would mean for a draft.
    """
    call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "wind turbines in Norway", env=env)

    assert search.returncode == 0
    assert not any(row["evidence"] for row in rows(search.stdout))
    assert "no evidence" in search.stderr
    assert "escalated" in search.stderr


@pytest.mark.parametrize("columns", [60, 120])
def test_search_on_a_terminal(env: Env, articles: Path, columns: int) -> None:
    """
    A person reads the passages beside their scores, the words of the question marked in colour.
    """
    call("kb", "load", str(articles), env=env)
    arguments = ("kb", "search", "duplicate charges", "--limit", "2")
    sized = {**env, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    plain = on_terminal(*arguments, env={**sized, "NO_COLOR": "1"})
    dumb = on_terminal(*arguments, env={**sized, "TERM": "dumb"})
    colour = on_terminal(*arguments, env=sized)

    assert max(len(ESCAPE.sub("", line)) for line in plain.splitlines()) <= columns
    assert "has duplicate, charges" in " ".join(dumb.split())
    assert "\x1b" not in dumb
    assert "33mcharge\x1b" in colour
    assert "33m" not in plain


def test_internal_articles_are_shown_to_those_who_ask(env: Env, articles: Path) -> None:
    """
    What is internal is found with `--audience internal` only.
    """
    file = articles / "KB-2.md"
    file.write_text(file.read_text().replace("---\n#", "audience: internal\n---\n#"))
    call("kb", "load", str(articles), env=env)

    assert found(env) == {"KB-1"}
    assert found(env, "--audience", "internal") == {"KB-1", "KB-2"}


@pytest.mark.parametrize("query", ["", " \t\u00a0"])
def test_search_for_nothing(nowhere: Env, query: str) -> None:
    """
    An empty question is a mistake, and no search: exit code 2.
    """
    done = call("kb", "search", query, env=nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert "QUERY is empty" in done.stderr


def test_search_in_an_empty_knowledge_base(env: Env) -> None:
    """
    Where no article is, the search says what loads some.
    """
    search = call("kb", "search", "duplicate charge", env=env)

    assert (search.returncode, search.stdout) == (0, "")
    assert "ticketstream kb load" in search.stderr


def test_search_in_another_tenant(env: Env, articles: Path) -> None:
    """
    A search finds nothing of another tenant's.
    """
    call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "duplicate charge", "--tenant", "other", env=env)

    assert (search.returncode, search.stdout) == (0, "")


# check


CHECKS = (
    "kafka",
    "topics",
    "rights",
    "groups",
    "taxonomy",
    "policy",
    "llm",
    "knowledge",
    "worker",
    "sidecar",
)
ANY_PORT = {"TICKETSTREAM_WORKER_HTTP_PORT": "0", "TICKETSTREAM_SIDECAR_HTTP_PORT": "0"}


def checked(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    """Return the worst finding of each check."""
    found = [row for row in rows(done.stdout) if "check" in row]
    order = ("ok", "skipped", "warning", "away", "wrong")
    found.sort(key=lambda row: order.index(row["status"]))
    return {row["check"]: row for row in found}


def tried(done: subprocess.CompletedProcess[str]) -> None:
    """Assert that everything was tried, and that nothing but what a test's Kafka lacks is said."""
    found = checked(done)
    assert found.keys() - {"settings"} == set(CHECKS)
    worst = {name for name, row in found.items() if row["status"] != "ok"}
    assert worst <= {"settings", "kafka", "groups"}  # one broker, and no worker
    assert all(row["mend"] for row in found.values() if row["status"] == "warning")


def test_check(env: Env) -> None:
    """
    With everything in place `check` shows all settings, no secret, and ends with 0.
    """
    done = call("check", env={**env, **ANY_PORT, "TICKETSTREAM_KAFKA_PASSWORD": SECRET})
    found = rows(done.stdout)

    assert done.returncode == 0, done.stdout
    shown = {row["setting"]: row for row in found if "setting" in row}
    assert {f"TICKETSTREAM_{name.upper()}" for name in Settings.model_fields} == shown.keys()
    assert shown["TICKETSTREAM_KAFKA_BROKERS"]["from"] == "environment"
    assert SECRET not in done.stdout
    tried(done)


def test_check_shows_no_secret(nowhere: Env) -> None:
    """
    Neither in an address nor in the parameters of a model is a secret shown.
    """
    done = call(
        "check",
        env={
            **nowhere,
            "TICKETSTREAM_LLM": "openai",
            "TICKETSTREAM_OPENAI_MODEL": "m",
            "TICKETSTREAM_OPENAI_BASE_URL": "http://me:hunter2@127.0.0.1:1/v1",
            "TICKETSTREAM_OPENAI_PARAMETERS": '{"extra": {"api_key": "hunter2"}, "top_p": 1}',
        },
    )
    shown = {row["setting"]: row["value"] for row in rows(done.stdout) if "setting" in row}

    assert "hunter2" not in done.stdout + done.stderr
    assert json.loads(shown["TICKETSTREAM_OPENAI_PARAMETERS"])["top_p"] == 1
    assert "127.0.0.1:1" in shown["TICKETSTREAM_OPENAI_BASE_URL"]


def test_check_says_all_that_is_wrong(nowhere: Env, tmp_path: Path) -> None:
    """
    One wrong thing does not hide another: a bad file, and Kafka away.
    """
    bad = tmp_path / "taxonomy.yaml"
    bad.write_text("version: [")
    done = call("check", env={**nowhere, "TICKETSTREAM_TAXONOMY_FILE": str(bad)})
    checks = checked(done)

    assert done.returncode == 2
    assert (checks["taxonomy"]["status"], checks["kafka"]["status"]) == ("wrong", "away")
    assert f"{bad}, line 1" in checks["taxonomy"]["detail"]
    assert "TICKETSTREAM_TAXONOMY_FILE" in checks["taxonomy"]["mend"]
    assert {checks[name]["status"] for name in ("topics", "rights", "groups")} == {"skipped"}


def test_check_compares_policy_and_taxonomy(nowhere: Env, tmp_path: Path) -> None:
    """
    A category that is to be escalated, and that the taxonomy does not have, is named.
    """
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: a\nescalate: {categories: [Biling]}\n")
    found = checked(call("check", env={**nowhere, "TICKETSTREAM_POLICY_FILE": str(policy)}))

    assert found["policy"]["status"] == "wrong"
    assert "Biling" in found["policy"]["detail"]
    assert "Billing" in found["policy"]["mend"]


def test_check_says_how_to_mend_a_policy(nowhere: Env, tmp_path: Path) -> None:
    """
    A policy file that is wrong comes with what to do about it, as every wrong thing does.
    """
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: a\nescalat: {}\n")
    found = checked(call("check", env={**nowhere, "TICKETSTREAM_POLICY_FILE": str(policy)}))

    assert "did you mean escalate?" in found["policy"]["detail"]
    assert "correct the lines named" in found["policy"]["mend"]
    assert "TICKETSTREAM_POLICY_FILE" in found["policy"]["mend"]


def test_check_looks_at_the_ports(nowhere: Env) -> None:
    """
    A port that another program has is found before a server needs it, with the setting to change.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        found = checked(call("check", env={**nowhere, "TICKETSTREAM_SIDECAR_HTTP_PORT": port}))

    assert found["sidecar"]["status"] == "wrong"
    assert f"127.0.0.1:{port}" in found["sidecar"]["detail"]
    assert "TICKETSTREAM_SIDECAR_HTTP_PORT" in found["sidecar"]["mend"]


def test_check_on_a_terminal(nowhere: Env) -> None:
    """
    A person reads a table, and below it, in lines that can be copied, how to mend what is wrong.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        seen = on_terminal("check", env={**nowhere, "TICKETSTREAM_SIDECAR_HTTP_PORT": port})

    table, _, below = seen.partition("To mend")
    assert "sidecar" in table.partition("Checks")[2]
    assert "\r\n  sidecar: set TICKETSTREAM_SIDECAR_HTTP_PORT; 0 takes any free port\r\n" in below


def test_check_with_kafka_away(nowhere: Env) -> None:
    """
    If nothing is wrong but Kafka is away, the exit code says so: 3.
    """
    assert call("check", env=nowhere).returncode == 3


@pytest.mark.parametrize("misspelt", ["KAFKA_BROKER", "NO_SUCH_THING"])
def test_check_goes_on_when_a_setting_is_misspelt(env: Env, misspelt: str) -> None:
    """
    A misspelt setting is named first, what can be tried is tried, and no values are made up.
    """
    done = call("check", env={**env, **ANY_PORT, f"TICKETSTREAM_{misspelt}": "1"})
    first, *_ = rows(done.stdout)

    assert done.returncode == 2
    assert (first["check"], first["status"]) == ("settings", "wrong")
    assert f"TICKETSTREAM_{misspelt} is not a setting" in first["detail"]
    tried(done)


def test_check_says_which_value_does_not_fit(env: Env) -> None:
    """
    A value that does not fit is named by its setting, and nothing is tried with a guess at it.
    """
    done = call("check", env={**env, "TICKETSTREAM_PASSAGES": "many"})
    (only,) = rows(done.stdout)

    assert done.returncode == 2
    assert (only["check"], only["status"]) == ("settings", "wrong")
    assert "TICKETSTREAM_PASSAGES" in only["detail"]


def _started(*arguments: str, env: Env) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "streams.cli.main", *arguments],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
