"""ticketstream publish: tickets from JSON Lines to incoming-tickets."""
