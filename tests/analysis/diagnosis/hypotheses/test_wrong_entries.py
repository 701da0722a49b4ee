"""One machine's neighbour entry names the wrong machine: stale_neighbour, and how it differs from
duplicate_gateway."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

from collectors.model.evidence import Question
from collectors.model.records import Interface, Neighbour, ProbeResult
from tests.analysis.diagnosis.built_findings import FLOW, Scene
from tests.analysis.handshake import came, went
from tests.analysis.spelling import judged
from tests.analysis.topology import Net, packet
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Verdict
from workbench.analysis.evidence.read import read

RIGHT, WRONG, OWN = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:01"


def port_of(name: str, mac: str, address: str) -> Interface:
    return Interface(name, 2, mac, 1500, True, addresses=(ip_interface(address),))


def misled(state: str = "PERMANENT", mac: str = WRONG) -> Scene:
    """[client] - (r1) - LAN{server, other}; r1's entry for the server has the MAC of other."""
    scene = Scene("client r1 other", "server r1 client", works=False)
    scene.say("r1", Question.INTERFACES, port_of("to-other", OWN, "10.0.2.1/24"))
    scene.say("server", Question.INTERFACES, port_of("eth0", RIGHT, f"{FLOW.dst}/24"))
    scene.say("other", Question.INTERFACES, port_of("eth0", WRONG, "10.0.2.77/24"))
    scene.at("r1", next_hop=FLOW.dst)
    scene.say("r1", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-other", mac, (state,)))
    return scene.attempt(ConnState.NO_ANSWER)


def test_a_router_sends_the_servers_packets_to_another_machine() -> None:
    best = misled().dropped("other", "SYN").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.STALE_NEIGHBOUR, "other")
    assert (best.hypothesis.decided_by, best.hypothesis.direction) == ("r1", "forward")
    assert best.confidence >= 0.8
    [fix] = best.hypothesis.fixes
    assert (fix.fix_class, fix.device) == ("clear_neighbour", "r1")
    assert fix.commands == (f"ip neigh del {FLOW.dst} dev to-other",)
    assert fix.rollback == (
        f"ip neigh replace {FLOW.dst} dev to-other lladdr {WRONG} nud permanent",
    )


def test_nobody_is_said_to_hold_what_its_own_list_lacks() -> None:
    verdict = misled().dropped("other", "SYN").verdict().as_dict()
    assert "server holds it" in verdict["summary"]
    assert not any("both hold" in reason["text"] for reason in verdict["reasons"])


def test_a_fixed_entry_with_the_right_mac_is_as_good_as_any() -> None:
    scene = misled(mac=RIGHT).dropped("other", "SYN")
    causes = [h.hypothesis.cause for h in (scene.verdict().best, *scene.verdict().alternatives)]
    assert Cause.STALE_NEIGHBOUR not in causes


def test_a_fixed_entry_for_a_gateway_that_one_machine_answers_for_is_no_duplicate_gateway() -> None:
    """[client]'s entry for its gateway has the MAC of vm; gw alone answers for the address."""
    scene = Scene("client vm", "server gw client", works=False)
    gateway = ip_address("10.0.1.1")
    scene.say("client", Question.INTERFACES, port_of("to-vm", OWN, f"{FLOW.src}/24"))
    scene.say("gw", Question.INTERFACES, port_of("eth0", RIGHT, "10.0.1.1/24"))
    scene.say("vm", Question.INTERFACES, port_of("eth0", WRONG, "10.0.1.9/24"))
    scene.at("client", next_hop=gateway)
    scene.say("client", Question.NEIGHBOURS, Neighbour(gateway, "to-vm", WRONG, ("PERMANENT",)))
    scene.say(
        "client", Question.ARP_PROBE, ProbeResult("arping", gateway, ok=True, answered_by=(RIGHT,))
    )
    best = scene.dropped("vm", "SYN").attempt(ConnState.NO_ANSWER).verdict().best.hypothesis
    assert (best.cause, best.guilty_node, best.decided_by) == (
        Cause.STALE_NEIGHBOUR,
        "vm",
        "client",
    )
    assert "permit_vrrp" not in {fix.fix_class.value for fix in best.fixes}


def test_a_probe_that_only_repeats_a_fixed_entry_does_not_make_it_right() -> None:
    """IPv6 has no probe of its own here: what a ping leaves in the table is the entry that was
    there."""
    scene = misled().say(
        "r1", Question.ARP_PROBE, ProbeResult("arping", FLOW.dst, ok=True, answered_by=(WRONG,))
    )
    assert scene.dropped("other", "SYN").verdict().best.hypothesis.cause is Cause.STALE_NEIGHBOUR


def six(mac: str, on: str = "2001:db8:9::1/64 fe80::2:1/64") -> Verdict:
    """[c1] - (r1) - [s1], IPv6: s1 has a fixed entry for its link-local gateway, and r1 does not
    find s1."""
    flow = "udp [2001:db8:1::10]:4000 > [2001:db8:9::10]:5060"
    net = Net()
    other = "fe80::1:1/64" if "fe80" in on else "fe80::2:1/64"
    net.link("c1 2001:db8:1::10/64", f"r1 2001:db8:1::1/64 {other}")
    net.link(f"r1 {on}", "s1 2001:db8:9::10/64")
    net.route("c1", "default", "2001:db8:1::1")
    net.route("s1", "default", "fe80::2:1%eth0")
    silent = Neighbour(ip_address("2001:db8:9::10"), "eth1", None, ("FAILED",))
    net.tell("r1", Question.NEIGHBOURS, silent)
    net.tell(
        "s1", Question.NEIGHBOURS, Neighbour(ip_address("fe80::2:1"), "eth0", mac, ("PERMANENT",))
    )
    asked = packet(flow, "", at=1.0)
    net.capture("c1", went(asked))
    net.capture("r1", came(asked))
    net.capture("s1")
    return judged(read(net.case(flow)))


def test_who_sends_to_an_old_gateway_is_not_found_by_the_new_one() -> None:
    best = six("02:00:0c:99:00:01").best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.STALE_NEIGHBOUR, "s1")
    assert best.hypothesis.direction == "reverse" and best.confidence >= 0.8
    assert "though r1 holds it" in best.hypothesis.summary


def test_a_fixed_entry_for_a_link_local_gateway_may_be_right() -> None:
    right = "02:00:00:00:01:01"  # of r1's eth1
    verdict = six(right)
    causes = [one.hypothesis.cause for one in (verdict.best, *verdict.alternatives)]
    assert Cause.STALE_NEIGHBOUR not in causes and verdict.best.hypothesis.cause is Cause.HOST_DOWN


def test_the_same_link_local_address_on_another_link_is_another_one() -> None:
    """r1 has fe80::2:1 towards the client only: whose it is on the server's link, nobody tells."""
    verdict = six("02:00:0c:99:00:01", on="2001:db8:9::1/64")
    causes = [one.hypothesis.cause for one in (verdict.best, *verdict.alternatives)]
    assert Cause.STALE_NEIGHBOUR not in causes
