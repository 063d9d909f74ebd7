"""What every knowledge base promises, whatever product is behind it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import Article
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.weaviate.knowledge import WeaviateKnowledge
from streams.evidence.chunking import chunks
from streams.evidence.relevance import DEFAULT_FLOOR
from streams.knowledge import article_files
from streams.ports import KnowledgeBase, Scope
from tests.support.weaviate import RealWeaviate, connected

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SCOPE = Scope(tenant="default", now=NOW)
SAMPLE = Path(__file__).parents[2] / "deploy" / "sample" / "kb"

Base = EmbeddedKnowledge | WeaviateKnowledge
Make = Callable[[Sequence[Article]], Awaitable[Base]]


@pytest.fixture(params=["embedded", pytest.param("weaviate", marks=pytest.mark.real)])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Return what makes a knowledge base with the given articles."""
    async with AsyncExitStack() as stack:

        async def made(found: Sequence[Article]) -> Base:
            kb: Base = EmbeddedKnowledge()
            if request.param == "weaviate":
                kb = await stack.enter_async_context(connected(server))
            await kb.put(found)
            return kb

        if request.param == "weaviate":
            server: RealWeaviate = request.getfixturevalue("weaviate")
        yield made


def article(
    doc_id: str = "KB-1", body: str = "Invoices are sent by email.", **more: object
) -> Article:
    """Return an article about invoices, unless told otherwise."""
    fields = {"doc_id": doc_id, "title": f"Invoices ({doc_id})", "url": "", "body": body, **more}
    return Article.model_validate(fields)


async def ids(kb: KnowledgeBase, query: str, scope: Scope = SCOPE, limit: int = 10) -> list[str]:
    """Return the doc_ids of what is found."""
    return [p.doc_id for p in await kb.search(query, limit=limit, scope=scope)]


LONG = "\n\n".join(f"## Part {n}\n\n" + f"Invoice rule {n} is kept. " * 30 for n in range(5))


async def test_nothing_known(make: Make) -> None:
    """
    An empty knowledge base answers with nothing, not with an error.
    """
    assert await (await make([])).search("anything", limit=3, scope=SCOPE) == ()


async def test_what_was_put_is_found_at_once(make: Make) -> None:
    """
    A search sees every article that was put before it.
    """
    kb = await make([])

    for n in range(5):
        await kb.put([article(f"KB-{n}", f"The zebra{n} is striped.")])
        assert (await ids(kb, f"zebra{n}"))[0] == f"KB-{n}"


async def test_a_word_searched_in_vain_is_found_once_it_is_there(make: Make) -> None:
    """
    What a knowledge base remembers of a word ends when an article comes or goes.
    """
    kb = await make([article("KB-1"), article("KB-2")])
    assert "KB-3" not in await ids(kb, "zebra")

    await kb.put([article("KB-3", "The zebra is striped.", title="Stripes")])
    assert (await ids(kb, "zebra"))[0] == "KB-3"
    await kb.remove(["KB-3"])
    assert "KB-3" not in await ids(kb, "zebra")


async def test_a_passage_says_where_it_is_from(make: Make) -> None:
    """
    A passage carries what a citation needs.
    """
    kb = await make([article(url="https://help.example/invoices", title="Invoices")])

    (found,) = await kb.search("invoices by email", limit=3, scope=SCOPE)

    assert (found.doc_id, found.chunk_id) == ("KB-1", "KB-1-c-1")
    assert (found.title, found.url) == ("Invoices", "https://help.example/invoices")
    assert found.text == "Invoices are sent by email."


async def test_an_article_without_a_url_has_passages_without_one(make: Make) -> None:
    """
    A url is optional: an article that is nowhere to be read is found all the same.
    """
    bare = Article.model_validate({"doc_id": "KB-1", "title": "Invoices", "body": "By email."})
    (found,) = await (await make([bare])).search("invoices by email", limit=3, scope=SCOPE)

    assert found.url == ""


