"""
Chaos: what becomes of tickets while workers, brokers and backends die.

    python -m bench.chaos --list
    python -m bench.chaos --quick 1 7

Each scenario starts what it needs as processes of its own (a real Apache Kafka, workers, an LLM
server on loopback, a Weaviate where it matters), publishes tickets at a steady pace, and lets
something happen to them. Then all topics are read from their beginning, and the row says what
became of each message. `world.py` is what runs, `ledger.py` what is counted, `scenarios/` what
happens.
"""
