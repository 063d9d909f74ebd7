"""`ticketstream included`."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.cli.included import FILES
from streams.definitions.policy_rules import load_policy
from streams.definitions.prompt_files import load_prompt
from streams.definitions.taxonomy import load_taxonomy
from streams.definitions.voice import load_voice
from streams.settings import Settings
from tests.support.command_line import call, person


def test_a_copy_is_as_good(tmp_path: Path) -> None:
    """
    What is printed is what is used where no file is named.
    """
    copies = {name: tmp_path / name for name in FILES}
    for name, copy in copies.items():
        done = call("included", name, env=person(tmp_path))
        assert done.returncode == 0, done.stderr
        copy.write_text(done.stdout)

    assert load_taxonomy(copies["taxonomy"]) == load_taxonomy()
    assert load_policy(copies["policy"]) == load_policy()
    assert load_voice(copies["voice"]) == load_voice()
    for stage in ("triage", "drafting"):
        assert load_prompt(stage, copies[f"{stage}-prompt"]) == load_prompt(stage)


@pytest.mark.parametrize("name", FILES)
def test_each_has_a_setting(name: str) -> None:
    """
    A file that can be copied can be named in a setting of the same name.
    """
    assert f"{name.replace('-', '_')}_file" in Settings.model_fields


def test_another_name(tmp_path: Path) -> None:
    """
    Exit code 2, with the names that there are.
    """
    done = call("included", "signals", env=person(tmp_path))

    assert done.returncode == 2
    assert all(name in done.stderr for name in FILES)
