"""Whatever an operator writes into a setting of an address, its secrets are not shown."""

from __future__ import annotations

import pytest

from streams.address_secrets import MASK, text_without_secrets, without_secrets


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("h:9092,[::1]:9093", "h:9092,[::1]:9093"),
        ("https://h:1/openai/deployments/x@2", "https://h:1/openai/deployments/x@2"),
        ("https://a.example,http://b", "https://a.example,http://b"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
        ("user:CANARY@h:9092", f"{MASK}@h:9092"),
        ("a:1,user:CAN,ARY@h:9092", f"{MASK}@h:9092"),
        ("user:CAN/ARY?C@A#R@h:9092", f"{MASK}@h:9092"),
        ("SASL_SSL://user:CANARY@h:9092", f"SASL_SSL://{MASK}@h:9092"),
        ("https://user:CAN@A?R#Y@h/v1", f"https://{MASK}@h/v1"),
        ("https://a,https://user:CANARY@b", f"https://a,https://{MASK}@b"),
        ("https://h/t?secret=CANARY", f"https://h/t?{MASK}"),
        ("https://h/t?a=1,CANARY&x=https://u:CANARY@b", f"https://h/t?{MASK}"),
        ("https://h/t#CANARY", f"https://h/t#{MASK}"),
        ("h:9092?key=CANARY", f"h:9092?{MASK}"),
    ],
)
def test_an_address(address: str, shown: str) -> None:
    """
    User, password, query and fragment are masked; the rest is shown as it is.
    """
    assert without_secrets(address) == shown


def test_a_text() -> None:
    """
    Each web address in a sentence is shown without its secrets, and the words as they are.
    """
    said = "m at https://u:CANARY@h/v1 and http://h?k=CANARY is away; ask a@b.example?"

    assert text_without_secrets(said) == (
        f"m at https://{MASK}@h/v1 and http://h?{MASK} is away; ask a@b.example?"
    )
