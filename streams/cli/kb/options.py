"""`ticketstream kb`: its commands, their options and help."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.parameters import Group, Text
from streams.cli.running import run_quietly


@click.group(cls=Group)
def kb() -> None:
    """
    Load and search the knowledge base.

    \b
    Example:  ticketstream kb load deploy/sample/kb
              ticketstream kb search "charged twice"
    """


@kb.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--prune",
    is_flag=True,
    help="Delete the articles of the same tenants that are in none of PATHS. Nothing is deleted"
    " while a file is broken; at a terminal you are asked first.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def load(paths: tuple[Path, ...], prune: bool, dry_run: bool, yes: bool) -> int:
    """
    Publish the articles in files and folders.

    They are Markdown, HTML or JSON Lines. A broken one is named, the others are loaded;
    what is there in just this form already is not sent again.

    \b
    Example:  ticketstream kb load deploy/sample/kb
              ticketstream kb load docs/ --prune --dry-run
    """
    from streams.cli.kb import load as command

    return run_quietly(lambda s: command.run(s, paths, prune=prune, dry_run=dry_run, sure=yes))


@kb.command()
@click.argument("query", type=Text())
@click.option(
    "--limit", type=click.IntRange(1, 100), default=5, show_default=True, help="Passages at most."
)
@click.option("--tenant", type=Text(), default="default", show_default=True, help="Whose articles.")
@click.option(
    "--audience",
    type=click.Choice(["public", "internal"]),
    default="public",
    show_default=True,
    help="For whom; internal readers read what is public, too. Drafts rest on public ones only.",
)
def search(query: str, limit: int, tenant: str, audience: str) -> int:
    """
    Show the passages that bear on QUERY, best first, and why.

    The score, 0 to 1, says how good evidence a passage is; below the floor it is none. Its
    signs are likeness in meaning of passage and of title, the share of the question's words
    that the passage has (coverage), and how much the question says (content).

    The order is that of two ranks fused, by words (BM25) and by score, with few passages of
    one article; so scores, which say what is evidence, need not descend.

    \b
    Example:  ticketstream kb search "charged twice"
              ticketstream kb search "charged twice" | jq .why.matched
    """
    if not query.strip():
        raise click.UsageError('QUERY is empty: say what to look for, such as "charged twice".')
    from streams.cli.kb import search as command

    return run_quietly(
        lambda s: command.run(s, query, limit=limit, tenant=tenant, audience=audience)
    )
