"""Ridge regression on labelled texts: what it learns, and how sure it may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backends.embedded.ridge import Matrix, RidgeModel, lowercase_words, softmax


def test_confidence_is_honest() -> None:
    """
    On texts that could be either, no label is given more than chance would.
    """
    texts = ["red apple", "green apple", "yellow apple", "old apple"] * 2
    model = RidgeModel(texts, [0] * 4 + [1] * 4, 2)

    assert softmax(model.logits(["blue apple"]))[0] == pytest.approx([0.5, 0.5], abs=0.05)


FRUIT = ["ripe apples", "a sweet pear", "oranges and lemons", "a bowl of cherries"]
TOOLS = ["a heavy hammer", "nails and screws", "an electric drill", "a box of wrenches"]
BOTH = FRUIT + TOOLS
LABELS = [0] * 4 + [1] * 4


@pytest.fixture(scope="module")
def model() -> RidgeModel:
    """Return a model that tells fruit from tools."""
    return RidgeModel(BOTH, LABELS, 2)


def likeliest(model: RidgeModel, *texts: str) -> list[int]:
    """Return the likeliest label of each of *texts*."""
    found: list[int] = model.logits(texts).argmax(axis=1).tolist()
    return found


def test_what_was_learnt_is_known_and_carried_on(model: RidgeModel) -> None:
    """
    Its own texts have their labels, and others that of what they are like.
    """
    assert likeliest(model, *BOTH) == LABELS
    assert likeliest(model, "rotten plums and a banana", "saw, pliers and bolts") == [0, 1]


def test_texts_that_were_not_seen_are_counted(model: RidgeModel) -> None:
    """
    The accuracy is that on texts left out: right where labels mean something, else by chance.
    """
    senseless = RidgeModel(BOTH, [0, 1] * 4, 2)

    assert model.left_out_accuracy >= 0.75
    assert senseless.left_out_accuracy <= 0.5


def test_one_answer_however_many_are_asked(model: RidgeModel) -> None:
    """
    A text's probabilities do not depend on what else is asked.
    """
    together = softmax(model.logits([*BOTH, "a plum"]))[-1]

    assert together == pytest.approx(softmax(model.logits(["a plum"]))[0], abs=1e-6)


@pytest.mark.parametrize("text", ["", "?!", "\0", "x" * 100_000, "果物", "a " * 10_000])
def test_any_text_has_probabilities(model: RidgeModel, text: str) -> None:
    """
    Whatever is asked, there is an answer, whose probabilities are those of a whole.
    """
    (found,) = softmax(model.logits([text]))

    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1)


def test_the_begin_of_a_text_counts(model: RidgeModel) -> None:
    """
    A long text is told by its first 400 characters.
    """
    fruit = ("ripe apples and oranges. " * 16)[:400]

    assert likeliest(model, fruit + TOOLS[0] * 100) == [0]
    assert (model.logits([fruit + TOOLS[0]]) == model.logits([fruit])).all()


@pytest.mark.parametrize(
    ("texts", "labels", "count"),
    [
        (["apples"], [0], 1),
        (["apples"], [1], 3),
        (["apples"] * 5, [0, 1, 0, 1, 0], 2),
        (["", ""], [0, 1], 2),
    ],
)
def test_little_or_the_same_can_be_learnt(texts: list[str], labels: list[int], count: int) -> None:
    """
    One text, equal texts of different labels, and labels without texts are no error.
    """
    found = softmax(RidgeModel(texts, labels, count).logits(["apples", "zebra"]))

    assert found.shape == (2, count)
    assert np.isfinite(found).all()
    assert found[0].argmax() in labels


def test_more_texts_than_are_compared_with() -> None:
    """
    A part of the texts may stand for all of them, in whatever order they come.
    """
    texts = [f"{text}, number {n}" for text in BOTH for n in range(10)]
    labels = [label for label in LABELS for _ in range(10)]
    for order in (range(80), range(79, -1, -1)):
        model = RidgeModel([texts[i] for i in order], [labels[i] for i in order], 2, landmarks=16)

        assert likeliest(model, *BOTH) == LABELS
        assert model.left_out_accuracy > 0.9


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I can't, I won’t", ["i", "cant", "i", "wont"]),
        ("E-mail: ERR_500!", ["e", "mail", "err_500"]),
        ("  ", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    """
    Words are in lower case, and an apostrophe of either kind divides none.
    """
    assert lowercase_words(text) == found


_logits = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5).map(np.array)


@given(logits=_logits, shift=st.floats(-1e6, 1e6))
def test_softmax(logits: Matrix, shift: float) -> None:
    """
    Probabilities sum to 1, keep the order of the log-odds, and never overflow.
    """
    found = softmax(logits)

    assert found.sum() == pytest.approx(1)
    assert softmax(logits + shift) == pytest.approx(found, abs=1e-6)
    assert found[logits.argmax()] == found.max()
