"""Below a tunnel: the outer packets' own way, and what is lost on it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Interface, Packet, Record
from collectors.model.tunnels import Tunnel
from tests.analysis.spelling import judged
from tests.analysis.topology import Net, chain, packet, rule
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import Cause, FixClass
from workbench.analysis.diagnosis.facts.sizes.lost_sizes import lost_large
from workbench.analysis.diagnosis.facts.sizes.narrow_links import narrows
from workbench.analysis.diagnosis.facts.sizes.size_messages import learns_for_itself
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.read import read

FLOW = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
OUT, HOME = "udp 172.16.1.1:50000 > 172.16.2.2:4789", "udp 172.16.2.2:50001 > 172.16.1.1:4789"


def tunnelled() -> Net:
    """[c1] -- (r1) === vxlan over (r3) === (r2) -- [s1]"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 172.16.1.1/24", "r3 172.16.1.3/24")
    net.link("r3 172.16.2.3/24", "r2 172.16.2.2/24")
    net.link("r2 10.0.9.1/24", "s1 10.0.9.10/24")
    net.address("r1", "vx0", "10.99.0.1/30")
    net.address("r2", "vx0", "10.99.0.2/30")
    for name, to, far, below, inner in (
        ("r1", "172.16.2.0/24", "172.16.1.3", "10.99.0.2", "10.0.9.0/24"),
        ("r2", "172.16.1.0/24", "172.16.2.3", "10.99.0.1", "10.0.1.0/24"),
    ):
        net.route(name, to, far)
        net.route(name, inner, below)
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    return net


def case_of(net: Net) -> Case:
    """With the two links shown as a tunnel's ends."""
    found = net.case(FLOW)
    far = {"r1": "172.16.2.2", "r2": "172.16.1.1"}
    evidence = []
    for item in found.evidence:
        remote = far.get(item.device) if item.question is Question.INTERFACES else None
        links = (
            [_as_tunnel(one, remote) for one in item.of(Interface)]
            if remote
            else list(item.records)
        )
        evidence.append(replace(item, records=tuple(links)))
    return replace(found, evidence=tuple(evidence))


def _as_tunnel(link: Interface, remote: str) -> Interface:
    tunnel = Tunnel("vxlan", ip_address(remote), None, 4789, 42)
    return replace(link, tunnel=tunnel) if link.name == "vx0" else link


def test_the_outer_packets_have_a_way_of_their_own() -> None:
    found = read(case_of(tunnelled()))
    assert (found.forward.names, found.reverse.names) == (
        ("c1", "r1", "r2", "s1"),
        ("s1", "r2", "r1", "c1"),
    )
    assert [(path.names, path.reverse) for path in found.below] == [
        (("r1", "r3", "r2"), False),
        (("r2", "r3", "r1"), True),
    ]
    assert Flow.parse("udp 172.16.1.1:* > 172.16.2.2:4789") in found.flows
    assert any(visit.device == "r3" for visit in found.visits), "it is asked and watched, too"


def outer(flow: str, interface: str, outgoing: bool) -> Packet:
    one = packet(flow, "", at=1.0, interface=interface, outgoing=outgoing, payload=90, ip_id=7)
    return replace(one, seq=None)


def test_a_list_below_the_tunnel_that_drops_one_direction_is_guilty() -> None:
    net = tunnelled()
    net.capture("r1", outer(OUT, "eth1", True))
    net.capture(
        "r3",
        outer(OUT, "eth0", False),
        outer(OUT, "eth1", True),
        *(outer(HOME, "eth1", False),) * 2,
    )
    net.capture("r2", outer(OUT, "eth0", False), *(outer(HOME, "eth0", True),) * 2)
    net.nft("r3", chain("forward", "forward"), rule("forward", 0, "drop", iif="eth1", dport=4789))
    found = judged(read(case_of(net))).best.hypothesis
    assert (found.cause, found.guilty_node, found.direction) == (Cause.ACL_PATH, "r3", "reverse")
    assert found.summary.startswith(
        "r3 drops the tunnel packet that carries the SYN-ACK by a stateless filter"
    )
    assert found.fixes[0].commands[0].startswith("nft insert rule inet ")
    assert (
        "ip saddr 172.16.2.2 ip daddr 172.16.1.1 udp dport 4789 accept"
        in found.fixes[0].commands[0]
    )


