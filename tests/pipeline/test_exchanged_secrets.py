"""A key and a certificate that are exchanged while a worker runs."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from pathlib import Path

from schemas.topics import DEAD_LETTERS, PROCESSED
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.settings import Settings
from tests.support.certificates import Authority
from tests.support.llm import LlmServer
from tests.support.process import ticketstream
from tests.support.stages import publish, read, ticket


async def test_no_ticket_is_degraded(tmp_path: Path) -> None:
    """
    The model is reached by TLS with an authority of its own, whose file and key are exchanged.
    """
    key, ca = tmp_path / "key", tmp_path / "ca.pem"
    old, new = Authority(tmp_path, "old"), Authority(tmp_path, "new")
    key.write_text("sk-old\n")
    ca.write_bytes(old.file.read_bytes())
    tls = old.server()
    with EmbeddedBroker(Settings()) as broker:
        async with LlmServer(tls=tls) as llm:
            llm.keys = {"sk-old"}
            settings = Settings(
                kafka_brokers=broker.brokers,
                llm="openai",
                openai_base_url=llm.url,
                openai_model="test-model",
                openai_api_key_file=key,
                openai_ca_file=ca,
                worker_http_port=0,
                log_format="json",
            )
            with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
                drain = asyncio.create_task(asyncio.to_thread(lambda: list(worker.stderr or ())))
                await publish(settings, *(ticket(n, f"Where is invoice {n}?") for n in range(20)))
                await read(settings, PROCESSED, 20, seconds=60)

                llm.keys = {"sk-old", "sk-new"}
                key.write_text("sk-new\n")
                await publish(settings, *(ticket(n, f"Where is it, {n}?") for n in range(20, 40)))
                await read(settings, PROCESSED, 40, seconds=60)
                llm.keys = {"sk-new"}

                ca.write_bytes(old.file.read_bytes() + new.file.read_bytes())
                await llm.stop()  # all connections are new ones
                tls.load_cert_chain(*new.sign("server"))
                await llm.start()
                await publish(settings, *(ticket(n, f"And {n}?") for n in range(40, 60)))
                found = await read(settings, PROCESSED, 60, seconds=60)
                assert await read(settings, DEAD_LETTERS, 0) == []
                worker.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(worker.wait, 40) == 0
                log = "".join(await drain)

    assert {record.key for record in found} == {f"T-{n}".encode() for n in range(60)}
    assert [r.key for r in found if json.loads(r.value)["meta"]["degraded"]] == []
    assert {call.headers["authorization"] for call in llm.calls[-40:]} == {"Bearer sk-new"}
    assert "sk-" not in log
