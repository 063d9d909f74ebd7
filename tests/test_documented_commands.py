"""Every command in README and docs/ is run, as it stands there, and does what is said of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from bench.chaos.scenarios import RUNS
from schemas import ProcessedTicket
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import clients
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.settings import Settings
from tests.support.certificates import Authority
from tests.support.command_line import run_block
from tests.support.documents import PAGES, ROOT, commands
from tests.support.kafka import JAVA as JVM
from tests.support.kafka import Broker, RealKafka
from tests.support.llm import LlmServer
from tests.support.machine import needs_real_servers
from tests.support.otlp_collector import OtlpCollector
from tests.support.secured_kafka import SecuredKafka
from tests.support.tls_kafka import USER, TlsKafka
from tests.support.weaviate import RealWeaviate

RUN_HERE: set[str] = set()
"""The pages whose commands are below."""


def blocks(page: str) -> list[str]:
    """Return the blocks of commands of *page*, and note that they are run here."""
    RUN_HERE.add(page)
    return commands(page)


# A block more or less on a page is an error here: each is used by a test below.
RUN, TEST, OWN, WORK_ON_IT = blocks("README.md")
SET_UP, ONE_FILE = blocks("CONTRIBUTING.md")
(BOTH,) = blocks("docs/index.md")
RUN_SAMPLES, SECOND_TERMINAL, CURL, OWN_AGAIN = blocks("docs/get-started.md")
OWN_KAFKA, TLS = blocks("docs/run/kafka.md")
RUN_IN_CONTAINERS = blocks("docs/run/containers.md")  # by tests/deploy/test_containers_page.py
BY_PASSWORD, BY_TOKEN, BY_CERTIFICATE, ACLS, CHECK_ONE = blocks("docs/run/kafka-security.md")
SIDECAR, CALL_SIDECAR = blocks("docs/run/sidecar-security.md")
LLM, EXAMINE = blocks("docs/run/language-model.md")
BUDGET, BUDGET_METRICS = blocks("docs/run/budget.md")
(WEAVIATE,) = blocks("docs/run/weaviate.md")
TRACED, SAMPLED = blocks("docs/run/traces.md")
(RULES,) = blocks("docs/configure/taxonomy.md")
(PROMPTS,) = blocks("docs/configure/prompts.md")
(VOICE,) = blocks("docs/configure/voice.md")
KNOWLEDGE, LOOK_FIRST, PRUNE = blocks("docs/configure/knowledge-base.md")
STATUSES, LATER, API_KEY = blocks("docs/integrate/http.md")
MEND, REPLAY = blocks("docs/dead-letters.md")
(CHAOS,) = blocks("docs/guarantees.md")
RUNBOOKS = blocks("docs/run/runbooks.md")  # run by tests/operations/test_runbooks.py
for page in ("backup", "capacity", "evaluate", "partitions", "upgrade"):
    blocks(f"docs/run/{page}.md")  # run by tests/operations/test_{page}_page.py
blocks("docs/design/evidence.md")  # measured in small by tests/bench/quality/test_verifier.py
blocks("docs/run/kubernetes.md")  # they need a cluster: tests/chart/test_kube_releases.py runs each
PROGRAMS = {name: blocks(f"docs/integrate/{name}.md") for name in ("python", "java", "node")}


def test_no_page_with_commands_is_left_out() -> None:
    """
    Each page that shows commands has them run here.
    """
    pages = {str(page.relative_to(ROOT)) for page in PAGES}

    assert {page for page in pages if commands(page)} == RUN_HERE


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment with our commands on the path, free ports, and no other `up`."""
    of_make = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "ARGS")  # those of `make test`
    return {
        **{name: value for name, value in os.environ.items() if name not in of_make},
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
        "TICKETSTREAM_SIDECAR_HTTP_PORT": str(free_port()),
        "TICKETSTREAM_WORKER_HTTP_PORT": str(free_port()),
    }


@pytest.fixture(scope="module")
def serving(environment: dict[str, str]) -> Iterator[str]:
    """Return the address of what the first command serves."""
    with started(RUN, environment):
        url = f"http://127.0.0.1:{environment['TICKETSTREAM_SIDECAR_HTTP_PORT']}"
        state = Path(environment["XDG_STATE_HOME"], "ticketstream", "up.json")
        wait_for(state.exists)
        yield url


