"""What `ticketstream check` finds of how a model points."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from streams.cli.check.diagnosis import Diagnosis, diagnose
from streams.cli.check.pointing import CheckedExam, look_at_pointing
from streams.settings import Settings
from tests.support.llm import LlmServer, Say


async def pointing(server: LlmServer | None = None, **more: Any) -> Diagnosis:
    """Return what is found of the model at *server*."""
    model = {"llm": "openai", "openai_base_url": server.url, "openai_model": "m"} if server else {}
    here = Settings(**{**model, **more})
    exam = CheckedExam(here)
    (found,) = await diagnose("pointing", lambda given: look_at_pointing(given, exam), here)
    await exam.close()
    return found[1]


@pytest.mark.parametrize("drafts", ["auto", "pointed"])
async def test_a_model_that_points(drafts: str) -> None:
    """
    How it did in the exam is said.
    """
    async with LlmServer() as server:
        found = await pointing(server, drafts=drafts)
        assert len(server.calls) == 4
    assert found.status == "ok"
    assert "8 of 9 questions right, 2 of 2 left open" in found.detail


@pytest.mark.parametrize(
    ("drafts", "then"), [("auto", "the embedded selection drafts"), ("pointed", "all the same")]
)
async def test_a_model_that_does_not(drafts: str, then: str) -> None:
    """
    That is a warning, with who drafts then and what to do.
    """
    async with LlmServer() as server:
        server.default = Say.points("random")
        found = await pointing(server, drafts=drafts)
    assert (found.status, then in found.detail) == ("warning", True)
    assert "decoys chosen" in found.detail
    assert "OPENAI_MODEL" in found.mend


@pytest.mark.parametrize(
    "settings", [{"drafts": "written"}, {"drafts": "embedded"}, {"llm": "embedded"}]
)
async def test_where_no_model_points(settings: dict[str, Any]) -> None:
    """
    There is no exam, and no call.
    """
    async with LlmServer() as server:
        found = await pointing(server, **settings)
        assert server.calls == []
    assert found.status == "ok"


async def test_a_model_that_is_away() -> None:
    """
    The row of the model says so; here the exam is skipped.
    """
    async with LlmServer() as server:
        pass
    assert (await pointing(server)).status == "skipped"


async def test_a_wrong_prompt(tmp_path: Path) -> None:
    """
    The row of the prompts says so; here the exam is skipped.
    """
    (file := tmp_path / "mine.md").write_text("no version\n")
    async with LlmServer() as server:
        found = await pointing(server, pointing_prompt_file=file)
        assert server.calls == []
    assert found.status == "skipped"


async def test_an_exam_is_held_once() -> None:
    """
    All that want to know how the model does, also at the same time, hear of one exam.
    """
    async with LlmServer() as server:
        exam = CheckedExam(
            Settings(llm="openai", openai_base_url=server.url, openai_model="m", drafts="auto")
        )
        first, second = await asyncio.gather(exam.result(), exam.result())
        third = await exam.result()
        await exam.close()
        assert len(server.calls) == 4
    assert first is second is third
    assert first.passed


async def test_an_exam_that_is_broken_off() -> None:
    """
    A check that ends does not leave calls behind.
    """
    async with LlmServer() as server:
        server.default = Say.stall()
        exam = CheckedExam(Settings(llm="openai", openai_base_url=server.url, openai_model="m"))
        waiting = asyncio.create_task(exam.result())
        while server.in_flight < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await exam.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        while server.in_flight:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
