"""Policy: the verdict on a draft, the user's rules, and what travels on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import (
    DraftedTicket,
    Finding,
    IncomingTicket,
    Meta,
    PolicyCheck,
    PreviousMessage,
    ProcessedTicket,
    Reading,
)
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.embedded.writer import EmbeddedWriter
from streams.definitions.policy_rules import Escalate, Policy, Rule, load_policy
from streams.definitions.taxonomy import load_taxonomy
from streams.drafting import draft
from streams.off_loop import THREAD_NAME
from streams.policy import check_draft
from streams.reading.long_ticket import LONG
from tests.support.drafts import RETURN, VOICE, a_drafted, a_grounded, a_passage

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
QUOTE = "A duplicate charge is always returned in full [KB-1001]."
POLICY = load_policy()
_MACHINE = {"auto_submitted": "auto-replied"}


async def _processed(ticket: DraftedTicket, policy: Policy = POLICY) -> ProcessedTicket:
    return await check_draft(ticket, policy=policy, voice=VOICE, now=lambda: NOW)


async def _verdict(
    body: str = QUOTE, text: str = RETURN, policy: Policy = POLICY, **more: Any
) -> PolicyCheck:
    ticket = a_drafted(body, a_passage(text), **more)
    return (await _processed(ticket, policy)).policy_check


async def test_a_quote_passes() -> None:
    """
    A draft that quotes what was found may be sent as it is.
    """
    assert await _verdict() == PolicyCheck(
        refund_promise=False,
        sla_mentioned=False,
        escalation_needed=False,
        compliance="passed",
        issues=None,
    )


@pytest.mark.parametrize("length", [LONG - 1, LONG])
async def test_a_long_ticket_is_checked_elsewhere(length: int) -> None:
    """
    What policy looks for in a long message does not hold up the event loop.
    """
    threads: list[str] = []

    def now() -> datetime:
        threads.append(threading.current_thread().name)
        return NOW

    ticket = a_drafted(QUOTE, a_passage(RETURN))
    incoming = ticket.ticket.model_copy(update={"raw_message": "x" * length})
    await check_draft(
        ticket.model_copy(update={"ticket": incoming}), policy=POLICY, voice=VOICE, now=now
    )

    assert {name.startswith(THREAD_NAME) for name in threads} == {length >= LONG}


@pytest.mark.parametrize(
    ("more", "compliance", "escalated"),
    [
        ({"triage": {"priority": "P1"}}, "passed", True),
        ({"triage": {"confidence": 0.1}}, "warning", True),
        ({"signals": ("legal_threat",)}, "warning", True),
        ({"signals": ("security_report",)}, "warning", True),
        ({"signals": ("injection",)}, "warning", True),
        ({"signals": ("outage",)}, "passed", False),
        ({"signals": ("card_number",)}, "warning", False),
        ({"triage": {"sentiment": "frustrated"}, "ticket": {"revision": 1}}, "passed", False),
        ({"triage": {"sentiment": "frustrated"}, "ticket": {"revision": 2}}, "warning", True),
        ({"ticket": {"revision": 2}}, "passed", False),
        ({"meta": Meta(degraded=("drafting",))}, "warning", True),
        ({"unanswered": ("why",)}, "warning", True),
        ({"body": "Thank you for your message."}, "warning", True),
        ({"body": "Could you tell us more?", "kind": "empty"}, "warning", True),
        ({"body": "You are welcome!", "kind": "thanks"}, "passed", False),
        ({"body": "You are welcome!", "kind": "thanks", "triage": {"confidence": 0}}, "passed", 0),
        ({"body": "No answer is needed.", "kind": "auto_reply"}, "failed", True),
        ({"body": "No.", "kind": "auto_reply", "ticket": {"metadata": _MACHINE}}, "failed", False),
        ({"body": ""}, "failed", True),
    ],
)
async def test_what_happens_when(more: dict[str, Any], compliance: str, escalated: bool) -> None:
    """
    Outages, doubts, threats and gaps escalate; what cannot be sent as it is never passes.
    """
    found = await _verdict(**more)

    assert (found.compliance, found.escalation_needed) == (compliance, escalated)
    assert (found.issues is None) == (compliance == "passed" and not escalated)


@pytest.mark.parametrize("type_", ["language_mismatch", "holding_answer"])
async def test_findings_of_drafting(type_: str) -> None:
    """
    A holding answer, or one in another language, is looked at first.
    """
    meta = Meta(findings=(Finding(type=type_, message="So it is."),))

    assert (await _verdict(meta=meta)).compliance == "warning"


@pytest.mark.parametrize(
    "sentence",
    [
        "We will refund you the second charge.",
        "Your refund has been approved.",
        "You will receive a full refund.",
        "I have refunded the amount.",
        "We'll credit your account.",
        "We will send your money back.",
        "A full refund of 5,000 USD has been approved.",
        "Your refund approved.",
    ],
)
async def test_refund_promises(sentence: str) -> None:
    """
    Words that commit the company to a refund, and are no line, are a promise: not to be sent.
    """
    found = await _verdict(f"{sentence} {QUOTE}")

    assert found.refund_promise
    assert found.escalation_needed
    assert found.compliance == "failed"


@pytest.mark.parametrize(
    "sentence",
    [
        "Refunds are possible for new customers.",
        "An approved refund goes to the original payment method.",
        "A duplicate charge is always returned in full.",
        "We cannot pay a refund to a different card.",
        "You will receive a refund if you cancel on the first day.",
        "Unused seats are not refunded.",
        "The billing team decides on refund requests.",
    ],
)
async def test_quoting_the_refund_policy(sentence: str) -> None:
    """
    Quoting what the refund policy says promises nothing.
    """
    found = await _verdict(f"{sentence[:-1]} [KB-1001].", sentence, kind="thanks")

    assert not found.refund_promise
    assert found.compliance == "passed"


async def test_a_quoted_policy_is_no_promise() -> None:
    """
    A rule applies to lines of articles only if it says so: what an article says is no promise.
    """
    line = "We will refund you a duplicate charge within 5 business days."

    found = await _verdict(f"{line[:-1]} [KB-1001].", f"{RETURN}\n{line}", kind="thanks")

    assert not found.refund_promise
    assert found.sla_mentioned
    assert found.compliance == "passed"


@pytest.mark.parametrize(
    ("sentence", "mentioned"),
    [
        ("The money arrives in 5 to 10 business days.", True),
        ("A reset link is valid for 60 minutes.", True),
        ("Our SLA applies.", True),
        ("The check is done by tomorrow.", True),
        ("The transfer is done within a day.", True),
        ("The check takes about an hour.", True),
        ("The check takes one week.", True),
        ("A seat costs 12 dollars a month.", False),
        ("You may send 60 requests a minute.", False),
        ("Open version 6.4 of the app.", False),
        ("The plan allows 12 seats.", False),
    ],
)
async def test_timelines(sentence: str, mentioned: bool) -> None:
    """
    A time that the draft names is flagged, which alone is no reason to hold it.
    """
    found = await _verdict(f"{sentence[:-1]} [KB-1001].", sentence, kind="thanks")

    assert found.sla_mentioned is mentioned
    assert found.compliance == "passed"


@pytest.mark.parametrize(
    "body",
    [
        "A duplicate charge is always returned in full [KB-9999].",
        "The money arrives in 2 business days [KB-1001].",
        "Your boards were restored.",
        f"{QUOTE} Write to anna@corp.example.",
        f"{QUOTE} Is your card 4111 1111 1111 1111?",
        f"{QUOTE} Is your IBAN DE89 3704 0044 0532 0130 00?",
        f"{QUOTE} Please let us know on +44 20 7946 0321.",
        f"{QUOTE} Here is how: https://evil.example/pay",
        f"{QUOTE} Please send us your password.",
        f"{QUOTE} Hello {{{{name}}}}.",
        f"{QUOTE} As an AI, I hope this helps.",
    ],
)
async def test_what_must_not_be_sent(body: str) -> None:
    """
    Foreign citations, unsupported claims, personal data, links and placeholders fail.
    """
    assert (await _verdict(body)).compliance == "failed"


async def test_placeholder_in_the_closing() -> None:
    """
    Greeting and closing are looked at as well.
    """
    assert (await _verdict(closing="Regards,\n[Your Name]")).compliance == "failed"
    assert (await _verdict(greeting="Hi Your refund approved,")).refund_promise
    assert (await _verdict(closing="We will refund you.\nBye")).refund_promise


@pytest.mark.parametrize(
    ("scores", "compliance", "escalated"),
    [
        ((0.9, 0.5), "passed", False),
        ((0.9, 0.49), "warning", False),
        ((0.49, 0.3), "warning", True),
    ],
)
async def test_thin_evidence(scores: tuple[float, ...], compliance: str, escalated: bool) -> None:
    """
    An operator may ask that each cited article bears clearly on the message; else it is looked at.
    """
    lines = (
        "A duplicate charge is always returned in full",
        "Larkspur checks for duplicate charges every day and normally starts the return of a"
        " duplicate within 48 hours",
    )
    passages = [a_passage(doc_id=f"KB-{n}", score=score) for n, score in enumerate(scores)]
    body = " ".join(f"{line} [{p.doc_id}]." for line, p in zip(lines, passages, strict=True))

    policy = POLICY.model_copy(update={"min_evidence": 0.5})

    found = (await _processed(a_drafted(body, *passages), policy)).policy_check

    assert (found.compliance, found.escalation_needed) == (compliance, escalated)
    assert any(i.startswith("Thin evidence") for i in found.issues or ()) is (
        compliance == "warning"
    )


async def test_card_data_is_not_repeated() -> None:
    """
    What the customer asked in vain is listed without his card, its code, and his account.
    """
    asked = "Charge 5500-0055-5555-5559 cvc 123 or IBAN DE89370400440532013000, please"

    made = await _processed(a_drafted(QUOTE, a_passage(), unanswered=(asked,)))

    assert made.assist is not None
    assert made.assist.unanswered == ("Charge ••• ••• or IBAN •••, please",)


_DANGER = [
    "I want to kill myself.",
    "I am going to kill you.",
    "I know where you live!",
    "Ich will mich umbringen.",
    "Je veux me suicider.",
    "Quiero suicidarme.",
    "Voglio uccidermi, non ce la faccio.",
    "Ik denk aan zelfmoord.",
    "Quero morrer.",
]


@pytest.mark.parametrize(
    ("said", "rule", "more"),
    [
        *((said, "person-in-danger", {}) for said in _DANGER),
        ("You promised me a refund.", "alleged-promise", {}),
        ("Jenny told me\nmy refund is approved.", "alleged-promise", {}),
        ("Ihr Kollege hat es mir versprochen.", "alleged-promise", {}),
        ("On m'a promis un remboursement.", "alleged-promise", {}),
        ("Me prometieron la devolución.", "alleged-promise", {}),
        ("Mi hanno promesso il rimborso.", "alleged-promise", {}),
        ("Dat is mij beloofd.", "alleged-promise", {}),
        ("Prometeram-me um reembolso.", "alleged-promise", {}),
        ("This is my third mail.", "frustrated-again", {"triage": {"sentiment": "frustrated"}}),
        ("It still does not work.", "frustrated-again", {"triage": {"sentiment": "frustrated"}}),
        ("Schon wieder!", "frustrated-again", {"triage": {"sentiment": "frustrated"}}),
    ],
)
async def test_what_the_customer_says(said: str, rule: str, more: dict[str, Any]) -> None:
    """
    Danger, alleged promises and angry reminders are for a person, whatever the draft says.
    """
    (wanted,) = (r.message for r in POLICY.rules if r.id == rule)

    made = await _processed(a_drafted(QUOTE, a_passage(), text=said, **more))

    assert wanted in (made.policy_check.issues or ())
    assert made.policy_check.compliance == "warning"
    assert made.policy_check.escalation_needed


@pytest.mark.parametrize(
    "said",
    [
        "How do I kill a running process?",
        "When do I know that my refund is approved?",
        "This is my third mail, thank you for your help.",
        "It is not down again, I only ask.",
    ],
)
async def test_what_a_customer_may_say(said: str) -> None:
    """
    Words that only look like danger, a promise or an angry reminder hold up no draft.
    """
    looks_like = {r.message for r in POLICY.rules if r.applies_to == "reading"}

    made = await _processed(a_drafted(QUOTE, a_passage(), text=said))

    assert not looks_like & set(made.policy_check.issues or ())


@pytest.mark.parametrize("said", _DANGER)
async def test_danger_comes_first(said: str) -> None:
    """
    What the policy takes for danger to a person, triage makes P1.
    """
    ticket = IncomingTicket(ticket_id="1", raw_message=said)
    found = await EmbeddedClassifier(load_taxonomy()).classify(ticket, Reading(text=said))

    assert found.priority == "P1"


async def test_what_the_passage_has_may_be_quoted() -> None:
    """
    An address that the cited article gives is not personal data.
    """
    text = "Write to billing@corp.example or call +44 20 7946 0321 today."

    assert (await _verdict(f"{text[:-1]} [KB-1001].", text)).compliance == "passed"


async def test_a_list_of_citations_that_is_not_the_drafts() -> None:
    """
    Citations beside the draft that the draft does not make are found.
    """
    assert (await _verdict(citations=())).compliance == "failed"


async def test_internal_notes() -> None:
    """
    A draft that repeats a note that is not the customer's must not be sent.
    """
    words = "this customer has asked for the same thing three times since August"
    note = PreviousMessage(role="agent", visibility="internal", text=words)
    said = PreviousMessage(role="customer", text=words)
    body = f"I see that {words}. {QUOTE}"

    hidden = await _verdict(body, ticket={"previous_messages": (note,)})
    public = await _verdict(body, ticket={"previous_messages": (said,)}, text=RETURN)

    assert "The draft quotes an internal note." in (hidden.issues or ())
    assert "The draft quotes an internal note." not in (public.issues or ())


@settings(deadline=None)
@given(st.text(max_size=80))
async def test_issues_never_repeat_the_customer(text: str) -> None:
    """
    Issues are made of our own words: the same for any customer text of one fault.
    """
    found = await _verdict(f"Zanzibar {text.strip()} boats sank 77 [KB-1001].")

    assert not any("Zanzibar" in issue for issue in found.issues or ())


async def test_the_embedded_writers_drafts_pass() -> None:
    """
    What the embedded writer quotes is supported by what it quotes from.
    """
    drafted = await draft(a_grounded(a_passage()), writer=EmbeddedWriter(), voice=VOICE)

    assert (await _processed(drafted)).policy_check.compliance == "passed"


@pytest.mark.parametrize(("kind", "wanted"), [("thanks", "passed"), ("empty", "warning")])
async def test_the_embedded_writers_other_answers(kind: str, wanted: str) -> None:
    """
    The embedded writer's own sentences claim nothing.
    """
    drafted = await draft(a_grounded(kind=kind), writer=EmbeddedWriter(), voice=VOICE)

    assert (await _processed(drafted)).policy_check.compliance == wanted


async def test_a_holding_answer_is_escalated() -> None:
    """
    When nothing relevant is known, a person takes over, and the draft does not pass.
    """
    drafted = await draft(a_grounded(), writer=EmbeddedWriter(), voice=VOICE)
    found = (await _processed(drafted)).policy_check

    assert (found.compliance, found.escalation_needed) == ("warning", True)
    assert not found.refund_promise
    assert not found.sla_mentioned


# What comes out


async def test_what_readers_need() -> None:
    """
    The result has the ticket's ids, what a support agent wants beside, and who decided when.
    """
    ticket = {"message_id": "m-1", "revision": 3, "metadata": {"k": "v"}}
    out = await _processed(
        a_drafted(QUOTE, a_passage(), ticket=ticket, unanswered=("why",), signals=("outage",))
    )

    assert (out.ticket_id, out.message_id, out.revision) == ("T-1", "m-1", 3)
    assert (out.timestamp, out.metadata) == (NOW, {"k": "v"})
    assert out.assist
    assert (out.assist.unanswered, out.assist.signals) == (("why",), ("outage",))
    assert out.meta
    assert out.meta.stages["policy"].version == POLICY.version
    assert "passages" not in out.model_dump()


async def test_unknown_fields_travel_on() -> None:
    """
    What an older worker does not know stays, and never replaces what it knows.
    """
    made = a_drafted(QUOTE, a_passage(), ticket={"shop": "north", "policy_check": "mine"})
    newer = DraftedTicket.model_validate({**made.model_dump(), "mood": "green"})

    out = (await _processed(newer)).model_dump()

    assert (out["shop"], out["mood"]) == ("north", "green")
    assert out["policy_check"]["compliance"] == "passed"
    assert "unanswered" not in out


async def test_the_users_rules_apply() -> None:
    """
    A user's phrase sets the effects that it names, with the user's message.
    """
    rule = Rule(id="gush", message="Gushes.", effects=("warning",), phrases=("so much",))
    escalate = Escalate(priorities=(), categories=("Billing",))
    policy = Policy(version="9", escalate=escalate, rules=(rule,))

    found = await _verdict(f"Thank you so\nmuch. {QUOTE}", policy=policy)
    other = await _verdict(f"Thank you so  much! {QUOTE}", policy=policy, triage={"priority": "P1"})

    assert "Gushes." not in (found.issues or ())  # two lines are two sentences
    assert (other.compliance, other.escalation_needed) == ("warning", True)
    assert "Gushes." in (other.issues or ())


GERMAN = (
    "Eine doppelte Abbuchung wird immer in voller Höhe zurückerstattet, und das Geld ist nach "
    "5 bis 10 Werktagen auf Ihrem Konto [KB-1001]."
)


async def test_a_draft_in_another_language_than_its_sources() -> None:
    """
    Its words cannot be compared, so a person must; it does not fail for being a translation.
    """
    verdict = (await _processed(a_drafted(GERMAN, a_passage()))).policy_check
    assert (verdict.compliance, verdict.escalation_needed) == ("warning", True)
    assert "The draft is in another language than its sources: compare them." in (
        verdict.issues or ()
    )


@pytest.mark.parametrize(
    "body", [GERMAN.replace("10", "90"), GERMAN.replace(" [KB-1001]", "")], ids=["number", "none"]
)
async def test_numbers_and_citations_are_compared_in_any_language(body: str) -> None:
    """
    A number that no source has fails in every language, and so does a claim without a source.
    """
    verdict = (await _processed(a_drafted(body, a_passage()))).policy_check
    assert verdict.compliance == "failed"


@pytest.mark.parametrize(
    ("asked", "compliance"),
    [
        ("What does LK-500 mean?", "passed"),
        ("What does error 500 mean?", "passed"),
        ("What does LK-999 mean?", "warning"),
        ("What does lk-999 mean?", "warning"),
        ("What does error 999 mean?", "warning"),
        ("My invoice LKI-2026-081442 shows the error LK-500.", "passed"),
    ],
)
async def test_codes_that_nothing_cited_has(asked: str, compliance: str) -> None:
    """
    Whoever asks for an error code that no cited passage has gets to a person first.
    """
    source = "The error LK-500 means that something unexpected happened."
    cites = "The error LK-500 means that something unexpected happened [KB-1001]."

    ticket = a_drafted(cites, a_passage(source), text=asked)
    found = (await _processed(ticket)).policy_check

    assert (found.compliance, found.escalation_needed) == (compliance, compliance == "warning")


_TRASH = "Deleted boards go to the trash and can be restored from there"
_ROW = "Plan: Business; Items stay in the trash for: 60 days"


@pytest.mark.parametrize(
    ("asked", "quoted", "compliance"),
    [
        ("I deleted my board 61 days ago. Can it be restored?", _TRASH, "warning"),
        ("I deleted a board on Business. Is it in the trash after 61 days?", _ROW, "passed"),
        ("How long do boards stay in the trash?", _TRASH, "warning"),
        ("How long do boards stay in the trash?", _ROW, "passed"),
        ("Can my board be restored?", _TRASH, "passed"),
        ("What is the largest file I can upload?", "Uploads fail above 25 MB in forms", "warning"),
        ("What is the largest file I can upload?", "Plan: Team; Largest file: 9 MB", "passed"),
        ("What is the API rate limit?", "The error LK-429 means too many requests", "warning"),
        ("What is the API rate limit?", "The API rate limit is 60 requests", "passed"),
        ("How many guests can I invite?", "Guests can be invited by admins", "warning"),
        ("How much is a seat, and is 12 dollars right?", "A seat needs a member", "warning"),
    ],
)
async def test_a_number_that_decides(asked: str, quoted: str, compliance: str) -> None:
    """
    A draft without the number that the question turns on is looked at first.
    """
    passage = a_passage(
        f"{quoted}.", title="Restore boards from the trash; upload and API rate limits"
    )
    ticket = a_drafted(f"{quoted} [KB-1001].", passage, text=asked)

    assert (await _processed(ticket)).policy_check.compliance == compliance


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (f"{QUOTE} It takes a day [KB-9999, KB-8888].", {}),
        (f"{QUOTE} It takes a day (KB-9999) [KB-1001].", {}),
        (QUOTE, {"closing": "Your plan includes 500 boards [KB-1001]."}),
        (QUOTE, {"closing": "Your plan includes 500 boards.\nSupport Team"}),
        (QUOTE, {"greeting": "Hi John, the Enterprise plan costs 3 dollars,"}),
        (QUOTE, {"closing": "All the best, " + "and so on " * 40}),
        (f"{QUOTE} See [KB-1001](javascript:alert(1)).", {}),
        (f"{QUOTE} <script>alert(1)</script> [KB-1001].", {}),
    ],
)
async def test_what_no_check_of_citations_would_see(body: str, more: dict[str, str]) -> None:
    """
    Claims outside the body, ids in other forms and markup fail.
    """
    verdict = (await _processed(a_drafted(body, a_passage(), **more))).policy_check
    assert verdict.compliance == "failed"
