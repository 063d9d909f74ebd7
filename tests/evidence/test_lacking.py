"""What a customer says that they do not have."""

from __future__ import annotations

import pytest

from streams.evidence.lacking import lacked, needs_lacked

STEPS = "Select Use a recovery code. Enter one of the recovery codes."
WITHOUT = "If you have no recovery codes, write to support@larkspur.example."


@pytest.mark.parametrize(
    "said",
    [
        "I did not save the recovery codes.",
        "We have no recovery codes any more.",
        "I lost my recovery codes.",
        "I HAVE LOST MY RECOVERY CODES",
    ],
)
def test_steps_that_need_what_is_lacked(said: str) -> None:
    """
    They are no answer; what holds for those who lack it is one.
    """
    assert needs_lacked(STEPS, lacked(said))
    assert not needs_lacked(WITHOUT, lacked(said))


def test_what_is_there_is_not_lacked() -> None:
    """
    Who has something may be told to use it.
    """
    assert not needs_lacked(STEPS, lacked("Where do I enter the recovery codes?"))


def test_other_languages() -> None:
    """
    What is lacked is known in German and Spanish too.
    """
    assert needs_lacked("Die neue Karte wird benötigt.", lacked("Ich habe keine neue Karte."))
    assert needs_lacked("Use los códigos antiguos.", lacked("No tengo los códigos antiguos."))
