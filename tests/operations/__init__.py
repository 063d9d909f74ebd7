"""Rules and dashboards, on what a worker and a sidecar really counted."""
