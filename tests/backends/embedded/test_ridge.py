"""Ridge regression on labelled texts: what it learns, and how sure it may be."""

from __future__ import annotations

import pytest

from streams.backends.embedded.ridge import RidgeModel, softmax


def test_confidence_is_honest() -> None:
    """
    On texts that could be either, no label is given more than chance would.
    """
    texts = ["red apple", "green apple", "yellow apple", "old apple"] * 2
    model = RidgeModel(texts, [0] * 4 + [1] * 4, 2)

    assert softmax(model.logits(["blue apple"]))[0] == pytest.approx([0.5, 0.5], abs=0.05)