def large(outgoing: bool, ip_id: int, interface: str) -> Packet:
    one = packet(OUT, "", at=2.0, interface=interface, outgoing=outgoing, payload=1472, ip_id=ip_id)
    return replace(one, seq=None, length=1500, dont_fragment=True)


def narrowed(*seen: Packet) -> Case:
    """r3's link to r2 takes 1400 bytes; the tunnel's packets are 50 larger than the 1450 that fit
    into it."""
    net = tunnelled()
    net.capture("r3", outer(OUT, "eth0", False), outer(OUT, "eth1", True), *seen)
    net.nft("r3", chain("output", "output"), rule("output", 0, "drop", protocol="icmp"))
    return sized(case_of(net))


def sized(known: Case) -> Case:
    """With the sizes of that link and of the tunnel."""
    mtu = {("r3", "eth1"): 1400, ("r1", "vx0"): 1450}

    def of_size(one: Record, device: str) -> Record:
        return (
            replace(one, mtu=mtu.get((device, one.name), one.mtu))
            if isinstance(one, Interface)
            else one
        )

    resized = [
        (item, tuple(of_size(one, item.device) for one in item.records)) for item in known.evidence
    ]
    return replace(
        known, evidence=tuple(replace(item, records=records) for item, records in resized)
    )


def test_a_tunnel_whose_packets_do_not_fit_below_is_a_question_of_size() -> None:
    lost = (large(False, 8, "eth0"), large(False, 9, "eth0"))
    found = judged(read(narrowed(*lost))).best.hypothesis
    assert (found.cause, found.guilty_node, found.direction) == (
        Cause.PMTUD_BLACKHOLE,
        "r3",
        "forward",
    )
    clamp = next(fix for fix in found.fixes if fix.fix_class is FixClass.MSS_CLAMP)
    assert (clamp.device, "--set-mss 1310" in clamp.commands[0]) == (
        "r1",
        True,
    ), "before it goes into the tunnel"


def informed_end(passes_on: str) -> Case:
    """r3 tells r1 that the tunnel's packets are too big; r1 may mind that for its own packets
    only."""
    net = tunnelled()
    message = replace(
        packet("icmp 172.16.1.3 > 172.16.1.1", "", at=2.1), icmp=(3, 4), icmp_mtu=1400, seq=None
    )
    quoting = replace(message, quoted=Flow.parse(OUT), interface="eth1", outgoing=False)
    net.capture("r1", outer(OUT, "eth1", True), quoting)
    lost = (large(False, 8, "eth0"), large(False, 9, "eth0"))
    net.capture("r3", outer(OUT, "eth0", False), outer(OUT, "eth1", True), *lost)
    net.setting("r1", net__ipv4__ip_forward_use_pmtu=passes_on)
    return sized(case_of(net))


def test_a_tunnels_end_that_is_told_and_does_not_tell_the_sender_is_guilty() -> None:
    found = judged(read(informed_end("0"))).best.hypothesis
    assert (found.cause, found.guilty_node) == (Cause.PMTUD_BLACKHOLE, "r1")
    assert "r1 is told so and does not tell the sender" in found.summary
    fix = found.fixes[0]
    assert fix.commands == ("sysctl -w net.ipv4.ip_forward_use_pmtu=1",)
    assert fix.rollback == ("sysctl -w net.ipv4.ip_forward_use_pmtu=0",)


def test_one_that_tells_the_sender_is_harmless() -> None:
    found = judged(read(informed_end("1")))
    assert found.best.hypothesis.cause is not Cause.PMTUD_BLACKHOLE
    below = next(narrow for narrow in narrows(context_of(read(informed_end("1")))) if narrow.tunnel)
    assert learns_for_itself(context_of(read(informed_end("1"))), below) is None


def test_large_packets_of_a_tunnel_that_are_sent_on_in_pieces_are_not_lost() -> None:
    scene = context_of(read(narrowed(large(False, 8, "eth0"), large(True, 8, "eth1"))))
    below = [one for one in narrows(scene) if one.tunnel]
    assert below and not any(lost_large(scene, one) for one in below)
