"""`ticketstream kb`: its commands, their options and help."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.parameters import Group, Utf8Text
from streams.cli.running import run_quietly


@click.group(cls=Group)
def kb() -> None:
    """
    Load, search and back up the knowledge base.

    \b
    Example:  ticketstream kb load deploy/sample/kb
              ticketstream kb search "charged twice"
    """


@kb.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--prune",
    is_flag=True,
    help="Delete articles that no longer have a file in PATHS, of the same tenants. At a terminal"
    " you are asked first. Nothing is deleted while a file is broken.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def load(paths: tuple[Path, ...], prune: bool, dry_run: bool, yes: bool) -> int:
    """
    Publish the articles in files and folders.

    They are Markdown, HTML or JSON Lines. Use --dry-run first: every Markdown and HTML file
    of a folder is published, also one without front matter.

    Broken articles are named, and the others are loaded. Unchanged articles are not sent
    again.

    \b
    Example:  ticketstream kb load deploy/sample/kb
              ticketstream kb load docs/ --prune --dry-run
    """
    import streams.cli.kb.load

    return run_quietly(
        lambda s: streams.cli.kb.load.load_articles(
            s, paths, prune=prune, dry_run=dry_run, sure=yes
        ),
        part="kb-load",
    )


@kb.command()
def dump() -> int:
    """
    Print all articles, one a line of JSON: a backup that "kb load" takes.

    It has the articles of all tenants, internal ones included.

    \b
    Example:  ticketstream kb dump > articles.jsonl
              ticketstream kb load articles.jsonl
    """
    import streams.cli.kb.dump

    return run_quietly(streams.cli.kb.dump.dump_articles, part="kb-dump")


@kb.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(yes: bool) -> int:
    """
    Remove from Weaviate the collections of other versions that nobody uses.

    After an upgrade, the collection of the version before stays until you remove it. It is in
    use while its consumer group has members; since when it has none, Kafka does not tell. To
    roll back to a version without its collection, wait until it has been filled again.

    \b
    Example:  ticketstream kb prune
              ticketstream kb prune --yes
    """
    import streams.cli.kb.prune

    return run_quietly(
        lambda s: streams.cli.kb.prune.prune_collections(s, sure=yes), part="kb-prune"
    )


@kb.command()
@click.argument("query", type=Utf8Text())
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="Show at most this many passages.",
)
@click.option(
    "--tenant",
    type=Utf8Text(),
    default="default",
    show_default=True,
    help="Search this tenant's articles.",
)
@click.option(
    "--audience",
    type=click.Choice(["public", "internal"]),
    default="public",
    show_default=True,
    help="Search the articles for these readers. Internal readers see public articles, too;"
    " drafts use public ones only.",
)
def search(query: str, limit: int, tenant: str, audience: str) -> int:
    """
    Show the passages that bear on QUERY, best first, and why.

    The score, from 0 to 1, says how good evidence a passage is; below the floor it is none. It
    weighs how close passage and title are in meaning, how many of the question's words the
    passage has (coverage), and how much the question says (content).

    The order combines two ranks, by words (BM25) and by score, and shows few passages of one
    article. So scores need not descend.

    \b
    Example:  ticketstream kb search "charged twice"
              ticketstream kb search "charged twice" | jq .why.matched
    """
    if not query.strip():
        raise click.UsageError('QUERY is empty: say what to look for, such as "charged twice".')
    import streams.cli.kb.search

    return run_quietly(
        lambda s: streams.cli.kb.search.show_passages(
            s, query, limit=limit, tenant=tenant, audience=audience
        ),
        part="kb-search",
    )
