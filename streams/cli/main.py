"""
The command line, `ticketstream`: its commands, errors and exit codes.

Each command's options stand beside what it does, which is loaded only when the command runs:
help answers at once. An error that a person can mend is one sentence on standard error that
says how; an exit code says which kind it was.
"""

from __future__ import annotations

import signal
import sys
import traceback

import click

from streams.cli import stdio
from streams.cli.api_key import api_key
from streams.cli.check.options import check
from streams.cli.dead_letters.options import dead_letters
from streams.cli.exit_codes import AWAY, BUG, INTERRUPTED, READER_GONE, TERMINATED, WRONG
from streams.cli.kb.options import kb
from streams.cli.parameters import Group
from streams.cli.publish.options import publish
from streams.cli.sidecar import sidecar
from streams.cli.tail.options import tail
from streams.cli.topics import topics
from streams.cli.up.options import up
from streams.cli.worker import worker

_EPILOG = """
\b
Kafka: TICKETSTREAM_KAFKA_BROKERS, else the running `ticketstream up`, else
localhost:9092. Every setting is TICKETSTREAM_<NAME>; `ticketstream check`
lists them.

\b
Exit codes:
  0    done
  1    some of many were broken and were named; or a worker ended badly
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


for _command in (up, worker, sidecar, api_key, topics, publish, tail, kb, dead_letters, check):
    cli.add_command(_command)


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
