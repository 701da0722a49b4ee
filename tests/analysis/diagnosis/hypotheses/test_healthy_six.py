"""The same over IPv6: what is healthy and what is not does not depend on the version of IP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Neighbour, Packet
from tests.analysis.diagnosis.facts.test_resets import ANSWER, LATER, RST
from tests.analysis.diagnosis.hypotheses.test_healthy import FAILS, LOST, WELL
from tests.analysis.handshake import came, went
from tests.analysis.topology import Net
from tests.analysis.watched import CLOSED, Watched, surely
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import HEALTHY, Outcome, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

ADDRESSES = {"10.0.1.10": "2001:db8:1::10", "10.0.9.10": "2001:db8:9::10"}
FLOW = "tcp [2001:db8:1::10]:4000 > [2001:db8:9::10]:443"
SERVER = ip_address("2001:db8:9::10")


def six(one: Packet) -> Packet:
    """The same packet between the same ends, over IPv6, which numbers no packets."""
    assert one.flow is not None
    src, dst = (ip_address(ADDRESSES[str(end)]) for end in (one.flow.src, one.flow.dst))
    return replace(
        one, flow=Flow(one.flow.protocol, src, one.flow.sport, dst, one.flow.dport), ip_id=None
    )


def line(*beside: str) -> Net:
    """[c1] -- (r1) -- [s1], and others on the server's wire"""
    net = Net()
    net.link("c1 2001:db8:1::10/64", "r1 2001:db8:1::1/64")
    net.link("r1 2001:db8:9::1/64", "s1 2001:db8:9::10/64", *beside)
    net.route("c1", "default", "2001:db8:1::1")
    net.route("s1", "default", "2001:db8:9::1")
    return net


@dataclass
class WatchedSix(Watched):
    """What each of them captured over IPv6."""

    def found(self, flow: str = FLOW) -> Findings:
        for place in self.places.split():
            seen = (self.at(place, one) for one in (*self.packets, *self.forged))
            self.net.capture(place, *(six(packet) for packets in seen for packet in packets))
        return read(self.net.case(flow))


def judged(
    packets: tuple[Packet, ...], net: Net | None = None, **more: tuple[Packet, ...]
) -> Verdict:
    return WatchedSix(packets, net=net or line(), **more).verdict()


@pytest.mark.parametrize("name", WELL)
def test_what_is_healthy(name: str) -> None:
    assert surely(judged(WELL[name], unheard=(LOST,)))


@pytest.mark.parametrize("name", FAILS)
def test_what_fails_in_the_window_is_not_healthy(name: str) -> None:
    case = FAILS[name]
    verdict = judged(case.packets, unheard=case.unheard, forged=case.forged)
    assert verdict.outcome is not Outcome.HEALTHY
    assert verdict.best.hypothesis.cause not in HEALTHY


def test_a_box_that_answers_what_the_server_says_with_a_reset() -> None:
    net = line()
    opening = [six(one) for one in (CLOSED[0], CLOSED[2], CLOSED[3], LATER)]
    answered = six(CLOSED[1])
    net.capture("c1", *map(went, opening), came(answered))
    flow_count = [end for one in opening for end in (came(one, "eth0"), went(one, "eth1"))]
    made = (came(six(ANSWER), "eth1"), went(six(RST), "eth1"))
    net.capture("r1", *flow_count, came(answered, "eth1"), went(answered, "eth0"), *made)
    net.capture("s1", *map(came, opening), went(answered), went(six(ANSWER)), came(six(RST)))
    found = read(net.case(FLOW))
    assert [one.end for one in found.attempts] == [ConnState.RESET]
    assert found.drop is not None and found.drop.node == "r1"


# --- two machines, one address ---


def doubled(*, near: bool) -> Verdict:
    net = line("s2 2001:db8:9::77/64") if near else line()
    if near:
        net.address("s2", "eth0", "2001:db8:9::10/128")
    else:
        net.link("r9 2001:db8:9::1/64", "s2 2001:db8:9::10/64")
    meets, on = ("r1", "eth1") if near else ("r9", "eth0")
    net.neighbour("s2", "2001:db8:9::1", meets, on=on)
    net.neighbour("r1", "2001:db8:9::10", "s1", interface="eth1")
    return judged(CLOSED, net)


def test_two_holders_on_one_wire_forbid_to_be_sure() -> None:
    verdict = doubled(near=True)
    assert (verdict.outcome, verdict.best.confidence) == (Outcome.INCONCLUSIVE, 0.5)
    assert "s1 and s2 both hold 2001:db8:9::10 on one link" in verdict.best.hypothesis.summary


def test_two_holders_on_different_wires_are_no_matter() -> None:
    assert surely(doubled(near=False))


def test_an_entry_that_is_not_the_senders_forbids_to_be_sure() -> None:
    net = line("s2 2001:db8:9::77/64")
    net.neighbour("r1", "2001:db8:9::10", "s2", interface="eth1")
    server = net.nodes["s1"].macs["eth0"]
    flow_count = [(six(one), one.flow is not None and one.flow.dport == 443) for one in CLOSED]
    at_r1 = []
    for one, forward in flow_count:
        iif, oif = ("eth0", "eth1") if forward else ("eth1", "eth0")
        at_r1 += [
            replace(came(one, iif), ttl=64, source_mac=None if forward else server),
            went(one, oif),
        ]
    net.capture("r1", *at_r1)
    net.capture("c1", *(went(one) if forward else came(one) for one, forward in flow_count))
    net.capture("s1", *(came(one) if forward else went(one) for one, forward in flow_count))
    verdict = judge(read(net.case(FLOW)))
    assert not surely(verdict) and verdict.best.confidence <= 0.5


# --- an entry that only our probe brought to life ---


def looked_at(*states: str) -> Net:
    net = line()
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
    verdict = judged(CLOSED, looked_at("FAILED", "REACHABLE"))
    assert (verdict.outcome, verdict.best.confidence) == (Outcome.INCONCLUSIVE, 0.5)
    assert "was FAILED when the run began and REACHABLE after it" in verdict.best.hypothesis.summary


def test_an_entry_that_was_merely_stale_is_asked_for_anew() -> None:
    assert surely(judged(CLOSED, looked_at("STALE", "DELAY", "REACHABLE")))