async def test_what_is_found_can_be_explained(make: Make) -> None:
    """
    Why a passage was found: its places, what adds up to its score, and which words it has.
    """
    kb = await make([a for a in article_files.articles_in(SAMPLE) if isinstance(a, Article)])
    query = "I was charged twice for the zebra, how do I get my money back?"
    found = await kb.explain(query, limit=5, scope=SCOPE)

    assert [passage for passage, _ in found] == list(await kb.search(query, limit=5, scope=SCOPE))
    for passage, why in found:
        total = sum(why.points.values())
        assert passage.score == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-3)
        assert {"charged", "twice", "zebra", "money"} <= why.matched.keys() | why.missing.keys()
        assert "zebra" in why.missing
        assert not {"i", "for", "the", "do"} & (why.matched.keys() | why.missing.keys())
        assert sum(why.matched.values()) <= why.signs["coverage"] + 1e-6
    _, why = found[0]
    assert (why.places.words, why.places.score) == (1, 1)
    assert {"charged", "twice"} <= why.matched.keys()


async def test_nothing_is_explained_of_nothing(make: Make) -> None:
    """
    A question without words has no passages and no reasons.
    """
    assert await (await make([article()])).explain("?!", limit=3, scope=SCOPE) == ()


async def test_an_article_with_a_known_id_replaces_the_old_one(make: Make) -> None:
    """
    What an article no longer says is not found any more.
    """
    kb = await make([article(body="Invoices are sent by pigeon.")])

    assert await kb.put([article(body="Invoices are sent by email.")]) == 1

    found = await kb.search("invoices pigeon", limit=10, scope=SCOPE)
    assert [p.text for p in found] == ["Invoices are sent by email."]


async def test_a_shortened_article_leaves_nothing_behind(make: Make) -> None:
    """
    An article that has fewer chunks than before leaves no surplus ones.
    """
    kb = await make([article(body=LONG)])
    assert len(await kb.search("invoice rule", limit=10, scope=SCOPE)) > 1

    await kb.put([article(body="Invoice rule 1 is kept.")])

    assert len(await kb.search("invoice rule", limit=10, scope=SCOPE)) == 1


async def test_unchanged_articles_are_skipped(make: Make) -> None:
    """
    Putting an article again in the same form changes nothing, and says so.
    """
    kb = await make([article("KB-1"), article("KB-2")])

    assert await kb.put([article("KB-1"), article("KB-2", "Invoices are free.")]) == 1
    assert await kb.put([article("KB-1"), article("KB-2", "Invoices are free.")]) == 0


async def test_the_same_can_be_put_twice_at_once(make: Make) -> None:
    """
    Two that load the same articles at the same time leave each of them once.
    """
    kb = await make([])
    found = [article(f"KB-{n}", LONG, title=f"Rules of {n}") for n in range(20)]

    await asyncio.gather(kb.put(found), kb.put(found))

    everything = sorted(a.doc_id for a in found for _ in chunks(a))
    assert sorted(await ids(kb, "invoice rule of", limit=200)) == everything


async def test_a_removed_article_is_gone(make: Make) -> None:
    """
    A removed article is not found; removing says how many there were.
    """
    kb = await make([article("KB-1"), article("KB-2")])

    assert await kb.remove(["KB-1", "KB-9"]) == 1
    assert await ids(kb, "invoices") == ["KB-2"]
    assert await kb.remove(["KB-1"]) == 0


async def test_a_removed_article_can_come_back(make: Make) -> None:
    """
    An article that is put again after its removal is new.
    """
    kb = await make([article()])
    await kb.remove(["KB-1"])

    assert await kb.put([article()]) == 1
    assert await ids(kb, "invoices") == ["KB-1"]


async def test_tenants_do_not_see_one_another(make: Make) -> None:
    """
    The same id in two tenants is two articles; each tenant finds its own, removal takes both.
    """
    kb = await make(
        [
            article(tenant="a", body="Invoices of red."),
            article(tenant="b", body="Invoices of blue."),
        ]
    )

    (found,) = await kb.search("invoices blue", limit=5, scope=Scope("a", NOW))
    assert found.text == "Invoices of red."
    assert await ids(kb, "invoices", Scope("c", NOW)) == []
    assert await kb.remove(["KB-1"]) == 2


