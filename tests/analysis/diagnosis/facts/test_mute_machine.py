"""A machine that answers nobody who asks for its hardware address: our own probes heal the flow for
a while."""

from __future__ import annotations

from ipaddress import ip_address

from collectors.model.evidence import Question
from collectors.model.records import FilterChain, FilterRule, Neighbour
from tests.analysis.spelling import judged
from tests.analysis.topology import Net
from tests.analysis.trace.test_walk import FLOW, line
from tests.analysis.watched import CLOSED, Watched, surely
from workbench.analysis.case.verdict import Cause, Outcome
from workbench.analysis.diagnosis.facts.neighbours.mute import silent_neighbours
from workbench.analysis.evidence.read import read

SERVER = ip_address("10.0.9.10")
DROPS = (
    FilterChain("nft", "arp", "quiet", "early", "input"),
    FilterRule(
        "nft",
        "arp",
        "quiet",
        "early",
        0,
        (),
        "drop",
        handle="4",
        text="arp operation request counter drop",
    ),
)


def looked_at(*states: str) -> Net:
    """[c1] -- (r1) -- [s1]: r1's neighbour entry for the server, look after look"""
    net = line("r1")
    for number, state in enumerate(states):
        mac = None if state in ("FAILED", "INCOMPLETE") else net.nodes["s1"].macs["eth0"]
        net.tell(
            "r1",
            Question.NEIGHBOURS,
            Neighbour(SERVER, "eth1", mac, (state,)),
            sample=f"look {number}",
        )
    return net


def test_an_entry_that_our_probes_brought_to_life_is_no_health() -> None:
    """Why it was missing nobody tells: the flow works now, and that is all."""
    verdict = Watched(CLOSED, net=looked_at("FAILED", "REACHABLE")).verdict()
    assert (verdict.outcome, verdict.best.confidence) == (Outcome.INCONCLUSIVE, 0.5)
    assert "was FAILED when the run began and REACHABLE after it" in verdict.best.hypothesis.summary
    assert verdict.best.hypothesis.would_settle == "another attempt, some minutes after this run"


def test_an_entry_that_was_merely_stale_is_asked_for_anew() -> None:
    assert surely(Watched(CLOSED, net=looked_at("STALE", "DELAY", "REACHABLE")).verdict())


def test_a_server_that_ignores_arp_is_named_with_its_setting() -> None:
    net = looked_at("FAILED", "REACHABLE")
    net.setting("s1", net__ipv4__conf__all__arp_ignore=8, net__ipv4__conf__eth0__arp_ignore=0)
    best = judged(read(net.case(FLOW))).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.SERVER_POLICY_DENY, "s1")
    assert "net.ipv4.conf.all.arp_ignore = 8" in best.summary
    assert best.fixes[0].commands == ("sysctl -w net.ipv4.conf.all.arp_ignore=0",)


def test_a_flow_that_works_only_since_our_probe_is_still_denied() -> None:
    net = looked_at("FAILED", "REACHABLE")
    net.setting("s1", net__ipv4__conf__all__arp_ignore=8)
    verdict = Watched(CLOSED, net=net).verdict()
    assert (verdict.outcome, verdict.best.hypothesis.cause) == (
        Outcome.BROKEN,
        Cause.SERVER_POLICY_DENY,
    )
    assert "as a probe of ours made it do" in verdict.best.hypothesis.summary


def test_an_arp_filter_that_drops_requests_is_named_with_its_rule() -> None:
    net = looked_at("INCOMPLETE")
    net.tell("s1", Question.FILTER, *DROPS)
    best = judged(read(net.case(FLOW))).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.SERVER_POLICY_DENY, "s1")
    assert best.fixes[0].commands == ("nft delete rule arp quiet early handle 4",)


def test_a_setting_that_answers_for_the_address_of_the_link_keeps_nobody_out() -> None:
    net = looked_at("FAILED")
    net.setting("s1", net__ipv4__conf__all__arp_ignore=1)
    causes = [one.hypothesis.cause for one in (judged(read(net.case(FLOW))).best,)]
    assert Cause.SERVER_POLICY_DENY not in causes


def test_a_silent_neighbour_counts_where_we_can_ask_it() -> None:
    assert [hop.name for hop in silent_neighbours(read(looked_at("FAILED").case(FLOW)))] == ["r1"]
    assert not silent_neighbours(read(looked_at("REACHABLE").case(FLOW)))
    down = looked_at("FAILED")
    down.nodes["s1"].silent = True
    assert not silent_neighbours(read(down.case(FLOW)))


def test_ports_of_the_service_are_none_of_our_traceroutes() -> None:
    """With the client's port not known, a traceroute back to the client leaves from the service's
    own port."""
    flow = FLOW.replace(":4000", ":*")
    net = line("r1")
    case = net.case(flow)
    net.tell("s1", Question.TRACE, flow=case.flow.reversed())
    net.tell("c1", Question.TRACE, flow=case.flow.translated(sport=61731))
    assert net.case(flow).traced_from == {61731}
