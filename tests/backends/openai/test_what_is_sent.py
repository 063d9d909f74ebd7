"""What a model's server gets of a ticket, and what it never gets, by what it received."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas import Article, IncomingTicket, ProcessedTicket
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.settings import Settings
from streams.text.placeholders import Placeholders
from tests.support.drafts import RETURN
from tests.support.llm import Call, LlmServer, Say

QUESTION = "I was charged twice for my subscription. When is the duplicate charge returned?"
ARTICLE = Article(
    doc_id="KB-1001",
    title="How a duplicate charge is returned",
    url="https://help.example/duplicate",
    body=f"{RETURN} Write to billing@larkspur.example.",
)
CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111  1111  1111  1111",
    "4111.1111.1111.1111",
    "4111\u00a01111\u00a01111\u00a01111",
    "4111\u200b1111\u200b1111\u200b1111",
    "4111\n1111\n1111\n1111",
    "4111 - 1111 - 1111 - 1111",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "4111\u200e1111\u200e1111\u200e1111",
    "**4111** **1111** **1111** **1111**",
    "4111·1111·1111·1111",
    "41 11 11 11 11 11 11 11",
    "no. 12: 4111 1111 1111 1111",
]
CODES = [", CVC 987", " cvv:9 8 7", " 12/27 987", ", exp. 12/2027, 987", "\nsecurity code is 987"]
SECRETS = [
    ("My password is {}.", "hunter"),
    ("Password: {}", "correcthorse7"),
    ("mein Passwort lautet {}", "Geheim-42!"),
    ("mot de passe : {}", "azerty99"),
    ("The key is {} and it fails.", "sk-abcdefghij0123456789klm"),
    ("Authorization: Bearer {}", "abc123.def456-ghi789"),
    ("https://app.example/reset?token={}&lang=en", "r3s3tme"),
    ("Write to {}, please.", "anna.smith@corp.example"),
    ('{{"user": "bob", "password": "{}"}}', "Geheim42"),
    ("my password {} does not work", "hunter2X"),
    ("**Password:** {}", "Geheim42"),
    ('{{"api_key": "{}"}}', "a1b2c3d4e5"),
    ("curl -u {} https://x.example", "bob:hunter"),
    ("Mon numéro : {}", "06 12 34 56 78"),
    ("Write to {}, please.", "anna.smith @ corp.example"),
    ("Write to {}, please.", "anna.smith (at) corp (dot) example"),
    ("Call {} tomorrow.", "+49 170 1234567"),
    ("Call me at {}.", "5551234567"),
    ("My account is {} at the bank.", "DE89 3704 0044 0532 0130 00"),
    ("My account is {} at the bank.", "de89  3704  0044  0532  0130  00"),
]
BESIDE_CARDS = [
    "My card 5555 5555 5555 4444 (Jane Doe, valid 11/28), secret 737",
    "my three-digit code is 737 and the card is 5555 5555 5555 4444",
    "The cvc you asked for is 737",
    "c.v.c. 737",
    "CVC code for it 737. Card 5555 5555 5555 4444",
    "the 3 digits at the back: 737",
    "CVC steht hinten drauf: 737",
    "5555 5555 5555 4444, gültig bis 11/28, Kontrollnummer 737",
    "le cvc c'est 737",
    "5555 5555 5555 4444, Ms. Jane Doe-Smith, 11/28, 737",
    "卡号 5555 5555 5555 4444 安全码 737",
    "карта 5555 5555 5555 4444 код 737",
]
CREDENTIALS = [
    ("recovery codes: 7f3k-99ab, 8d2l-22cd", "8d2l"),
    ("2FA code: 884 213", "213"),
    ("Password: correct horse battery staple", "battery"),
    ("AKIAIOSFODNN7EXAMPLE and wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "bPxRfi"),
    ("密码是abc12345", "abc12345"),
    ("login: anna / Blumentopf7", "Blumentopf"),
    ("| user | password |\n|---|---|\n| anna | Blumentopf |", "Blumentopf"),
]
NOTE = "Escalated by finance: customer is a known fraudster, do not refund."


@pytest.fixture
async def parts(request: pytest.FixtureRequest) -> AsyncIterator[tuple[LlmServer, Assembly]]:
    """Return a server and a pipeline that asks it, to point or in the way that a test names."""
    async with LlmServer() as llm:
        chosen = Settings(
            llm="openai",
            openai_base_url=llm.url,
            openai_model="test-model",
            drafts=getattr(request, "param", "pointed"),
        )
        base = EmbeddedKnowledge()
        await base.put([ARTICLE])
        async with Assembly(chosen, base) as made:
            yield llm, made


async def processed(parts: Assembly, message: str, **fields: Any) -> ProcessedTicket:
    """Take a ticket through all stages."""
    ticket = {"ticket_id": "T-1", "raw_message": message, "customer_name": "Anna Smith", **fields}
    event: Any = IncomingTicket.model_validate(ticket)
    for stage in parts.route.stages:
        event = await stage.run(event)
    found: ProcessedTicket = event
    return found


def plain(text: str) -> str:
    """Return *text* without anything but letters and digits."""
    return re.sub(r"[\W_]", "", text).casefold()


def received(llm: LlmServer) -> list[str]:
    """Return the decoded words of each request but those of public articles and instructions."""
    bodies = []
    for call in llm.calls:
        body = json.loads(json.dumps(call.body))
        body["messages"] = [m for m in body["messages"] if m["role"] != "system"]
        given = dict(Call(body, {}, 0.0).given)
        given.pop("passages", None)
        given.pop("lines", None)
        body["messages"][0]["content"] = json.dumps(given, ensure_ascii=False)
        texts = [str(message["content"]) for message in body.pop("messages")]
        bodies.append("\n".join((*texts, json.dumps(body, ensure_ascii=False))))
    return bodies


def everywhere(words: str) -> dict[str, Any]:
    """Return fields of a ticket with *words* in all places where a customer's may be."""
    return {
        "subject": words.replace("\n", " "),
        "previous_messages": [
            {"role": "customer", "text": f"Hello. {words}"},
            {"role": "agent", "text": f"You wrote: {words}"},
        ],
        "attachments": [{"name": words.replace("\n", " "), "text": words}],
        "metadata": {"note": words},
    }