def test_the_second_terminal_finds_what_the_first_one_runs(
    environment: dict[str, str], serving: str
) -> None:
    """
    Search, publish and tail need no address while `make run` serves.
    """
    out = bash(SECOND_TERMINAL, environment)

    rows = [json.loads(line) for line in out.splitlines()]
    assert rows[0]["id"].startswith("KB-1001")
    assert {"published": 48, "broken": 0} in rows
    assert [ProcessedTicket.model_validate(row) for row in rows[-5:]]


def test_the_call_answers_with_a_processed_ticket(
    environment: dict[str, str], serving: str
) -> None:
    """
    The curl command gets a draft that cites the article on duplicate charges.
    """
    port = environment["TICKETSTREAM_SIDECAR_HTTP_PORT"]
    answer = json.loads(bash(CURL.replace(":8080", f":{port}"), environment))

    assert answer.get("success"), answer
    assert "KB-1001" in {c["doc_id"] for c in answer["result"]["citations"]}
    for path in re.findall(r"`(/[a-z./]+)`", text("docs/get-started.md")):
        assert urllib.request.urlopen(serving + path).status == 200  # noqa: S310  # ours


def test_own_kafka(environment: dict[str, str], tmp_path: Path) -> None:
    """
    The commands for a Kafka of one's own work one after the other, on any broker.
    """
    export, *commands = [line.split("#")[0].strip() for line in OWN_KAFKA.splitlines()]
    assert export.startswith("export TICKETSTREAM_KAFKA_BROKERS=")
    (tmp_path / "docs").symlink_to(ROOT / "deploy" / "sample" / "kb")
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(Settings()))
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_SIDECAR_HTTP_PORT": (sidecar := str(free_port())),
            "TICKETSTREAM_WORKER_HTTP_PORT": (worker := str(free_port())),
        }
        for command in commands:
            if command in ("ticketstream worker", "ticketstream sidecar"):
                stack.enter_context(started(command, ours))
            else:
                bash(command, ours, tmp_path)
        wait_for(lambda: is_ready(worker) and is_ready(sidecar))
        answer = json.loads(bash(CURL.replace(":8080", f":{sidecar}"), ours))

    assert answer.get("success"), answer
    assert answer["result"]["policy_check"]["compliance"] in ("passed", "warning")


@pytest.mark.real
def test_tls_and_a_user(environment: dict[str, str]) -> None:
    """
    With these settings, but for the values, all parts work on a Kafka that lets nobody in
    without TLS and a password.
    """
    *exports, check = [line.split("#")[0].strip() for line in TLS.splitlines()]
    needs_real_servers()
    with TlsKafka("a-secret") as kafka:
        settings = dict(export.removeprefix("export ").split("=") for export in exports)
        ours = {
            **environment,
            **settings,
            "TICKETSTREAM_KAFKA_BROKERS": kafka.brokers,
            "TICKETSTREAM_KAFKA_CA_FILE": str(kafka.ca_file),
            "TICKETSTREAM_KAFKA_USERNAME": USER,
            "TICKETSTREAM_KAFKA_PASSWORD": "a-secret",
            "TICKETSTREAM_WORKER_HTTP_PORT": "0",
        }
        bash("ticketstream topics", ours)
        bash(check, ours)
        bash("head -3 deploy/sample/tickets.jsonl | ticketstream publish -", ours)
        with started("ticketstream worker", ours):
            out = bash("ticketstream tail --from-beginning --count 3", ours)

    assert len(out.splitlines()) == 3


