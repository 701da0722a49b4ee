"""A device that tracks an answer elsewhere than its request: zones by interface, or one of the two
not at all.

[client] - (r1) - [fw] - (r2) - [server]: the requests pass fw, the answers stop there.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule, Match
from tests.analysis.diagnosis.built_findings import FLOW, STATEFUL, Scene, port, rule, state
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Hypothesis

WAYS = ("client r1 fw r2 server", "server r2 fw r1 client")
UDP = Flow.parse("udp 10.0.1.20:40000 > 10.0.2.10:5060")
KEEPS = (rule("accept", state("established", "related")), rule("accept", port(5060), state("new")))
RAW = FilterChain("nft", "inet", "early", "pre", "prerouting", priority=-300, policy="accept")


def early(verdict: str, target: str | None, *matches: Match) -> FilterRule:
    """A rule before connection tracking."""
    made = replace(rule(verdict, *matches), table="early", chain="pre", target=target)
    return replace(made, text=f"{verdict} {target}")


def comes_in(interface: str) -> Match:
    return Match("iif", (interface,))


ZONES = (early("zone", "0x1", comes_in("from-r1")), early("zone", "0x2", comes_in("from-r2")))
SAME = (early("zone", "0x7", comes_in("from-r1")), early("zone", "0x7", comes_in("from-r2")))
HALF = (early("notrack", None, port(443)),)


def scene(*before: FilterRule, flow: Flow = FLOW) -> Scene:
    made = Scene(*WAYS, flow=flow, works=False)
    rules = STATEFUL if flow is FLOW else KEEPS
    chain = FilterChain("nft", "inet", "filter", "forward", "forward", policy="drop")
    placed = [replace(one, position=at) for at, one in enumerate((*before, *rules))]
    made.say("fw", Question.FILTER, chain, RAW, *placed)
    packet = "SYN-ACK" if flow is FLOW else "UDP"
    made.saw("fw", reverse=False, came_in=3, went_out=3).saw("fw", reverse=True, came_in=3)
    return made.dropped("fw", packet, reverse=True).attempt(ConnState.NO_ANSWER)


def best(made: Scene) -> Hypothesis:
    return made.verdict().best.hypothesis


@pytest.mark.parametrize("flow", [FLOW, UDP])
def test_zones_by_interface_part_the_answer_from_its_request(flow: Flow) -> None:
    found = best(scene(*ZONES, flow=flow))
    assert (found.cause, found.guilty_node, found.direction) == (
        Cause.TRANSIT_POLICY_DENY,
        "fw",
        "reverse",
    )
    assert "tracked in zone 1, what comes in on from-r2 in zone 2" in found.summary
    assert "the same zone" in found.fixes[0].commands[0]


def test_requests_that_are_kept_out_of_tracking_have_no_session_for_their_answers() -> None:
    found = best(scene(*HALF))
    assert (found.cause, found.guilty_node, found.direction) == (
        Cause.TRANSIT_POLICY_DENY,
        "fw",
        "reverse",
    )
    assert "keeps the requests out of connection tracking" in found.summary


def test_one_zone_for_both_interfaces_parts_nothing() -> None:
    assert "zone" not in best(scene(*SAME, flow=UDP)).summary


def test_a_zone_of_other_traffic_parts_nothing() -> None:
    other = early("zone", "0x9", comes_in("from-r2"), port(53))
    assert "zone" not in best(scene(other, flow=UDP)).summary
