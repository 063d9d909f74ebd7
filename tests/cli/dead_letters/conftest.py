"""The command that all of these tests call."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import click
import pytest
import structlog

from streams.cli import commands, main
from streams.errors import ConfigurationError, Unavailable
from streams.service import logs
from streams.settings import Settings
from tests.support.dead_letters import Call, Done


@pytest.fixture
def call(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Call]:
    """Return what runs `ticketstream dead-letters` with arguments to its end, in this process."""
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKERS", settings.kafka_brokers)
    monkeypatch.setenv("TICKETSTREAM_TOPIC_PREFIX", settings.topic_prefix)
    handlers = logging.getLogger().handlers
    logs.quiet()

    def run(*arguments: str) -> int:
        try:
            code: int = commands.cli.main(["dead-letters", *arguments], standalone_mode=False)
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except (ConfigurationError, Unavailable) as error:
            code = main._explain(error)
        return code

    async def call(*arguments: str) -> Done:
        capsys.readouterr()
        code = await asyncio.to_thread(run, *arguments)
        out, said = capsys.readouterr()
        return Done(code, [json.loads(line) for line in out.splitlines()], said)

    yield call
    logging.getLogger().handlers = handlers
    structlog.reset_defaults()
