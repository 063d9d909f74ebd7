"""Prompts, as they stand beside their stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams import prompts
from streams.prompts import Prompt, filled

FILES = sorted(Path(prompts.__file__).parent.glob("*_prompt.md"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_has_a_version(file: Path) -> None:
    """
    The first line of a prompt names its version after its stage; the model does not read it.
    """
    stage = file.stem.removesuffix("_prompt")

    prompt = prompts.prompt_of(stage)

    assert prompt.version.startswith(f"{stage}-")
    assert prompt.version.removeprefix(f"{stage}-").isdecimal()
    assert "version:" not in prompt.text
    assert prompt.text == prompt.text.strip() != ""


def test_there_are_three() -> None:
    """
    Triage asks a model, and drafting does: to point at lines, or to write prose.
    """
    assert [file.stem for file in FILES] == ["drafting_prompt", "pointing_prompt", "triage_prompt"]


def test_values_come_into_their_places() -> None:
    """
    What is filled in keeps the version, and no place of the prompt is left open.
    """
    made = filled(Prompt("v-1", "Choose among $these. It costs $$5."), these="A, B")

    assert made == Prompt("v-1", "Choose among A, B. It costs $5.")


def test_a_value_is_not_read_for_places() -> None:
    """
    A value may have a dollar: it is put there as it is.
    """
    assert filled(Prompt("v", "$a"), a="$b ${c}").text == "$b ${c}"


def test_a_place_without_a_value() -> None:
    """
    A prompt that wants what nobody gives it is an error, and no prompt with a hole.
    """
    with pytest.raises(KeyError, match="these"):
        filled(Prompt("v", "Choose among $these."))
