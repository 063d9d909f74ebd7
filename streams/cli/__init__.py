"""The command ticketstream: options, what each command does, what it prints."""
