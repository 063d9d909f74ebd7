"""Keys and tokens: what is one, and what only speaks of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from streams.text import secrets
from streams.text.personal_data import Span


def found(by: Callable[[str], Iterator[Span]], text: str) -> list[str]:
    """Return what *by* finds in *text*."""
    return [text[begin:end] for begin, end in by(text)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("use sk-abcdefghijklmnopqrst please", "sk-abcdefghijklmnopqrst"),
        ("ghp_abcdefghij0123456789abcd", "ghp_abcdefghij0123456789abcd"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.dozjgNryP4", "eyJhbGciOiJIUzI1.eyJzdWIiOiIx.dozjgNryP4"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("our API key is a1b2c3d4e5", "a1b2c3d4e5"),
        ('{"api_key": "a1b2c3d4e5"}', "a1b2c3d4e5"),
        ("'apiKey' => 'a1b2c3d4e5'", "a1b2c3d4e5"),
        ("X-API-Key: a1b2c3d4e5", "a1b2c3d4e5"),
        ("**API key:** a1b2c3d4e5", "a1b2c3d4e5"),
        ("the api key we use in production: k9f3-77ax-22", "k9f3-77ax-22"),
        ("<token>a1b2c3d4e5</token>", "a1b2c3d4e5"),
        ("Bearer a1b2c3", "a1b2c3"),
        ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
        ("Authorization: Basic YWRtaW46c2VjcmV0", "YWRtaW46c2VjcmV0"),
        ("Cookie: sessionid=abcdef; other=x", "sessionid=abcdef; other=x"),
        ("curl -u bob:pw https://x.example", "bob:pw"),
        ("mysqldump --password hunter db", "hunter"),
        ("tool --api-key=hunter", "hunter"),
        ("sk-" + "aB3" * 300, "sk-" + "aB3" * 300),
        ("session " + "aB3dE6gH9" * 400, "aB3dE6gH9" * 400),
        ("token: " + "aB3dE6gH9." * 400, "aB3dE6gH9." * 400),
        ("https://x.example/reset?lang=en&token=abcdef#top", "abcdef#top"),
        ("postgres://user:hunter@db.example/x", "user:hunter"),
        ("the hash " + "0123456789abcdef" * 2, "0123456789abcdef" * 2),
    ],
)
def test_keys(text: str, key: str) -> None:
    """
    A key is found by its form, or by the words before it.
    """
    assert key in found(secrets.keys, text)


def test_a_private_key() -> None:
    """
    It is found whole, and to the end of the text if its own is missing.
    """
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n"
    assert found(secrets.keys, f"here: {key}-----END RSA PRIVATE KEY-----") == [key]
    assert found(secrets.keys, f"here: {key}") == [key]
    for before in ("It says -----BEGIN here. ", "-----BEGIN CERTIFICATE-----\nMIIC\n(cut)\n"):
        assert found(secrets.keys, f"{before}{key}-----END RSA PRIVATE KEY-----") == [key]
    both = f"{key}-----END RSA PRIVATE KEY-----\n{key}"
    assert found(secrets.keys, both) == [key, key]
    assert found(secrets.keys, "-----BEGIN CERTIFICATE-----\nMIIEow\n-----END") == []


@pytest.mark.parametrize(
    "text",
    [
        "The token expired. Secret sharing is great.",
        "How do I make an access token for the API?",
        "Order 1234567890 of 2026-03-01, error E-1042, version 2.4.1",
        "https://help.example/articles/how-to-make-a-token-in-2026?lang=en&page=2",
        "The key is on the left of the keyboard",
        "My API key fails with error ERR_CONN_4013 since 14.3.2",
        "The access token is rejected with HTTP/1.1 401 and code AUTH-4013",
        "token expired at 2024-01-05T10:00:00Z",
        "The reset token error E40133-22 appears in v12.14.3",
        "The license key error is LIC-2044-AA",
        "secret santa order ORD-20240105 missing",
        "secret scanning of repo acme/web-2024 fails",
        "the token limit is 128000 for gpt-4o-mini-2024",
        "session key rotation every 30days-2024",
        "a" * 40,
    ],
)
def test_what_only_speaks_of_a_key(text: str) -> None:
    """
    Codes, versions and addresses of pages are what a question may be about.
    """
    assert found(secrets.keys, text) == []


AWS = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    "key", [AWS, "aB3+/xY9zQ1w8Er7Ty6uI5oP4as3Df2gH1jK==", "Zx-9_aQ1wS2eD3-rF4tG5yH6uJ7iK8oL9p"]
)
def test_a_key_with_slashes(key: str) -> None:
    """
    It is found whole, by how it mixes letters and digits.
    """
    assert found(secrets.keys, f"AKIAIOSFODNN7EXAMPLE and {key}")[-1].rstrip("=") == key.rstrip("=")


@pytest.mark.parametrize(
    "path",
    [
        "/usr/local/lib/python3/site-packages/Foo/bar_baz/main",
        "com/example/MyService/UserController/handleRequest2Now",
        "https://help.example/account/roles-and-permissions-for-2026/Index",
        "docs/Guides/GettingStarted/InstallOnUbuntu2404/README",
        "/boards/550e8400-e29b-41d4-a716-446655440000/tasks",
    ],
)
def test_a_path(path: str) -> None:
    """
    Its parts are words, or of one case.
    """
    assert found(secrets.keys, f"see {path}") == []


def test_a_key_with_slashes_behind_its_name() -> None:
    """
    A sign right before it changes nothing.
    """
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBek=="
    assert key in found(secrets.keys, f"AccountKey={key}")


def test_several_keys_in_a_row() -> None:
    """
    Behind one name, each is found.
    """
    keys = ["a1b2c3d4e5", "f6g7h8i9j0", "k1l2m3n4o5"]
    for text in ("API keys: {}, {} and {}", "API keys:\n- {}\n- {}\n- {}"):
        assert found(secrets.keys, text.format(*keys)) == keys