@pytest.mark.real
def test_a_secured_kafka(environment: dict[str, str], tmp_path: Path) -> None:
    """
    With these settings, but for the values, `check` finds nothing wrong, once what `acls` prints
    was run by Kafka's own tool.
    """
    needs_real_servers()
    with SecuredKafka() as kafka:
        by_plain = {**environment, "TICKETSTREAM_KAFKA_BROKERS": kafka.brokers}
        bash("ticketstream topics", by_plain)
        path = f"{kafka.kafka_acls(tmp_path).parent}:{environment['PATH']}"
        rights = [
            re.sub("User:[a-z]+", principal, f"{line} | sh -e")
            for principal in ("User:support", "User:CN=support")
            for line in ACLS.splitlines()
        ]
        at_once(rights, {**by_plain, "PATH": path})
        (file := tmp_path / "secret").write_text("a-secret")
        ways = (
            (BY_PASSWORD, kafka.by_scram("support", "a-secret"), "kafka_password"),
            (BY_TOKEN, kafka.by_token("support", "a-secret"), "kafka_oauth_client_secret"),
            (BY_CERTIFICATE, kafka.by_certificate("support"), None),
        )
        others = f"{CHECK_ONE} --for retrieval --for drafting --for policy --for sidecar"
        for block, settings, secret in ways:
            ours = {**environment, **_as_documented(block, settings, secret, file)}
            at_once([CHECK_ONE, others], ours)


