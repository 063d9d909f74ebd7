"""Whether the files that the settings name are valid, and fit together."""

from __future__ import annotations

from streams.cli.check.diagnosis import Diagnosis
from streams.definitions.policy_rules import load_policy
from streams.definitions.prompt_files import load_prompt
from streams.definitions.taxonomy import load_taxonomy
from streams.definitions.voice import load_voice
from streams.errors import ConfigurationError
from streams.settings import PREFIX, Settings


async def look_at_taxonomy(here: Settings) -> list[Diagnosis]:
    """Return whether the taxonomy is valid."""
    try:
        kinds = load_taxonomy(here.taxonomy_file)
    except ConfigurationError as error:
        return [_broken(error, "TAXONOMY_FILE")]
    return [Diagnosis("ok", f"version {kinds.version}, {len(kinds.categories)} categories")]


async def look_at_policy(here: Settings) -> list[Diagnosis]:
    """Return whether the policy is valid, and knows the taxonomy's categories."""
    try:
        rules = load_policy(here.policy_file)
    except ConfigurationError as error:
        return [_broken(error, "POLICY_FILE")]
    try:
        known = {category.name for category in load_taxonomy(here.taxonomy_file).categories}
    except ConfigurationError:  # said already
        known = set(rules.escalate.categories)
    if unknown := [name for name in rules.escalate.categories if name not in known]:
        return [
            Diagnosis(
                "wrong",
                f"escalate.categories: {', '.join(unknown)}: no category of the taxonomy",
                f"choose among {', '.join(sorted(known))}",
            )
        ]
    return [Diagnosis("ok", f"version {rules.version}, {len(rules.rules)} rules")]


async def look_at_voice(here: Settings) -> list[Diagnosis]:
    """Return whether the voice is valid, and which of its languages no native speaker has read."""
    try:
        voice = load_voice(here.voice_file)
    except ConfigurationError as error:
        return [_broken(error, "VOICE_FILE")]
    unread = ", ".join(voice.unreviewed)
    languages = f"{len(voice.languages)} languages"
    told = f"{languages} ({unread}: not reviewed by a native speaker)" if unread else languages
    return [Diagnosis("ok", f"version {voice.version}, {told}")]


async def look_at_prompts(here: Settings) -> list[Diagnosis]:
    """Return whether each prompt has what its stage fills in, and nothing that nobody does."""
    files = {"triage": here.triage_prompt_file, "drafting": here.drafting_prompt_file}
    versions, wrong = [], []
    for stage, path in files.items():
        try:
            versions.append(load_prompt(stage, path).version)
        except ConfigurationError as error:
            wrong.append(_broken(error, f"{stage.upper()}_PROMPT_FILE"))
    return wrong or [Diagnosis("ok", f"versions {' and '.join(versions)}")]


def _broken(error: ConfigurationError, setting: str) -> Diagnosis:
    """Return what is wrong with the file that *setting* names."""
    mend = (
        f"correct the lines named, or {PREFIX}{setting} if another file is meant;"
        ' then run "ticketstream check" again'
    )
    return Diagnosis("wrong", str(error), mend)