async def sent(parts: tuple[LlmServer, Assembly], words: str) -> str:
    """Return what the server gets of a ticket that has *words* wherever a customer's may be."""
    llm, made = parts
    llm.calls.clear()
    await processed(made, f"{QUESTION} {words}\nThank you.", **everywhere(words))
    assert [call.schema_name for call in llm.calls] == ["triage", "drafting"]
    bodies = received(llm)
    assert all("charged twice" in body for body in bodies)
    return plain("".join(bodies))


@pytest.mark.parametrize("code", CODES)
async def test_no_card_number_and_no_code(parts: tuple[LlmServer, Assembly], code: str) -> None:
    """
    However a number is spaced, and wherever it stands, neither call has it, nor the code beside it.
    """
    for card in CARDS:
        body = await sent(parts, f"My card: {card}{code}")
        assert ("4111" in body, "987" in body) == (False, False), card


@pytest.mark.parametrize("parts", ["pointed", "written"], indirect=True)
async def test_no_secret_and_no_address(parts: tuple[LlmServer, Assembly]) -> None:
    """
    Passwords, keys, tokens, e-mail addresses, telephone numbers and IBANs stay here.
    """
    for sentence, secret in SECRETS:
        words = sentence.format(secret)
        assert plain(secret) not in await sent(parts, words), words


async def test_no_code_among_other_words(parts: tuple[LlmServer, Assembly]) -> None:
    """
    Neither call has the code of a card or its date, whatever words are around them.
    """
    for words in BESIDE_CARDS:
        body = await sent(parts, words)
        assert ("737" in body, "1128" in body) == (False, False), words


async def test_no_password_in_a_list_or_a_table(parts: tuple[LlmServer, Assembly]) -> None:
    """
    Each part of a password and each code of a list stays here.
    """
    llm, made = parts
    for words, secret in CREDENTIALS:
        llm.calls.clear()
        await processed(made, f"{QUESTION}\n{words}\nThank you.")
        assert len(llm.calls) == 2
        assert not any(plain(secret) in plain(body) for body in received(llm)), words


async def test_no_code_in_another_text_than_its_card(parts: tuple[LlmServer, Assembly]) -> None:
    """
    A card in the subject and a code in the message belong together, and so does a reply.
    """
    llm, made = parts
    asked = {"role": "agent", "text": "What is the CVC of your card?"}
    await processed(made, f"It is 737. {QUESTION}", previous_messages=[asked])
    assert "737" not in received(llm)[-1]
    llm.calls.clear()
    await processed(made, f"{QUESTION} And 737.", subject="My card: 5555 5555 5555 4444")
    assert len(llm.calls) == 2
    assert not any("737" in body for body in received(llm))


