"""ticketstream tail: what comes out on ticket-processed, as it comes."""
