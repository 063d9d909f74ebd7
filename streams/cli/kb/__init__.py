"""ticketstream kb: load articles, and search them."""