async def test_no_secret_as_language_or_role(parts: tuple[LlmServer, Assembly]) -> None:
    """
    Of a language its tag is sent, of a role a known one; else "und" and "other".
    """
    llm, made = parts
    roles = ["agent: 4111111111111111", "Customer", "bot"]
    earlier = [{"role": role, "text": "Hello."} for role in roles]
    await processed(made, QUESTION, language="pw-Geheim42", previous_messages=earlier)
    assert [call.given["ticket"]["language"] for call in llm.calls] == ["und", "und"]
    sent = llm.calls[-1].given["ticket"]["earlier"]
    assert [message["role"] for message in sent] == ["other", "customer", "bot"]
    assert not any("4111" in body or "Geheim" in body for body in received(llm))


@pytest.mark.parametrize("parts", ["pointed", "written"], indirect=True)
async def test_no_internal_note(parts: tuple[LlmServer, Assembly]) -> None:
    """
    What colleagues wrote to one another is for no model; earlier public messages are sent.
    """
    llm, made = parts
    notes = [{"role": role, "visibility": "internal", "text": NOTE} for role in ("agent", "bot")]
    seen = {"role": "agent", "text": "We look into it."}
    await processed(made, QUESTION, previous_messages=[*notes, seen])
    assert not any("fraudster" in body for body in received(llm))
    assert llm.calls[-1].given["ticket"]["earlier"] == [
        {"role": "agent", "text": "We look into it."}
    ]


@pytest.mark.parametrize("visibility", ["secret", "staff", "Internal", "not public", "pubic"])
async def test_no_message_of_unknown_visibility(
    parts: tuple[LlmServer, Assembly], visibility: str
) -> None:
    """
    Only what is said to be public is sent; a word that nobody knows does not say so.
    """
    llm, made = parts
    earlier = [
        {"role": "agent", "visibility": visibility, "text": NOTE},
        {"role": "agent", "visibility": "public", "text": "We look into it."},
    ]
    await processed(made, QUESTION, previous_messages=earlier)
    assert len(llm.calls) == 2
    assert not any("fraudster" in body for body in received(llm))
    assert "We look into it." in received(llm)[-1]


async def test_no_secret_in_a_channel(parts: tuple[LlmServer, Assembly]) -> None:
    """
    What publishers call a channel may be an address.
    """
    llm, made = parts
    await processed(made, QUESTION, channel="mail from anna.smith@corp.example, +49 170 1234567")
    assert llm.calls[0].given["ticket"]["channel"] == "mail from <EMAIL_1>, <PHONE_1>"


async def test_queries_without_placeholders(parts: tuple[LlmServer, Assembly]) -> None:
    """
    What a model wants looked for has neither an address nor what stood for it.
    """
    llm, made = parts
    incoming = IncomingTicket.model_validate(
        {
            "ticket_id": "T-1",
            "raw_message": f"Please write to me at anna.smith@corp.example soon. {QUESTION}",
        }
    )
    event: Any = incoming
    for stage in made.route.stages[:1]:
        event = await stage.run(event)
    queries = event.reading.queries
    assert "<EMAIL_1>" in llm.calls[0].given["ticket"]["text"]
    assert "Please write to me at soon." in queries
    assert not any("<" in query for query in queries)


@pytest.mark.parametrize("parts", ["pointed", "written"], indirect=True)
async def test_no_name_and_no_address(parts: tuple[LlmServer, Assembly]) -> None:
    """
    Not even an address without a domain, where the customer repeats it.
    """
    llm, made = parts
    await processed(
        made,
        f"{QUESTION} I sign in as ANNA+x@corp-intern.",
        customer_name="Anna Verylongname",
        customer_email="anna+x@corp-intern",
        customer_id="C-4711",
    )
    for body in received(llm):
        assert not re.search(r"Verylongname|anna|intern|4711", body, re.I)


@pytest.mark.parametrize("parts", ["pointed", "written"], indirect=True)
async def test_nothing_more_at_a_second_try(parts: tuple[LlmServer, Assembly]) -> None:
    """
    An answer that is repaired, and a message that is shortened, are as free of secrets.
    """
    llm, made = parts
    llm.next(Say.nonsense(), Say.answer(), Say.too_long())
    words = "My card: 4111 1111 1111 1111, CVC 987"
    await processed(made, f"{QUESTION} {words}", **everywhere(words))
    assert len(llm.calls) == 4
    assert not any("4111" in plain(body) or "987" in plain(body) for body in received(llm))


