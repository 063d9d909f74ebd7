"""`ticketstream sidecar`: its help and process."""

from __future__ import annotations

import click

from streams.cli.running import log_as_set, run_traced, settings_here


@click.command()
def sidecar() -> int:
    """
    Offer the pipeline as an HTTP call.

    It also serves probes, metrics, and its documentation at /docs.

    \b
    Example:  TICKETSTREAM_SIDECAR_HTTP_PORT=9000 ticketstream sidecar
    """
    import health.sidecar

    settings = settings_here()
    log_as_set(settings)
    return run_traced(health.sidecar.serve(settings), part="sidecar")
