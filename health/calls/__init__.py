"""What callers ask for: to process a ticket, its result, figures, health."""