def at_once(blocks: Iterable[str], environment: dict[str, str]) -> None:
    """Run *blocks* side by side; each succeeds."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda block: bash(block, environment, seconds=240), blocks))


def _as_documented(
    block: str, settings: Settings, secret: str | None, file: Path
) -> dict[str, str]:
    """Return what *block* exports, with the values of *settings* and the secret in *file*."""
    *exports, check = [line.split("#")[0].strip() for line in block.splitlines()]
    assert check == "ticketstream check"
    shown = [export.removeprefix("export TICKETSTREAM_").split("=")[0] for export in exports]
    values = {name.lower(): str(getattr(settings, name.lower()) or "") for name in shown}
    if secret:
        values[f"{secret}_file"] = str(file)
    values.pop("kafka_key_password_file", None)  # only if the key is encrypted
    values["kafka_brokers"] = settings.kafka_brokers
    return {f"TICKETSTREAM_{name.upper()}": value for name, value in values.items()}


def test_the_knowledge_base(environment: dict[str, str], tmp_path: Path) -> None:
    """
    The article in the documentation can be loaded and is found.
    """
    page = text("docs/configure/knowledge-base.md")
    article = re.search(r"```markdown\n(.*?)```", page, re.DOTALL)
    assert article
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "article.md").write_text(article[1])
    with EmbeddedBroker(Settings()) as broker:
        ours = {**environment, "TICKETSTREAM_KAFKA_BROKERS": broker.brokers}
        loaded, found = map(json.loads, bash(KNOWLEDGE, ours, tmp_path).splitlines())

    assert (loaded["loaded"], loaded["broken"]) == (1, 0)
    assert found["id"].startswith("KB-1001")


def test_every_file_of_a_folder_is_published(environment: dict[str, str], tmp_path: Path) -> None:
    """
    A note without front matter is counted among the articles, and looking changes nothing.
    """
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a note.md").write_text("Nobody should read this.\n")
    with EmbeddedBroker(Settings()) as broker:
        ours = {**environment, "TICKETSTREAM_KAFKA_BROKERS": broker.brokers}
        would, again = (json.loads(bash(LOOK_FIRST, ours, tmp_path)) for _ in range(2))

    assert (would["to_load"], would["broken"]) == (1, 0)
    assert again == would


def test_taxonomy_and_policy(environment: dict[str, str], tmp_path: Path) -> None:
    """
    Copies of the defaults are taken as one's own files.
    """
    with EmbeddedBroker(Settings()) as broker:
        ours = {**environment, "TICKETSTREAM_KAFKA_BROKERS": broker.brokers}
        said = [json.loads(line) for line in bash(RULES, ours, tmp_path).splitlines()]

    assert {row["value"] for row in said if row.get("from") == "environment"} >= {
        "taxonomy.yaml",
        "policy.yaml",
    }


def test_voice(environment: dict[str, str], tmp_path: Path) -> None:
    """
    A copy of the included voice is taken, and is valid.
    """
    with EmbeddedBroker(Settings()) as broker:
        ours = {**environment, "TICKETSTREAM_KAFKA_BROKERS": broker.brokers}
        said = [json.loads(line) for line in bash(VOICE, ours, tmp_path).splitlines()]
    (found,) = (row for row in said if row.get("check") == "voice")

    assert {row["value"] for row in said if row.get("from") == "environment"} >= {"voice.yaml"}
    assert found["status"] == "ok"


def test_prompts(environment: dict[str, str], tmp_path: Path) -> None:
    """
    Copies of the included prompts are taken; what the page shows of a mistake is what is said.
    """
    with EmbeddedBroker(Settings()) as broker:
        ours = {**environment, "TICKETSTREAM_KAFKA_BROKERS": broker.brokers}
        said = [json.loads(line) for line in bash(PROMPTS, ours, tmp_path).splitlines()]
    (found,) = (row for row in said if row.get("check") == "prompts")
    copy = tmp_path / "triage_prompt.md"
    copy.write_text(copy.read_text().replace("$kinds", "$knds"))
    mistaken = {**ours, "TICKETSTREAM_TRIAGE_PROMPT_FILE": copy.name}
    worker = ["ticketstream", "worker"]
    refused = subprocess.run(worker, env=mistaken, cwd=tmp_path, capture_output=True, text=True)

    assert (found["status"], found["detail"]) == (
        "ok",
        "versions triage-2-acme-1, pointing-1-acme-1, drafting-3-acme-1",
    )
    assert f"```\n{refused.stderr}```" in text("docs/configure/prompts.md")


@pytest.mark.real
def test_the_commands_for_weaviate(environment: dict[str, str]) -> None:
    """
    What is exported is settings; with them `check` is content, and workers fill Weaviate.
    """
    *exports, check = [line.split("#")[0].strip() for line in WEAVIATE.splitlines()]
    names = [export.removeprefix("export ").split("=")[0] for export in exports]
    needs_real_servers()
    with EmbeddedBroker(Settings()) as broker, RealWeaviate(api_key="a-key") as weaviate:
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_WORKER_HTTP_PORT": (worker := str(free_port())),
            **dict(zip(names, ("weaviate", weaviate.url, weaviate.grpc_url, "a-key"), strict=True)),
        }
        bash("ticketstream kb load deploy/sample/kb", ours)
        with started("ticketstream worker --stage retrieval", ours):
            wait_for(lambda: is_ready(worker))
            bash(check, ours)
            found = bash('ticketstream kb search "charged twice"', ours).splitlines()

    assert json.loads(found[0])["id"].startswith("KB-1001")


async def test_a_language_model(environment: dict[str, str]) -> None:
    """
    With these settings, but for the address, `check` asks what it says, and a worker twice a
    ticket. Both hold the exam of pointing.
    """
    *exports, check, worker = LLM.splitlines()
    async with LlmServer() as llm:
        with ExitStack() as stack:
            broker = stack.enter_context(EmbeddedBroker(Settings()))
            ours = {
                **environment,
                "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
                "TICKETSTREAM_WORKER_HTTP_PORT": (port := str(free_port())),
            }
            settings = "\n".join(exports).replace("http://localhost:8000/v1", llm.url)
            said = await asyncio.to_thread(bash, f"{settings}\n{check}", ours)
            assert f"gpt-4o-mini at {llm.url}" in said
            await asyncio.to_thread(bash, "ticketstream kb load deploy/sample/kb", ours)
            stack.enter_context(started(f"{settings}\n{worker}", ours))
            await asyncio.to_thread(wait_for, lambda: is_ready(port))
            ticket = json.dumps({"ticket_id": "T-1", "raw_message": "I was charged twice."})
            await asyncio.to_thread(bash, f"echo '{ticket}' | ticketstream publish -", ours)
            out = await asyncio.to_thread(
                bash, "ticketstream tail --from-beginning --count 1", ours
            )
    stages = ProcessedTicket.model_validate_json(out).meta.stages  # type: ignore[union-attr]
    asked = Counter(call.schema_name for call in llm.calls)
    assert asked == {"check": 1 + 4 + 4, "triage": 2, "drafting": 2}
    assert stages["drafting"].model == "gpt-4o-mini"
    assert stages["drafting"].cost_usd > 0


async def test_an_exam(environment: dict[str, str]) -> None:
    """
    With these settings, but for the address and the model, the row says how it did.
    """
    async with LlmServer() as llm:
        with EmbeddedBroker(Settings()) as broker:
            ours = {**environment, "TICKETSTREAM_KAFKA_BROKERS": broker.brokers}
            line = EXAMINE.replace("http://localhost:11434/v1", llm.url)
            found = (await asyncio.to_thread(bash, line, ours)).splitlines()
    (said,) = (row for row in map(json.loads, found) if row.get("check") == "pointing")
    assert (said["check"], said["status"]) == ("pointing", "ok")
    assert said["detail"].startswith("qwen3:8b passed the exam: 8 of 9 questions right")


async def test_a_budget(environment: dict[str, str]) -> None:
    """
    With these settings a worker starts, `check` says what is spent, and the metrics show both.
    """
    async with LlmServer() as llm:
        with ExitStack() as stack:
            broker = stack.enter_context(EmbeddedBroker(Settings()))
            ours = {
                **environment,
                "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
                "TICKETSTREAM_WORKER_HTTP_PORT": (port := str(free_port())),
                "TICKETSTREAM_LLM": "openai",
                "TICKETSTREAM_OPENAI_BASE_URL": llm.url,
                "TICKETSTREAM_OPENAI_MODEL": "gpt-4o-mini",
            }
            said = await asyncio.to_thread(bash, BUDGET, ours)
            assert "$0.00 of $50.00 are spent today" in said
            assert "at most $0.05 for a ticket" in said
            exports = "\n".join(BUDGET.splitlines()[:3])
            stack.enter_context(started(f"{exports}\nticketstream worker", ours))
            await asyncio.to_thread(wait_for, lambda: is_ready(port))
            metrics = BUDGET_METRICS.replace(":8081", f":{port}")
            shown = await asyncio.to_thread(bash, metrics, ours)
    spent, limit = (line.split() for line in shown.splitlines())
    assert spent[0] == "ticketstream_budget_spent_dollars"
    assert 0 <= float(spent[1]) < 0.01  # the exam of pointing at the start
    assert limit == ["ticketstream_budget_limit_dollars", "50.0"]


def test_traces(environment: dict[str, str], serving: str) -> None:
    """
    With the address of a collector, each ticket that is published is a span; with a sampler,
    some are.
    """
    with OtlpCollector() as collector:
        publish = TRACED.replace("http://localhost:4318", collector.url)
        bash(publish, environment)
        all_of_them = len(collector.spans)
        bash(f"{SAMPLED}\n{publish}", environment)
        some = len(collector.spans) - all_of_them

    assert all_of_them == 48
    assert some < 24


def test_each_status(environment: dict[str, str], serving: str) -> None:
    """
    Each call is answered with the status beside it.
    """
    port = environment["TICKETSTREAM_SIDECAR_HTTP_PORT"]
    lines = bash(STATUSES.replace(":8080", f":{port}"), environment).splitlines()

    assert [line for line in lines if re.fullmatch(r"\d{3}", line)] == re.findall(
        r"# (\d{3})", STATUSES
    )


def test_pruning(environment: dict[str, str], tmp_path: Path) -> None:
    """
    An article whose file is gone is named first, and deleted then.
    """
    docs = tmp_path / "docs"
    shutil.copytree(ROOT / "deploy" / "sample" / "kb", docs)
    with EmbeddedBroker(Settings()) as broker:
        ours = {**environment, "TICKETSTREAM_KAFKA_BROKERS": broker.brokers}
        bash("ticketstream kb load docs/", ours, tmp_path)
        next(docs.glob("KB-1001-*")).unlink()
        bash(PRUNE, ours, tmp_path)
        found = bash('ticketstream kb search "charged twice"', ours)

    assert "KB-1001" not in found


def test_a_result_that_is_fetched_later(environment: dict[str, str], serving: str) -> None:
    """
    A ticket that is only queued has a result at once or soon.
    """
    port = environment["TICKETSTREAM_SIDECAR_HTTP_PORT"]
    said = bash(f"{STATUSES}\n{LATER}".replace(":8080", f":{port}"), environment)

    assert "\n202\n" in said
    assert json.loads(said.splitlines()[-1])["ticket_id"] == "TKT-4"


def test_an_api_key(environment: dict[str, str], tmp_path: Path) -> None:
    """
    With a file of keys the sidecar answers 401 to whoever has none, and 200 to who has one.
    """
    make, export, sidecar = [line.split("#")[0].strip() for line in API_KEY.splitlines()]
    with EmbeddedBroker(Settings()) as broker:
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_SIDECAR_HTTP_PORT": (port := str(free_port())),
        }
        bash("ticketstream topics", ours)
        key = bash(f"{make} 2>key; cat key", ours, tmp_path).strip()
        with started(f"{export}\n{sidecar}", ours, tmp_path):
            wait_for(lambda: is_ready(port))
            ask = f"curl -s -o answer -w '%{{http_code}}' localhost:{port}/api/v1/tickets/metrics"
            codes = bash(f"{ask}; echo; {ask} -H 'Authorization: Bearer {key}'", ours, tmp_path)

    assert codes.split() == ["401", "200"]


def test_a_dead_letter_is_mended_and_replayed(environment: dict[str, str], tmp_path: Path) -> None:
    """
    What is broken is found, mended in an editor, and comes out.
    """
    editor = tmp_path / "editor"
    editor.write_text("""#!/bin/sh\nsed -i 's/: 7/: "TKT-7"/' "$1"\n""")
    editor.chmod(0o755)
    with EmbeddedBroker(Settings()) as broker:
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_WORKER_HTTP_PORT": "0",
            "EDITOR": str(editor),
        }
        bash("ticketstream topics", ours)
        asyncio.run(publish_broken(broker.brokers))
        with started("ticketstream worker", ours):
            wait_for(lambda: bash("ticketstream dead-letters list", ours))
            letter = json.loads(bash("ticketstream dead-letters list", ours))["id"]
            bash(MEND.replace("7-1204", letter), ours, tmp_path)
            bash(REPLAY, ours, tmp_path)  # nothing of drafting is there
            out = bash("ticketstream tail --from-beginning --count 1", ours)

    assert ProcessedTicket.model_validate_json(out).ticket_id == "TKT-7"


