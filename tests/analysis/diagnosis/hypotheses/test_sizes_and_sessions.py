"""Large packets, sessions that moved, gateways that are claimed twice."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface

from collectors.model.evidence import Question
from collectors.model.records import (
    Failure,
    Interface,
    Match,
    Neighbour,
    Packet,
    ProbeResult,
    Socket,
)
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import (
    FLOW,
    STATEFUL,
    Scene,
    port,
    rule,
    session,
    state,
)
from workbench.analysis.case.findings import ConnState, Observation
from workbench.analysis.case.verdict import Cause, FixClass

STRAIGHT = ("client r1 r2 server", "server r2 r1 client")


def link(
    name: str, mtu: int = 1500, address: str | None = None, mac: str = "02:00:00:00:00:01"
) -> Interface:
    return Interface(name, 2, mac, mtu, True, addresses=(ip_interface(address),) if address else ())


def narrow(mute: bool = True) -> Scene:
    """[client] -1500- (r1) -1400- (r2) - [server]; r1 sends no ICMP."""
    scene = Scene(*STRAIGHT, works=False).say("client", Question.INTERFACES, link("to-r1"))
    scene.say("r1", Question.INTERFACES, link("to-r2", 1400), link("from-client"))
    silencer = rule("drop", Match("protocol", ("icmp",)))
    return scene.filters("r1", *([silencer] if mute else []), hook="output")


def test_large_packets_vanish_and_nobody_is_told() -> None:
    scene = narrow().moved("r1", 6, "IpFragFails").attempt(ConnState.STALLED)
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.PMTUD_BLACKHOLE, "r1")
    assert best.hypothesis.direction == "forward"
    assert best.confidence >= 0.8
    assert {"allow_icmp_frag_needed", "mss_clamp"} <= {
        fix.fix_class.value for fix in best.hypothesis.fixes
    }


def test_a_box_with_nft_gets_its_clamp_in_nft() -> None:
    for hook, command in (
        ("forward", "nft insert rule inet filter forward tcp flags syn"),
        ("output", "iptables -t mangle"),
    ):
        scene = (
            narrow()
            .filters("r1", hook=hook)
            .moved("r1", 6, "IpFragFails")
            .attempt(ConnState.STALLED)
        )
        clamp = next(
            f for f in scene.verdict().best.hypothesis.fixes if f.fix_class is FixClass.MSS_CLAMP
        )
        assert clamp.commands[0].startswith(command) and "1360" in clamp.commands[0]


def test_what_a_probe_of_ours_taught_the_ends_is_said_and_comes_before_the_proof_of_a_fix() -> None:
    answered = ProbeResult(
        "ping-df",
        FLOW.src,
        1500,
        ok=False,
        failure=Failure.TOO_BIG,
        mtu=1400,
        reported_by=ip_address("10.0.1.1"),
    )
    # the sender's own link tells nothing new
    itself = replace(answered, failure=Failure.TOO_BIG_TO_SEND, reported_by=None)
    for probe, learned in ((answered, True), (itself, False)):
        scene = narrow().moved("r1", 6, "IpFragFails").attempt(ConnState.STALLED)
        best = scene.say("server", Question.PATH_MTU, probe).verdict().best.hypothesis
        assert ("taught server" in str(best.reasons)) is learned
        assert best.fixes and all(
            ("route flush cache` on server" in fix.proof) is learned for fix in best.fixes
        )


def test_a_link_whose_far_end_takes_less_than_its_near_end_sends() -> None:
    """[client] - (r1) -1500>1280- (r2) - [server]: r2's port is set smaller, and no device can tell
    the sender."""
    scene = Scene(*STRAIGHT, works=False).say("client", Question.INTERFACES, link("to-r1"))
    scene.say("r1", Question.INTERFACES, link("to-r2"), link("from-client"))
    scene.say("r2", Question.INTERFACES, link("to-server"), link("from-r1", 1280))
    large = Packet(1.0, "eth0", True, FLOW, 1500, flags=".", seq=1, payload=1448)
    scene.observations.append(Observation("r1", False, (), (large,), ("capture",)))
    best = scene.saw("r2", False, came_in=2, went_out=2).attempt(ConnState.STALLED).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.PMTUD_BLACKHOLE, "r2")
    assert (best.hypothesis.direction, "from-r1" in str(best.hypothesis.reasons)) == (
        "forward",
        True,
    )


def test_a_flow_that_works_through_a_narrow_link_is_healthy() -> None:
    scene = narrow(mute=False)
    scene.works = True
    assert scene.verdict().best.hypothesis.cause is Cause.HEALTHY_SYMMETRIC


def test_a_connection_that_can_be_made_but_hangs_on_its_data_does_not_work() -> None:
    stuck = Socket(
        FLOW.protocol, "ESTAB", FLOW.src, 40000, FLOW.dst, 443, send_queue=2000, retransmits=6
    )
    scene = (
        narrow()
        .moved("r1", 6, "IpFragFails")
        .say("client", Question.SOCKETS, stuck)
        .attempt(ConnState.WORKED)
    )
    scene.works = True
    assert scene.verdict().best.hypothesis.cause is Cause.PMTUD_BLACKHOLE


def test_when_even_the_syn_stops_size_is_not_the_reason() -> None:
    scene = narrow().filters("r2", rule("drop"), counted=3).dropped("r2", "SYN")
    assert scene.verdict().best.hypothesis.cause is Cause.ACL_PATH


def moved() -> Scene:
    """The session was made through fw-a; both directions now go through fw-b."""
    scene = Scene("client r1 fw-b r2 server", "server r2 fw-b r1 client", works=False)
    scene.say("fw-b", Question.SETTINGS, setting_of("net.netfilter.nf_conntrack_tcp_loose", "0"))
    scene.filters("fw-b", *STATEFUL).say("fw-b", Question.SESSIONS)
    return scene.say("fw-a", Question.SESSIONS, session())


def test_an_established_session_meets_a_device_without_its_state() -> None:
    best = moved().dropped("fw-b", "data").attempt(ConnState.STALLED, fresh=False).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.MIDFLOW_STATE_LOSS,
        "fw-b",
    )
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("forward", "r1")
    assert best.confidence >= 0.8


def test_both_directions_are_lost_where_both_are_seen_to_be() -> None:
    scene = moved().dropped("fw-b", "data").dropped("fw-b", "data", reverse=True)
    best = scene.attempt(ConnState.STALLED, fresh=False).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.direction) == (Cause.MIDFLOW_STATE_LOSS, "both")


def test_a_hanging_session_outweighs_new_connections_that_work() -> None:
    scene = moved().attempt(ConnState.WORKED)
    scene.works = True
    stuck = Socket(
        FLOW.protocol, "ESTAB", FLOW.src, 40000, FLOW.dst, 443, send_queue=100, retransmits=6
    )
    verdict = scene.say("client", Question.SOCKETS, stuck).verdict()
    assert verdict.best.hypothesis.cause is Cause.MIDFLOW_STATE_LOSS
    assert verdict.best.confidence >= 0.8


def test_rules_that_want_a_syn_for_a_new_session_refuse_the_middle_of_one() -> None:
    scene = moved().say(
        "fw-b", Question.SETTINGS, setting_of("net.netfilter.nf_conntrack_tcp_loose", "1")
    )
    syn = Match("tcp_flags", (("syn,ack", "syn"),))
    wants_syn = (rule("accept", state("established")), rule("accept", state("new"), syn, port(443)))
    scene.filters("fw-b", *wants_syn, policy="drop").dropped("fw-b", "data")
    best = scene.attempt(ConnState.STALLED, fresh=False).verdict().best
    assert best.hypothesis.cause is Cause.MIDFLOW_STATE_LOSS


def forgotten() -> Scene:
    """Both ways cross fw-a, which holds no session of the flow (any more) and takes up none in the
    middle."""
    scene = Scene("client r1 fw-a server", "server fw-a r1 client", works=False)
    scene.say("fw-a", Question.SETTINGS, setting_of("net.netfilter.nf_conntrack_tcp_loose", "0"))
    return scene.filters("fw-a", *STATEFUL).say("fw-a", Question.SESSIONS)


def test_a_device_forgets_a_session_that_the_ends_still_use() -> None:
    stuck = Socket(
        FLOW.protocol, "ESTAB", FLOW.src, 40000, FLOW.dst, 443, send_queue=100, retransmits=6
    )
    best = forgotten().say("client", Question.SOCKETS, stuck).dropped("fw-a", "data").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.MIDFLOW_STATE_LOSS,
        "fw-a",
    )
    assert best.hypothesis.direction == "forward"
    assert best.confidence >= 0.8


def test_new_connections_that_stop_there_are_no_lost_session() -> None:
    verdict = forgotten().dropped("fw-a", "data").attempt(ConnState.STALLED).verdict()
    assert verdict.best.hypothesis.cause is not Cause.MIDFLOW_STATE_LOSS


def test_a_session_that_is_known_where_it_goes_is_not_lost() -> None:
    scene = moved().say("fw-b", Question.SESSIONS, session())
    assert scene.verdict().best.hypothesis.cause is not Cause.MIDFLOW_STATE_LOSS


def two_gateways() -> Scene:
    """[server] asks for 10.0.2.1; fw-a and fw-b both hold it."""
    scene = Scene("client r1 fw-a server", "server fw-b r1 client", works=False).filters(
        "fw-b", *STATEFUL
    )
    scene.say("server", Question.INTERFACES, link("to-fw-b", address="10.0.2.10/24"))
    for name, mac in (("fw-a", "02:00:00:00:00:0a"), ("fw-b", "02:00:00:00:00:0b")):
        scene.say(name, Question.INTERFACES, link("from-server", address="10.0.2.1/24", mac=mac))
    return scene.at("server", reverse=True, next_hop=ip_address("10.0.2.1"))


def test_two_devices_hold_the_gateway_and_the_wrong_one_gets_the_replies() -> None:
    scene = two_gateways().dropped("fw-b", "SYN-ACK", reverse=True)
    for mac in ("02:00:00:00:00:0a", "02:00:00:00:00:0b"):
        entry = Neighbour(ip_address("10.0.2.1"), "to-fw-b", mac, ("REACHABLE",))
        scene.say("server", Question.NEIGHBOURS, entry)
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.DUPLICATE_GATEWAY, "fw-b")
    assert (best.hypothesis.decided_by, best.hypothesis.direction) == ("server", "reverse")
    assert best.confidence >= 0.8


def test_one_holder_is_no_duplicate() -> None:
    scene = Scene("client r1 fw-a server", "server fw-b r1 client", works=False).filters(
        "fw-b", *STATEFUL
    )
    scene.at("server", reverse=True, next_hop=ip_address("10.0.2.1"))
    scene.say("fw-b", Question.INTERFACES, link("from-server", address="10.0.2.1/24"))
    best = scene.dropped("fw-b", "SYN-ACK", reverse=True).verdict().best
    assert best.hypothesis.cause is not Cause.DUPLICATE_GATEWAY
