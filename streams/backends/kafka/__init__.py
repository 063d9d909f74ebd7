"""Kafka: connections, clients, topics, what records are, and the broker that runs embedded."""