async def publish_broken(brokers: str) -> None:
    """
    Put a ticket whose id is a number on incoming-tickets.
    """
    value = b'{"raw_message": "I was charged twice", "ticket_id": 7}'
    async with clients.producer(Settings(kafka_brokers=brokers)) as producer:
        await producer.send_and_wait(INCOMING.name, value, b"7")


@pytest.fixture(scope="module", params=["embedded", pytest.param("real", marks=pytest.mark.real)])
def working(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[Broker]:
    """Return a Kafka that has our topics, the embedded or a real one, with a worker on it."""
    if request.param == "real":
        needs_real_servers()
    kafkas: dict[str, Broker] = {"embedded": EmbeddedBroker(Settings()), "real": RealKafka()}
    with kafkas[request.param] as kafka:
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": kafka.brokers,
            "TICKETSTREAM_WORKER_HTTP_PORT": "0",
        }
        bash("ticketstream topics", ours)
        with started("ticketstream worker", ours):
            yield kafka


@pytest.mark.parametrize("language", PROGRAMS)
def test_programs_that_publish_and_read(
    environment: dict[str, str], working: Broker, language: str, tmp_path: Path
) -> None:
    """
    A ticket goes to the partition of its key; what is published twice is read once; what was
    read is committed; Ctrl-C ends the reader without a word, and it leaves its group.
    """
    if isinstance(working, EmbeddedBroker) and language != "python":
        pytest.skip("the embedded cluster speaks to librdkafka and aiokafka alone")
    enter, install, publish, read = PROGRAMS[language][0].splitlines()
    examples = tmp_path / "deploy" / "examples"
    shutil.copytree(
        ROOT / "deploy" / "examples", examples, ignore=shutil.ignore_patterns("node_modules")
    )
    ours = {
        **environment,
        "KAFKA_BROKERS": working.brokers,
        "JDK_JAVA_OPTIONS": " ".join(JVM[1:]),  # it starts in half the time
        "npm_config_prefer_offline": "true",
    }

    bash(f"{enter}\n{install}", ours, tmp_path)
    another = 'm-2 "Boards do not load, there is only an error message."'
    second = re.sub(r'm-1 ".*"', another, publish)
    said = bash("\n".join((enter, publish, publish, second)), ours, tmp_path)
    partition = 7 if isinstance(working, RealKafka) else int(said.split()[-1])
    assert said == f"TKT-1 is on partition {partition}\n" * 3
    reading = f"{enter}\nexec {read} 2> {tmp_path}/stderr"
    with started(reading, ours, tmp_path, stdout=subprocess.PIPE) as reader:
        assert reader.stdout
        first, other = islice(reader.stdout, 2)
        wait_for(lambda: has_read_all(working, f"helpdesk-{language}", partition))
        os.killpg(reader.pid, signal.SIGINT)
        assert reader.wait(20) in (0, -signal.SIGINT, 130)  # a JVM ends with 130
    complaints = [
        line for line in (tmp_path / "stderr").read_text().splitlines() if "NOTE:" not in line
    ]

    assert complaints == []  # but for the JVM's note of JDK_JAVA_OPTIONS
    if isinstance(working, RealKafka):  # the embedded cluster does not tell
        assert not has_members(working, f"helpdesk-{language}")
    assert re.fullmatch(rb"TKT-1 P\d Finance Team (passed|warning)\n", first)
    assert re.fullmatch(rb"TKT-1 P\d Engineering (passed|warning)\n", other)


