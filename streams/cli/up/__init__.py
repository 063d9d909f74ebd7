"""ticketstream up: everything at once, to be tried out."""
