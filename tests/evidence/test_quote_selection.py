"""Which quotes answer which problem."""

from __future__ import annotations

from streams.evidence.quote_selection import MOST_LINES, choose
from tests.support.drafts import CARD, RETURN, a_passage

CHARGED = "When is the duplicate charge returned?"
CODES = "LK-500 means that the file is too large.\nLK-501 means that the file is damaged."


def _texts(*problems: str, passages: tuple[str, ...]) -> list[list[str]]:
    found = [a_passage(text, doc_id=f"KB-{n}") for n, text in enumerate(passages)]
    return [[quote.text for quote in chosen] for chosen in choose(problems, found)]


def test_what_answers_is_chosen() -> None:
    """
    A problem gets verbatim lines of the passage that answers it.
    """
    (chosen,) = _texts(CHARGED, passages=(RETURN,))

    assert chosen
    assert all(text in RETURN.replace("\n", " ") for text in chosen)
    assert any("duplicate" in text for text in chosen)


def test_nothing_is_chosen_of_nothing() -> None:
    """
    Without passages, each problem has no quotes.
    """
    assert choose([CHARGED, "How do I pay?"], []) == [[], []]


def test_each_of_several_problems_has_its_own_evidence() -> None:
    """
    Of several problems, one that no passage is evidence for gets nothing.
    """
    charged, other = _texts(CHARGED, "Do penguins live at the North Pole?", passages=(RETURN,))

    assert charged
    assert not other


def test_a_procedure_is_whole() -> None:
    """
    The steps that answer are quoted together, in order.
    """
    (chosen,) = _texts("How do I replace my card?", passages=(CARD, RETURN))

    steps = chosen[0]
    assert steps.index("Sign in") < steps.index("Replace card") < steps.index("3-D Secure")


def test_another_error_code_is_no_answer() -> None:
    """
    Who names a code gets what is said of it, and nothing of another.
    """
    (chosen,) = _texts("What does LK-501 mean?", passages=(CODES,))

    assert chosen == ["LK-501 means that the file is damaged."]


def test_an_article_is_read_in_its_order() -> None:
    """
    Quotes come in reading order, whatever order the passages were found in.
    """
    second, first = a_passage(CARD, n=2), a_passage(RETURN, n=1)
    problem = f"{CHARGED} How do I replace my card?"

    (chosen,) = choose([problem], [second, first])

    assert [quote.number > 0 for quote in chosen] == sorted(quote.number > 0 for quote in chosen)
    assert len({quote.number > 0 for quote in chosen}) == 2


def test_only_so_many_lines() -> None:
    """
    An answer is no longer than somebody reads, however much would fit.
    """
    text = "\n".join(f"A duplicate charge of card {n} is returned in full." for n in range(30))

    (chosen,) = choose([CHARGED], [a_passage(text)])

    assert 0 < sum(len(quote.lines) for quote in chosen) <= MOST_LINES
