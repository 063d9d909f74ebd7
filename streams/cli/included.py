"""`ticketstream included`: the files that an operator may copy and change."""

from __future__ import annotations

from pathlib import Path

import click

FILES = {
    "taxonomy": "definitions/defaults/taxonomy.yaml",
    "policy": "definitions/defaults/policy.yaml",
    "triage-prompt": "triage_prompt.md",
    "drafting-prompt": "drafting_prompt.md",
}
"""By name: that of the setting for a file in its place, without `_FILE`."""


@click.command()
@click.argument("name", type=click.Choice(tuple(FILES)))
def included(name: str) -> int:
    """
    Print the taxonomy, the policy or a prompt that ticketstream uses by default.

    Change a copy, and name it in TICKETSTREAM_TAXONOMY_FILE, _POLICY_FILE,
    _TRIAGE_PROMPT_FILE or _DRAFTING_PROMPT_FILE.

    \b
    Example:  ticketstream included taxonomy > taxonomy.yaml
    """
    import streams

    (folder,) = streams.__path__
    click.echo((Path(folder) / FILES[name]).read_text(encoding="utf-8"), nl=False)
    return 0
