"""One module a product. Each fills a port of `ports.py`, or is a client of Kafka."""
