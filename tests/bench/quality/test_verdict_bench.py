"""The policy stage as benches ask it."""

from __future__ import annotations

from bench.quality.verdict_bench import VerdictBench
from tests.support.draft_cases import a_drafted_case, cases_of, own_twins


async def test_what_becomes_of_a_draft_and_why() -> None:
    """
    A draft passes if no rule keeps it, and the verifier's rules are some of those.
    """
    bench = VerdictBench()
    wrong = await a_drafted_case(cases_of("given")[0])
    good = await a_drafted_case(own_twins()[4])

    assert (await bench.verdict(wrong), await bench.verdict(good)) == ("failed", "passed")
    assert bench.rules(wrong) >= bench.verifier_rules(wrong) > set()
    assert bench.rules(good) == bench.verifier_rules(good) == set()