async def test_internal_articles_are_no_evidence(make: Make) -> None:
    """
    What is internal is not found for a customer, only for those who may read it.
    """
    kb = await make([article("KB-1", audience="internal"), article("KB-2")])

    assert await ids(kb, "invoices") == ["KB-2"]
    assert set(await ids(kb, "invoices", Scope("default", NOW, "internal"))) == {"KB-1", "KB-2"}


@pytest.mark.parametrize(
    ("until", "found"),
    [
        (NOW - timedelta(seconds=1), []),
        (NOW, []),
        (NOW + timedelta(seconds=1), ["KB-1"]),
        ("2026-11-01", []),
        ("2026-11-02", ["KB-1"]),
    ],
)
async def test_an_expired_article_is_no_evidence(
    make: Make, until: datetime | str, found: list[str]
) -> None:
    """
    An article counts until its `valid_until`; a date without a time counts to its end.
    """
    kb = await make([article(valid_until=until)])

    assert await ids(kb, "invoices") == found


async def test_tenants_that_differ_in_blanks_or_case_are_different(make: Make) -> None:
    """
    No two tenants are taken for one another, however alike their names.
    """
    names = ["a", "A", "a ", " a", "ä", 'a"', "a\\"]
    kb = await make(
        [article(tenant=name, body=f"Invoices of {n}.") for n, name in enumerate(names)]
    )

    for n, name in enumerate(names):
        (found,) = await kb.search("invoices", limit=5, scope=Scope(name, NOW))
        assert found.text == f"Invoices of {n}."


async def test_filters_come_before_the_ranking(make: Make) -> None:
    """
    Any number of better matches that the scope excludes cannot push out the one that it has.
    """
    others = [article(f"KB-{n}", "Refund refund refund.", tenant="other") for n in range(200)]
    hidden = [article(f"IN-{n}", "Refund refund.", audience="internal") for n in range(200)]
    expired = [article(f"EX-{n}", "Refund!", valid_until=NOW) for n in range(200)]
    kb = await make([*others, *hidden, *expired, article("KB-X", "Once, a refund was mentioned.")])

    assert await ids(kb, "refund", limit=1) == ["KB-X"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   \n",
        "😀🎉",
        '"unbalanced (AND [title:* ^~ \\',
        "title:invoices AND NOT text:email OR *",
        '+ - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
        "\x00\ud83d".encode("utf-8", "replace").decode(),
        "يوسف الحداد 请帮我 помогите",
        "invoice " * 40_000,
        "x" * 200_000,
    ],
)
async def test_any_text_is_a_harmless_query(make: Make, query: str) -> None:
    """
    A customer's text is never read as query syntax, and never an error.
    """
    kb = await make([article()])

    assert len(await kb.search(query, limit=3, scope=SCOPE)) <= 1


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(max_size=200))
async def test_any_unicode_is_a_harmless_query(make: Make, query: str) -> None:
    """
    No sequence of characters is an error, and every score lies between 0 and 1.
    """
    kb = await make([article()])

    assert all(0 <= p.score <= 1 for p in await kb.search(query, limit=3, scope=SCOPE))


@pytest.mark.parametrize("limit", [0, 1, 3, 100])
async def test_limit(make: Make, limit: int) -> None:
    """
    There are never more passages than asked for, and as many if there are enough.
    """
    kb = await make([article(f"KB-{n}", f"Invoice number {n}.") for n in range(20)])

    assert len(await ids(kb, "invoice number", limit=limit)) == min(limit, 20)


async def test_the_same_text_is_found_once(make: Make) -> None:
    """
    Copies of a passage do not take the places of others.
    """
    copies = [article(f"KB-{n}", "Invoices are late.", title="Invoices") for n in range(5)]
    kb = await make([*copies, article("KB-X", "Invoices are on time.")])

    assert len(await ids(kb, "invoices late")) == 2


async def test_one_article_does_not_take_every_place(make: Make) -> None:
    """
    Beside a long article on the matter, others are found, too.
    """
    kb = await make([article(body=LONG), article("KB-2", "An invoice rule is explained here.")])

    found = await ids(kb, "invoice rule", limit=4)
    assert set(found) == {"KB-1", "KB-2"}
    assert found.count("KB-1") > 1


