"""How fast, how long, how much memory: programs that measure, each prints JSON Lines."""