@pytest.mark.parametrize("length", [15_980, 15_990, 16_000, 3_990, 23_995])
async def test_nothing_of_a_secret_that_a_limit_cuts(
    parts: tuple[LlmServer, Assembly], length: int
) -> None:
    """
    A number that begins before the longest text that a model reads, and ends behind it, is none.
    """
    llm, made = parts
    llm.next(Say.too_long(), Say.answer(), Say.too_long())
    before = (QUESTION + " " + "so it is " * 4_000)[: length - 1] + " "
    await processed(made, f"{before}4111 1111 1111 1111 and so on, " + "so it is " * 1_000)
    assert llm.calls
    assert not any("4111" in body for body in received(llm))


async def test_nothing_else_waits_for_the_search(
    parts: tuple[LlmServer, Assembly], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What a ticket hides is looked for in a thread, at a second try too.
    """
    llm, made = parts
    threads = []
    hide = Placeholders.hide

    def noted(hidden: Placeholders, text: str, *, longest: int, own: bool = True) -> str:
        threads.append(threading.current_thread())
        return hide(hidden, text, longest=longest, own=own)

    monkeypatch.setattr(Placeholders, "hide", noted)
    llm.next(Say.too_long(), Say.answer(), Say.too_long())
    await processed(made, QUESTION)
    assert len(llm.calls) == 4
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("parts", ["pointed", "written"], indirect=True)
async def test_public_articles_are_sent_as_they_are(parts: tuple[LlmServer, Assembly]) -> None:
    """
    An address of ours in an article is part of the answer.
    """
    llm, made = parts
    await processed(made, QUESTION)
    given = llm.calls[-1].given
    read = given.get("lines") or given["passages"][0]["text"]
    assert "billing@larkspur.example" in read


@pytest.mark.parametrize("parts", ["pointed", "written"], indirect=True)
async def test_what_the_model_reads_otherwise(parts: tuple[LlmServer, Assembly]) -> None:
    """
    Nothing but what the privacy page lists.
    """
    llm, made = parts
    await processed(made, QUESTION, subject="Charged twice", channel="email")
    triage, drafting = (call.given for call in llm.calls)
    assert set(triage) == {"ticket"}
    assert set(triage["ticket"]) == {"subject", "text", "language", "channel"}
    of_articles = drafting.keys() - {"today", "ticket"}
    assert of_articles in ({"lines", "questions"}, {"passages"})
    assert set(drafting["ticket"]) == {"created_at", "subject", "text", "language", "earlier"}
    assert set(drafting.get("passages", [{}])[0]) in (set(), {"doc_id", "title", "text"})


@pytest.mark.parametrize("parts", ["written"], indirect=True)
async def test_what_is_the_customers_own_is_put_back(parts: tuple[LlmServer, Assembly]) -> None:
    """
    A model may speak of an address by its placeholder; of a card number nobody may speak.
    """
    llm, made = parts
    said = "Is <EMAIL_1> the account? Is <CARD_1> the card? And <EMAIL_9>?"
    body = "A duplicate charge is always returned in full [KB-1001]."
    llm.next(
        Say.answer(),
        Say.answer_with(
            {"body": f"{body} {said}", "tone": "formal", "unanswered": ["what <PHONE_1> is"]}
        ),
    )
    ticket = await processed(
        made,
        f"{QUESTION} I am anna@corp.example, +49 170 1234567, card 4111 1111 1111 1111.",
    )
    assert "Is anna@corp.example the account? Is ••• the card? And •••?" in ticket.answer_draft.body


@pytest.mark.parametrize("parts", ["written"], indirect=True)
@pytest.mark.parametrize("literal", ["", " I see <EMAIL_1> and <PHONE_1>."])
async def test_what_an_agent_wrote_is_not_put_back(
    parts: tuple[LlmServer, Assembly], literal: str
) -> None:
    """
    A draft has no address of an agent's, not even if the customer writes what stands for it.
    """
    llm, made = parts
    placeholders = " ".join(f"<EMAIL_{n}> <PHONE_{n}>" for n in range(1, 5))
    body = f"A duplicate charge is always returned in full [KB-1001]. See {placeholders}."
    llm.next(
        Say.answer(),
        Say.answer_with({"body": body, "tone": "formal", "unanswered": [placeholders]}),
    )
    earlier = [{"role": "agent", "text": "I am ben@corp.example, +49 170 7654321."}]
    ticket = await processed(made, f"{QUESTION}{literal}", previous_messages=earlier)
    assert "[KB-1001]" in ticket.answer_draft.body
    assert "•••" in ticket.answer_draft.body
    assert "ben@" not in ticket.model_dump_json()
    assert "7654321" not in ticket.model_dump_json()