def has_read_all(kafka: Broker, group: str, partition: int) -> bool:
    """Say whether *group* has committed all results of *partition*."""
    consumer = Consumer({"bootstrap.servers": kafka.brokers, "group.id": group})
    try:
        place = TopicPartition(PROCESSED.name, partition)
        (committed,) = consumer.committed([place], timeout=10)
        return bool(committed.offset == consumer.get_watermark_offsets(place, timeout=10)[1])
    finally:
        consumer.close()


def test_the_make_targets_are_there(environment: dict[str, str]) -> None:
    """
    `make test` and `make test-real` run pytest, `make check` mypy; they are not run from here.
    """
    servers, one_file = ONE_FILE.splitlines()
    for line in (TEST, SET_UP, *WORK_ON_IT.splitlines(), BOTH.splitlines()[1]):
        command = line.split("#")[0].strip()
        runs = "pytest" if "test" in command else "mypy"
        assert runs in bash(f"{command} --dry-run", environment)
    assert "tests.support.kafka" in bash(f"{servers} --dry-run", environment)
    assert "test_export.py" in bash(f"{one_file} --collect-only -q", environment)
    assert {RUN, RUN_SAMPLES, BOTH.splitlines()[0]} == {"make run"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_in_a_sentence(environment: dict[str, str], page: Path) -> None:
    """
    A call of make that a sentence names goes to a target, with arguments that it takes.
    """
    for inline in set(re.findall(r"`(make [^`]+)`", page.read_text())):
        assert bash(f"{inline} --dry-run", environment)


def test_own_articles_and_tickets(environment: dict[str, str], tmp_path: Path) -> None:
    """
    `up` takes a folder of articles and a file of tickets, and answers these tickets from them.
    """
    activate, up = OWN.splitlines()
    assert activate == SECOND_TERMINAL.splitlines()[0]
    assert up == OWN_AGAIN
    (tmp_path / "my-articles").symlink_to(ROOT / "deploy" / "sample" / "kb")
    ticket = {"ticket_id": "42", "raw_message": "I was charged twice. How do I get it back?"}
    (tmp_path / "my-tickets.jsonl").write_text(json.dumps(ticket) + "\n")
    ours = {**environment, "TICKETSTREAM_SIDECAR_HTTP_PORT": str(free_port())}

    (result,) = bash(f"{up} --once", ours, tmp_path).splitlines()

    found = ProcessedTicket.model_validate_json(result)
    assert found.ticket_id == "42"
    assert "KB-1001" in {citation.doc_id for citation in found.citations}


def test_ci_runs_what_is_said_here() -> None:
    """
    CI runs the commands for tests and checks just as they stand here.
    """
    in_ci = [line.split("#")[0].strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    for line in (TEST, *WORK_ON_IT.splitlines()):
        assert line.split("#")[0].strip() in in_ci


def test_chaos(environment: dict[str, str]) -> None:
    """
    Each command takes its scenarios and names them all; the small ones are a part of CI.
    """
    for line in CHAOS.splitlines():
        command = line.split("#")[0].strip()
        assert "bench.chaos" in bash(f"{command} --dry-run", environment)
        given = re.search(r'ARGS="?([^"]*)', command)
        listed = bash(f'make chaos ARGS="--list {given[1] if given else ""}"', environment)
        scenarios = {row.split()[0] for row in listed.splitlines() if row[:1].isdigit()}
        assert scenarios == set(map(str, range(1, 13)))
    small = {run.number for run in RUNS if run.quick}
    halves = re.findall(r'make chaos ARGS="--quick ([\d ]+)"', (ROOT / ".ci" / "run").read_text())
    assert sorted(map(int, " ".join(halves).split())) == sorted(small)


def test_completion(environment: dict[str, str]) -> None:
    """
    bash completes our commands after the line in the documentation.
    """
    line = re.search(r"`(eval [^`]+)`", text("docs/run/operations.md"))
    assert line

    tab = "COMP_WORDS=(ticketstream pu) COMP_CWORD=1; _ticketstream_completion ticketstream"
    assert bash(f'{line[1]}\n{tab}\necho "$COMPREPLY"', environment) == "publish\n"


def test_the_partitions_of_the_test_vectors() -> None:
    """
    A publisher can check its partitioner by the keys that the documentation names.
    """
    vectors = r"`(\S+)` belongs on partition (\d+), `(\S+)` on (\d+),\s`(\S+)` on (\d+)"
    said = re.search(vectors, text("docs/integrate/events.md"))
    assert said
    keys, numbers = said.groups()[::2], said.groups()[1::2]

    twelve = list(range(12))
    found = [DefaultPartitioner()(key.encode(), twelve, twelve) for key in keys]
    assert found == [int(number) for number in numbers]


def has_members(kafka: Broker, group: str) -> bool:
    """Say whether somebody is in *group*."""
    with AdminClient({"bootstrap.servers": kafka.brokers}) as admin:
        return bool(admin.describe_consumer_groups([group])[group].result(10).members)


def text(page: str) -> str:
    """Return what stands in *page*, a path from the top of the repository."""
    return (ROOT / page).read_text()


def test_a_secured_sidecar(environment: dict[str, str], tmp_path: Path) -> None:
    """
    The page's commands check and start it; callers come by TLS, with the key that was shown.
    """
    ports = {number: str(free_port()) for number in ("8080", "8090")}
    authority = Authority(tmp_path, "ca")
    authority.sign("sidecar")
    *set_up, start = with_ports(SIDECAR, ports).splitlines()
    with EmbeddedBroker(Settings()) as broker:
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_SIDECAR_HTTP_PORT": ports["8080"],
        }
        done = run_block("\n".join(set_up), ours, tmp_path)
        assert done.returncode == 0, done.stderr
        (key,) = re.findall(r"ts_\S+", done.stderr)
        exports = [line for line in set_up if line.startswith("export ")]
        with started("\n".join([*exports, f"exec {start}"]), ours, tmp_path):
            wait_for(lambda: is_ready(ports["8080"], authority.file))
            out = bash(with_ports(CALL_SIDECAR, ports), {**ours, "KEY": key}, tmp_path)

    assert '"outcomes"' in out
    assert "ticketstream_http_requests_total" in out


def with_ports(block: str, ports: dict[str, str]) -> str:
    """Return *block* with the numbers of its ports replaced."""
    for shown, used in ports.items():
        block = block.replace(shown, used)
    return block


def bash(
    script: str, environment: dict[str, str], folder: Path = ROOT, seconds: float = 120
) -> str:
    """Return what *script* prints; fail if one of its commands does."""
    done = run_block(script, environment, folder, seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def started(
    command: str,
    environment: dict[str, str],
    folder: Path = ROOT,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run *command* in the background until the block ends; then it is interrupted as by Ctrl-C."""
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(40)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            if process.stdout:
                process.stdout.close()


def wait_for(true: Any, seconds: float = 60) -> None:
    """Return when *true* is; fail after *seconds*."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_ready(port: str, ca_file: Path | None = None) -> bool:
    """Say whether what listens on *port* is ready, by TLS if there is a *ca_file*."""
    trust = ssl.create_default_context(cafile=ca_file) if ca_file else None
    url = f"http{'s' if trust else ''}://127.0.0.1:{port}/health/ready"
    try:
        return bool(urllib.request.urlopen(url, context=trust).status == 200)  # noqa: S310  # ours
    except OSError:
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
