"""ticketstream dead-letters: list, show and replay them."""
