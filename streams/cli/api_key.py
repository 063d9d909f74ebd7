"""`ticketstream api-key`: make a key, of which only a hash is kept."""

from __future__ import annotations

import click

from streams.cli.parameters import Utf8Text


@click.command("api-key")
@click.argument("name", type=Utf8Text())
@click.option(
    "--tenant",
    type=Utf8Text(),
    default="default",
    show_default=True,
    help="Tenant whose tickets the key opens; * for all tenants.",
)
def api_key(name: str, tenant: str) -> int:
    """
    Make an API key for NAME.

    Standard output gets the line for TICKETSTREAM_API_KEYS_FILE, which has only a hash. The
    key itself is shown once, on standard error. Give it to the caller; do not store it here.

    \b
    Example:  ticketstream api-key helpdesk --tenant acme >> api-keys
    """
    from health.http import api_keys

    key, line = api_keys.new(name, tenant)
    click.echo(line)
    click.echo(key, err=True)
    return 0
