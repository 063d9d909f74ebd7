"""
The process of the command line, `ticketstream`: its errors, signals and exit codes.

An error that a person can mend is one sentence on standard error that says how; an exit code
says which kind it was. Nothing is loaded before Ctrl-C and SIGTERM end the process quietly.
"""

from __future__ import annotations

import signal
import sys

from streams.cli import stdio
from streams.cli.ending import end_on_the_spot
from streams.cli.exit_codes import AWAY, BUG, INTERRUPTED, READER_GONE, WRONG


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    end_on_the_spot()
    stdio.prepare()
    code = _run()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the interpreter's end shows no traceback, too
    sys.exit(code)


def _run() -> int:
    """Run the command; say what went wrong, if something did. Returns the exit code."""
    import click

    try:
        from streams.cli.commands import cli

        code = cli.main(prog_name="ticketstream", standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        return INTERRUPTED
    except stdio.ReaderGone:
        return READER_GONE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:
        return _explain(error)
    return code or 0


def _explain(error: Exception) -> int:
    """Say what a person can mend, or where a bug is, and return the exit code."""
    import traceback

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
