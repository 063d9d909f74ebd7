"""`ticketstream included`: the files that an operator may copy and change."""

from __future__ import annotations

from pathlib import Path

import click

FILES = ("taxonomy", "policy", "voice", "triage-prompt", "pointing-prompt", "drafting-prompt")
"""Each named as the setting for a file in its place, without `_FILE`."""


@click.command()
@click.argument("name", type=click.Choice(FILES))
def included(name: str) -> int:
    """
    Print the taxonomy, the policy, the voice or a prompt that ticketstream uses by default.

    Change a copy, and name it in TICKETSTREAM_TAXONOMY_FILE, _POLICY_FILE, _VOICE_FILE,
    _TRIAGE_PROMPT_FILE, _POINTING_PROMPT_FILE or _DRAFTING_PROMPT_FILE.

    \b
    Example:  ticketstream included taxonomy > taxonomy.yaml
    """
    click.echo(_file(name).read_text(encoding="utf-8"), nl=False)
    return 0


def _file(name: str) -> Path:
    from streams import prompts
    from streams.definitions import policy_rules, taxonomy, voice

    if name.endswith("-prompt"):
        return prompts.included_file(name.removesuffix("-prompt"))
    files = {"taxonomy": taxonomy.DEFAULT, "policy": policy_rules.DEFAULT, "voice": voice.DEFAULT}
    return files[name]
