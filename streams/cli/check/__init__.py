"""ticketstream check: what of configuration and connections is wrong, and how to mend it."""
