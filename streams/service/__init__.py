"""What every long-running process has: logs, shutdown, a probe server, /metrics."""
