"""The Helm chart: what it renders, refuses, and does on a Kubernetes API."""
