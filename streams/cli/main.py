"""
The command line, `ticketstream`: names, options and help of the commands.

What they do is in `streams/commands/`, `streams/worker.py` and so on, and loaded only when it
is called: help answers at once. An error that a person can mend is one sentence on standard
error that says how; an exit code says which kind it was.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from streams.cli import stdio
from streams.cli.exit_codes import AWAY, BUG, INTERRUPTED, READER_GONE, TERMINATED, WRONG
from streams.cli.parameters import Group, Header, StageName, Text, Time

if TYPE_CHECKING:
    from streams.settings import Settings

_EPILOG = """
\b
Kafka: TICKETSTREAM_KAFKA_BROKERS, else the running `ticketstream up`, else
localhost:9092. Every setting is TICKETSTREAM_<NAME>; `ticketstream check`
lists them.

\b
Exit codes:
  0    done
  1    some of many were broken; they were named, the others are done
  2    an argument, setting, file, topic or standard output is wrong
  3    something we depend on does not answer
  70   a bug of ours
  130  Ctrl-C, or no to a question
  141  whoever read our output has gone, as head does
  143  SIGTERM, to a command that has nothing to bring to an end

\b
Completion, in bash (or zsh, fish):
  eval "$(_TICKETSTREAM_COMPLETE=bash_source ticketstream)"
