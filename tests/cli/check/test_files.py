"""What `ticketstream check` finds of the files that an operator defines."""

from __future__ import annotations

from pathlib import Path

from streams.cli.check import files
from streams.settings import Settings


async def test_our_own() -> None:
    """
    The files that come with the product are valid and fit together.
    """
    found = [*await files.look_at_taxonomy(Settings()), *await files.look_at_policy(Settings())]

    assert [one.status for one in found] == ["ok", "ok"]


async def test_a_category_that_is_none(tmp_path: Path) -> None:
    """
    A category that is to be escalated, and that the taxonomy does not have, is named.
    """
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: a\nescalate: {categories: [Biling]}\n")
    (found,) = await files.look_at_policy(Settings(policy_file=policy))

    assert (found.status, "Biling" in found.detail) == ("wrong", True)
    assert "Billing" in found.mend


async def test_a_broken_file(tmp_path: Path) -> None:
    """
    A file that is not valid is named with its line, and its setting with what to do.
    """
    taxonomy = tmp_path / "taxonomy.yaml"
    taxonomy.write_text("version: [")
    settings = Settings(taxonomy_file=taxonomy)
    (found,) = await files.look_at_taxonomy(settings)
    (policy,) = await files.look_at_policy(settings)

    assert (found.status, f"{taxonomy}, line 1" in found.detail) == ("wrong", True)
    assert "TICKETSTREAM_TAXONOMY_FILE" in found.mend
    assert policy.status == "ok"  # one mistake is said once


async def test_voice(tmp_path: Path) -> None:
    """
    Languages that nobody has read are named; so is a file that is not valid, with its setting.
    """
    (found,) = await files.look_at_voice(Settings())
    assert (found.status, found.detail) == (
        "ok",
        "version 1, 7 languages (fr, es, it, pt, nl: not reviewed by a native speaker)",
    )

    (voice := tmp_path / "voice.yaml").write_text("version: a\nbrand: {}\n")
    (wrong,) = await files.look_at_voice(Settings(voice_file=voice))
    assert (wrong.status, f"{voice}: 2 mistakes" in wrong.detail) == ("wrong", True)
    assert "did you mean brands?" in wrong.detail
    assert "TICKETSTREAM_VOICE_FILE" in wrong.mend


async def test_prompts(tmp_path: Path) -> None:
    """
    The versions of all are shown; one that is wrong is named with its setting.
    """
    (found,) = await files.look_at_prompts(Settings())
    assert (found.status, found.detail) == ("ok", "versions triage-2, pointing-1, drafting-3")

    (prompt := tmp_path / "triage.md").write_text("version: ours-1\nChoose among $kinds.\n")
    wrong = await files.look_at_prompts(Settings(triage_prompt_file=prompt))
    assert [one.status for one in wrong] == ["wrong"]
    assert f"{prompt}: 2 mistakes" in wrong[0].detail
    assert "TICKETSTREAM_TRIAGE_PROMPT_FILE" in wrong[0].mend


async def test_a_prompt_for_prose_that_a_pointing_model_does_not_read(tmp_path: Path) -> None:
    """
    An operator's file of the time when all drafts were prose goes on being for prose, which is
    said where the model points.
    """
    (prompt := tmp_path / "drafting.md").write_text("version: ours-1\nDraft it.\n")
    _, told = await files.look_at_prompts(Settings(drafting_prompt_file=prompt))
    assert (told.status, "prose" in told.detail) == ("warning", True)
    assert "TICKETSTREAM_POINTING_PROMPT_FILE" in told.mend
    for more in ({"drafts": "written"}, {"pointing_prompt_file": prompt}):
        settings = Settings(drafting_prompt_file=prompt, **more)
        assert [one.status for one in await files.look_at_prompts(settings)] == ["ok"]
