"""`ticketstream evaluate`: how good drafts and verdicts are, on cases whose answer is known."""
