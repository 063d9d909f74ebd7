"""What an exit code of `ticketstream` means. Each command returns one of them."""

from __future__ import annotations

DONE = 0
PARTLY = 1
"""Some of many were wrong. They were named on standard error, and the others were done."""
WRONG = 2
"""A setting, file, topic or argument is wrong."""
AWAY = 3
"""A service that we depend on does not answer."""
BUG = 70
"""A fault of ours: `EX_SOFTWARE` of sysexits.h."""
INTERRUPTED = 130
"""Ctrl-C, as every shell has it."""
READER_GONE = 141
"""Whoever read standard output has enough, as every shell has it."""
TERMINATED = 143
"""SIGTERM, as every shell has it, for what has nothing to end in order."""
