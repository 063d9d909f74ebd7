"""What Kafka says of tickets: what is in flight, what became of each, who waits for it."""
