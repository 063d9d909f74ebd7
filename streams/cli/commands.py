"""
The commands of `ticketstream`, and the help that they share.

Each command's options stand beside what it does, which is loaded only when the command runs:
help answers at once.
"""

from __future__ import annotations

import click

from streams.cli.acls import acls
from streams.cli.api_key import api_key
from streams.cli.capacity.options import capacity
from streams.cli.check.options import check
from streams.cli.dead_letters.options import dead_letters
from streams.cli.evaluate.options import evaluate
from streams.cli.included import included
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
  1    some of many were broken and were named; a figure missed its --min or
       --max; or a worker ended badly
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


_COMMANDS = (
    *(up, worker, sidecar, api_key, acls, topics, publish, tail, kb, dead_letters, check),
    *(included, capacity, evaluate),
)
for _command in _COMMANDS:
    cli.add_command(_command)