async def test_the_order_is_always_the_same(make: Make) -> None:
    """
    Equally good passages come in the same order every time.
    """
    found = [article(f"KB-{n}", f"Invoice text {n}.") for n in range(50)]

    runs = [await ids(await make(found), "invoice text", limit=20) for _ in range(3)]

    assert runs[0] == runs[1] == runs[2]


async def test_an_article_without_text_is_no_evidence(make: Make) -> None:
    """
    An article of pictures alone can be put, replaced and removed, and is never found.
    """
    kb = await make([article(body="<img src=a.png>")])

    assert await ids(kb, "invoices") == []
    assert await kb.put([article(body="![](b.png)")]) == 1
    assert await kb.remove(["KB-1"]) == 1


LINED = """
## If it is locked

You can unlock it in two ways:

1. Wait.
2. Reset it.

| Plan | Minutes |
|---|---|
| Free | 30 |
"""


async def test_a_passage_brings_the_lines_of_its_article(make: Make) -> None:
    """
    Lines, what they need, and which version of the article they are of travel with a passage.
    """
    one = article(body=LINED, updated_at=NOW, locale="en-GB")
    kb = await make([one])
    (chunk,) = chunks(one)

    (found,) = await kb.search("unlock it", limit=5, scope=SCOPE)

    assert found.lines == chunk.lines
    assert [line.text for line in found.lines] == [
        "You can unlock it in two ways:",
        "Wait.",
        "Reset it.",
        "Free: Minutes 30",
    ]
    assert found.lines[2].needs == (1, 2)
    assert found.lines[3].cells == (("Plan", "Free"), ("Minutes", "30"))
    assert {line.conditions for line in found.lines} == {("If it is locked",)}
    assert (found.text_hash, found.updated_at, found.locale) == (chunk.text_hash, NOW, "en-GB")


async def test_a_passage_brings_what_its_lines_need_from_elsewhere(make: Make) -> None:
    """
    The last steps of a long procedure come with the first ones, whichever chunk has them.
    """
    steps = "\n".join(f"{n}. Press {'very ' * 20}button {n}." for n in range(1, 16))
    one = article(body=f"{steps}\n16. Enjoy the invoices.")
    kb = await make([one])
    assert len(chunks(one)) > 2

    found = (await kb.search("enjoy the invoices", limit=1, scope=SCOPE))[0]

    assert sorted(line.n for line in found.lines) == [*range(1, 17)]


async def test_ping(make: Make) -> None:
    """
    A knowledge base that can be searched says so.
    """
    await (await make([])).ping()


ANSWERABLE = [
    ("KB-1001", "I was charged twice for my subscription this month. Please help!"),
    ("KB-1101", "My password reset link says that it has expired, how long is it valid?"),
    ("KB-1206", "Our webhook is paused after errors, how do we resume it?"),
]
OFF_TOPIC = [
    "Where is my parcel? The driver said nobody was home.",
    "What is the best recipe for a chocolate cake?",
    "I would like to apply for a job as a nurse in your hospital.",
    "How tall is the Eiffel tower and when was it built?",
]


@pytest.fixture
async def sample(make: Make) -> KnowledgeBase:
    """Return the sample company's knowledge base."""
    return await make([a for a in article_files.articles_in(SAMPLE) if isinstance(a, Article)])


@pytest.mark.parametrize(("doc_id", "question"), ANSWERABLE)
async def test_what_answers_is_above_the_floor(
    sample: KnowledgeBase, doc_id: str, question: str
) -> None:
    """
    The article that answers a question comes first, with a score that makes it evidence.
    """
    best = (await sample.search(question, limit=5, scope=SCOPE))[0]

    assert best.doc_id == doc_id
    assert best.score >= DEFAULT_FLOOR


@pytest.mark.parametrize("question", OFF_TOPIC)
async def test_an_off_topic_question_stays_below_the_floor(
    sample: KnowledgeBase, question: str
) -> None:
    """
    Whatever is found for a question from elsewhere is no evidence.
    """
    found = await sample.search(question, limit=5, scope=SCOPE)

    assert all(p.score < DEFAULT_FLOOR for p in found)