"""


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG)
@click.version_option(package_name="ticketstream", message="%(prog)s %(version)s")
def cli() -> None:
    """
    AI triage and drafted answers for customer support, as a stream processor on Kafka.

    \b
    Try it:      ticketstream up
    Run it:      ticketstream topics
                 ticketstream worker
                 ticketstream sidecar
    """


@cli.command()
@click.option("--once", is_flag=True, help="End when the sample tickets are through.")
@click.option("--port", type=click.IntRange(0, 65535), help="Of the API; 0 takes any free one.")
def up(once: bool, port: int | None) -> int:
    """
    Try everything here, on the sample tickets.

    Runs an embedded Kafka, all stages and the API, with the sample knowledge base.
    Other commands find it from a second terminal. Nothing is kept when it ends.

    \b
    Example:  ticketstream up --once
    """
    from streams import settings as environment
    from streams.cli import up as everything

    settings = environment.read()
    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "warning"})
    _log(settings)
    return _run(everything.run(settings, once=once, port=port))


@cli.command()
@click.option(
    "--stage",
    "stages",
    multiple=True,
    type=StageName(),
    help="triage, retrieval, drafting or policy, and none else; may come several times.",
)
def worker(stages: tuple[str, ...]) -> int:
    """
    Take tickets through the stages.

    All of them, or those that are named; each is a consumer group of its own.

    \b
    Example:  ticketstream worker --stage triage --stage retrieval
    """
    from streams import worker as process
    from streams.pipeline import STAGES

    settings = _settings()
    _log(settings)
    return _run(process.run(settings, stages or STAGES))


@cli.command()
def sidecar() -> int:
    """
    Offer the pipeline as an HTTP call.

    With probes, metrics and its documentation at /docs.

    \b
    Example:  TICKETSTREAM_SIDECAR_HTTP_PORT=9000 ticketstream sidecar
    """
    from health import sidecar as process

    settings = _settings()
    _log(settings)
    return _run(process.run(settings))


@cli.command("api-key")
@click.argument("name", type=Text())
def api_key(name: str) -> int:
    """
    Make an API key for NAME.

    Standard output is the line for TICKETSTREAM_API_KEYS_FILE, with a hash. The key
    itself is shown once, on standard error: give it to who calls, and keep it nowhere.

    \b
    Example:  ticketstream api-key helpdesk >> api-keys
    """
    from health.http import api_keys as keys

    key, line = keys.new(name)
    click.echo(line)
    click.echo(key, err=True)
    return 0


@cli.command()
def topics() -> int:
    """
    Create the topics that are missing.

    Those that exist are checked: their policies keep the product's promises.

    \b
    Example:  TICKETSTREAM_KAFKA_BROKERS=kafka:9092 ticketstream topics
    """
    from streams.cli import topics as command

    return _once(command.run)


@cli.command()
@click.argument("file", type=click.File("rb"))
@click.option("--header", "headers", multiple=True, type=Header(), help="name=value; several.")
def publish(file: BinaryIO, headers: tuple[tuple[str, str], ...]) -> int:
    """
    Publish the tickets in FILE.

    FILE is JSON Lines; - is standard input. Each line is checked first. A broken
    one is named, and the others are published.

    \b
    Example:  ticketstream publish deploy/sample/tickets.jsonl --header run=1
    """
    from streams.cli import publish as command

    return _once(lambda settings: command.run(settings, file, headers))


@cli.command()
@click.option("--from-beginning", is_flag=True, help="What is there already, too.")
@click.option("--count", type=click.IntRange(1), help="End after this many.")
def tail(from_beginning: bool, count: int | None) -> int:
    """
    Show processed tickets as they come out.

    Rows on a terminal, JSON Lines elsewhere.

    \b
    Example:  ticketstream tail --from-beginning --count 10 | jq .answer_draft.body
    """
    from streams.cli import tail as command

    return _once(lambda s: command.run(s, from_beginning=from_beginning, count=count))


@cli.group()
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

    return _once(lambda s: command.run(s, paths, prune=prune, dry_run=dry_run, sure=yes))


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

    return _once(lambda s: command.run(s, query, limit=limit, tenant=tenant, audience=audience))


@cli.group("dead-letters")
def dead_letters() -> None:
    """Find, look at and replay what could not be processed."""


def _filters(command: Callable[..., int]) -> Callable[..., int]:
    """Give *command* the options that say which dead letters are meant."""
    for option in (
        click.option("--until", type=Time(), help="What failed before then."),
        click.option("--since", type=Time(), help="What failed from then on: ISO 8601, or 2h, 3d."),
        click.option("--class", "classes", multiple=True, type=Text(), help="Of the error."),
        click.option("--stage", "stages", multiple=True, type=StageName(), help="Where it failed."),
    ):
        command = option(command)
    return command


@dead_letters.command("list")
@_filters
@click.option("--replayed/--not-replayed", default=None, help="By default both.")
def list_dead_letters(replayed: bool | None, **filters: Any) -> int:
    """
    List the dead letters that there are.

    A table on a terminal, JSON Lines elsewhere. Nothing that a customer wrote is shown.

    \b
    Example:  ticketstream dead-letters list --since 2h --class Unprocessable
    """
    from streams.cli.dead_letters import list_show as command
    from streams.cli.dead_letters.register import Filter

    return _once(lambda s: command.list_(s, Filter(replayed=replayed, **filters)))


@dead_letters.command("show")
@click.argument("letter", metavar="ID", type=Text())
@click.option("--output", metavar="FILE", help="Write the value's bytes there; - is stdout.")
def show_dead_letter(letter: str, output: str | None) -> int:
    """
    Show all there is of one dead letter.

    Its headers, the reason, and its value, which may be a customer's.

    \b
    Example:  ticketstream dead-letters show 7-1204 --output broken.json
    """
    from streams.cli.dead_letters import list_show as command

    return _once(lambda settings: command.show(settings, letter, output))


@dead_letters.command("replay")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=Text())
@_filters
@click.option("--all", "all_", is_flag=True, help="All that were not replayed yet.")
@click.option(
    "--with", "mended", metavar="FILE", type=click.File("rb"), help="A mended value, for one ID."
)
@click.option(
    "--from-start",
    is_flag=True,
    help="From the first stage, not where it failed: only the ticket in the event is used. With"
    " --with, FILE is that ticket or an event with it.",
)
@click.option("--other-ticket", is_flag=True, help="What --with gives may have another id.")
@click.option("--again", is_flag=True, help="Even what was replayed before.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def replay_dead_letters(
    ids: tuple[str, ...],
    all_: bool,
    mended: BinaryIO | None,
    from_start: bool,
    other_ticket: bool,
    again: bool,
    dry_run: bool,
    **filters: Any,
) -> int:
    """
    Send dead letters through once more.

    Those that are named, or those that the options mean. Each goes to the stage where it
    failed, and is not replayed a second time unless --again says so. Its result has the
    ce_id that it would have had.

    \b
    Example:  ticketstream dead-letters replay 7-1204 --with mended.json
    """
    meant = bool(ids) + (any(filters.values()) or all_)
    if meant != 1:
        raise click.UsageError("Give IDs, or options that say which letters, or --all.")
    if mended and len(ids) != 1:
        raise click.UsageError("--with needs one ID.")
    if other_ticket and not mended:
        raise click.UsageError("--other-ticket is for a value that --with gives.")
    from streams.cli.dead_letters import replay as command
    from streams.cli.dead_letters.register import Filter

    order = command.Order(ids, Filter(**filters), mended, from_start, other_ticket, again, dry_run)
    return _once(lambda settings: command.run(settings, order))


@cli.command()
def check() -> int:
    """
    Say what is wrong, and how to mend it.

    Settings, files, Kafka with its topics, rights and groups, Weaviate, the language model,
    and the ports of worker and sidecar. Secrets are not shown, and nothing is changed; a
    language model is asked one short question.

    \b
    ok       nothing to do
    warning  it works, at a price that is named
    wrong    it must be mended (exit code 2)
    away     it does not answer (exit code 3)
    skipped  not tried, because of another

    \b
    Example:  ticketstream check
    """
    from streams.cli.check import command
    from streams.service import logs

    logs.quiet()
    return _run(command.run())


def _settings() -> Settings:
    from streams.cli import running_up

    return running_up.settings_here()


def _log(settings: Settings) -> None:
    from streams.service import logs

    logs.configure(settings)


def _once(does: Callable[[Settings], Coroutine[Any, Any, int]]) -> int:
    """Run a command that says itself what matters; libraries are silent."""
    from streams.service import logs

    logs.quiet()
    return _run(does(_settings()))


def _run(coroutine: Coroutine[Any, Any, int]) -> int:
    """Run a command to its end. Ctrl-C ends it quietly."""
    import uvloop

    try:
        return uvloop.run(coroutine)
    except KeyboardInterrupt:
        return INTERRUPTED


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    # Linux spares the first process of a container each signal that it has no handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    stdio.prepare()
    try:
        code = cli.main(prog_name="ticketstream", standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        code = INTERRUPTED
    except stdio.ReaderGone:
        code = READER_GONE
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Exception as error:
        code = _explain(error)
    sys.exit(code or 0)


def _explain(error: Exception) -> int:
    """Say what a person can mend, or where a bug is, and return the exit code."""
    from streams.cli import terminal
    from streams.errors import ConfigurationError, Unavailable

    if isinstance(error, ConfigurationError | Unavailable | stdio.Unwritable):
        terminal.complain(f"ticketstream: {error}")
        return AWAY if isinstance(error, Unavailable) else WRONG
    # An exception's own words may quote a customer; its class and places are enough.
    places = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    terminal.complain(f"ticketstream: a bug, {type(error).__name__}:\n{places}")
    return BUG


if __name__ == "__main__":
    main()
