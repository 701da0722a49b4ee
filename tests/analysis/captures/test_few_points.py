"""Nothing but captures of a few points: which way did the packets pass them, and where were they
last seen?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.records import Packet
from tests.analysis.handshake import AGAIN, SYN, SYN_ACK
from tests.analysis.trace.test_walk import FLOW
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import Cause
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read


def points(**captures: tuple[Packet, ...]) -> Findings:
    """One capture file per point, without any word about directions."""
    devices = tuple(Device(name, Role.HOST) for name in captures)
    evidence = tuple(
        Evidence(
            f"e{number}",
            Query(name, Question.CAPTURE),
            Status.ANSWERED,
            records=packets,
            pasted_by="me",
        )
        for number, (name, packets) in enumerate(captures.items())
    )
    return read(Case(Flow.parse(FLOW), Inventory(devices), evidence))


def at(ttl: int, *packets: Packet) -> tuple[Packet, ...]:
    return tuple(replace(packet, ttl=ttl) for packet in packets)


def test_the_ttl_tells_the_order_of_the_points() -> None:
    """The files come in any order: server, middle, client."""
    found = points(server=at(62, SYN), middle=at(63, SYN), client=at(64, SYN))
    assert found.forward.names == ("client", "middle", "server")


def test_a_reply_that_the_middle_did_not_see() -> None:
    """[client] -- (middle) -- [server]: the SYN-ACK leaves the server and is not seen at the
    middle"""
    found = points(
        client=at(64, SYN, AGAIN),
        middle=at(63, SYN, AGAIN),
        server=(*at(62, SYN, AGAIN), *at(64, SYN_ACK)),
    )
    assert found.reverse.names == ("server", "middle", "client")
    assert found.drop is not None
    assert (found.drop.node, found.drop.packet, found.drop.reverse) == ("server", "SYN-ACK", True)
    assert "never came to middle" in found.drop.where
    assert [one.end for one in found.attempts] == [ConnState.HALF_OPEN]


def test_a_request_that_only_the_client_saw() -> None:
    found = points(client=at(64, SYN, AGAIN), server=())
    assert found.drop is not None and "never came to server" in found.drop.where
    assert found.flow_works is False


def test_a_source_that_was_not_captured_is_given_by_its_address() -> None:
    found = points(middle=at(60, SYN), server=at(59, SYN))
    assert found.forward.names == ("10.0.1.10", "middle", "server")


def translated(packet: Packet, address: str = "198.51.100.7", port: int = 50000) -> Packet:
    """The same packet behind a NAT that also writes its own IP ID."""
    assert packet.flow is not None
    forward = packet.flow.dport == 443
    outside = ip_address(address)
    flow = (
        packet.flow.translated(src=outside, sport=port)
        if forward
        else packet.flow.translated(dst=outside, dport=port)
    )
    return replace(packet, flow=flow, ip_id=4711)


def behind_nat() -> Findings:
    """[client] -- (inside) -- {NAT} -- (outside) -- [server]: the answer is seen outside, and not
    inside"""
    asked, answered = translated(SYN), translated(SYN_ACK)
    # its clock is off
    late = tuple(replace(p, time=p.time + 3600) for p in (*at(62, asked), *at(63, answered)))
    return points(
        client=at(64, SYN),
        inside=at(63, SYN),
        outside=late,
        server=(*at(61, asked), *at(64, answered)),
    )


def test_a_packet_is_known_behind_a_nat_by_its_sequence_number() -> None:
    found = behind_nat()
    assert found.forward.names == ("client", "inside", "outside", "server")
    assert [str(hop.flow_in.src) for hop in found.forward.hops][1:3] == [
        "10.0.1.10",
        "198.51.100.7",
    ]
    assert found.reverse.names == ("server", "outside", "inside", "client")
    assert found.drop is not None and (found.drop.node, found.drop.after) == ("outside", "inside")


def test_captures_alone_accuse_nobody_and_name_the_gap() -> None:
    verdict = judge(behind_nat())
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        None,
        "reverse",
    )
    assert best.summary.startswith("the SYN-ACK passes outside and never comes to inside")
    assert "between outside and inside" in (best.would_settle or "")
    assert 0.5 <= verdict.best.confidence <= 0.75


def test_where_no_answer_was_seen_the_last_point_is_named() -> None:
    best = judge(points(client=at(64, SYN, AGAIN), middle=at(63, SYN, AGAIN))).best.hypothesis
    assert best.summary.startswith("the SYN gets as far as middle, and no point saw an answer")


def test_both_sides_of_one_box_in_one_file() -> None:
    """The TTL falls by one where the box passes the packet on."""
    found = points(box=(*at(61, SYN), *at(60, SYN)))
    sight = found.observation("box", reverse=False)
    assert sight is not None and (len(sight.came_in), len(sight.went_out)) == (1, 1)


def test_data_that_no_further_point_sees_is_named_though_the_handshake_passed() -> None:
    """[client] -- (middle) -- [server]: SYN and SYN-ACK pass, the data does not come to the
    server."""
    data = replace(SYN, flags="P.", seq=200_000, ack=7001, payload=1448, time=3.0)
    resent = replace(data, time=3.4)
    handshake = {
        "client": at(64, SYN),
        "middle": at(63, SYN),
        "server": (*at(62, SYN), *at(64, SYN_ACK)),
    }
    found = points(
        client=(*handshake["client"], *at(62, SYN_ACK), *at(64, data, resent)),
        middle=(*handshake["middle"], *at(63, SYN_ACK), *at(63, data, resent)),
        server=handshake["server"],
    )
    assert found.drop is not None
    assert (found.drop.node, found.drop.after, found.drop.packet) == ("middle", "server", "data")


def test_the_later_parts_of_a_datagram_may_be_what_is_lost() -> None:
    flow = Flow.parse("udp 10.0.1.10:4000 > 10.0.9.10:53")
    first = Packet(1.0, None, None, flow, 1280, ip_id=5, fragment=True)
    part = replace(first, length=300, flow=Flow(flow.protocol, flow.src, None, flow.dst, None))
    evidence = [("client", at(64, first, part)), ("server", at(63, first))]
    devices = Inventory(tuple(Device(name, Role.HOST) for name, _ in evidence))
    captures = tuple(
        Evidence(
            name, Query(name, Question.CAPTURE), Status.ANSWERED, records=packets, pasted_by="me"
        )
        for name, packets in evidence
    )
    lost = read(Case(flow, devices, captures)).drop
    assert lost is not None and (lost.packet, lost.after) == ("later fragment", "server")


def test_a_file_of_one_interface_accuses_no_box() -> None:
    """tcpdump on one interface marks packets as incoming only; that they go out again, it cannot
    see."""
    asked = tuple(replace(packet, outgoing=False) for packet in at(63, SYN, AGAIN))
    found = points(client=at(64, SYN, AGAIN), middle=asked, server=at(62, SYN, AGAIN))
    assert found.drop is None


def test_a_way_back_of_its_own_is_told_and_blamed_on_no_point_that_it_need_not_pass() -> None:
    """[client] - (out) - [server] - (back) - [client]: the answer passes `back` and never comes to
    the client."""
    found = points(
        client=at(64, SYN, AGAIN),
        out=at(63, SYN, AGAIN),
        server=(*at(62, SYN, AGAIN), *at(64, SYN_ACK)),
        back=at(63, SYN_ACK),
    )
    assert (found.forward.names, found.reverse.names) == (
        ("client", "out", "server"),
        ("server", "back", "client"),
    )
    assert found.drop is not None and (found.drop.node, found.drop.after) == ("back", "client")
    reasons = [reason.text for reason in judge(found).best.hypothesis.reasons]
    assert any(text.startswith("requests pass out and answers pass back") for text in reasons)


def test_where_only_a_translated_flow_was_captured_it_is_named_as_one_that_may_be_it() -> None:
    best = judge(
        points(outside=at(62, translated(SYN)), server=at(61, translated(SYN)))
    ).best.hypothesis
    assert (best.cause, best.direction) == (Cause.UNKNOWN_BEYOND_VISIBILITY, None)
    assert "198.51.100.7:50000 > 10.0.9.10:443 may be it, behind a translation" in best.summary


def tunnelled(packet: Packet) -> Packet:
    """The packet as a machine between a tunnel's ends sees it."""
    outer = Flow.parse("udp 172.16.0.1:50123 > 172.16.0.2:4789")
    return replace(
        packet, flow=outer, flags="", seq=None, ack=None, ttl=63, inside=packet, tunnel="VXLAN 42"
    )


def test_a_flow_inside_a_tunnel_is_seen_there() -> None:
    """[client] -- (below the tunnel) -- [server]: the middle sees only the tunnel's packets"""
    below = tuple(tunnelled(p) for p in (*at(63, SYN), *at(63, SYN_ACK)))
    found = points(
        client=(*at(64, SYN), *at(62, SYN_ACK)),
        below=below,
        server=(*at(62, SYN), *at(64, SYN_ACK)),
    )
    assert found.forward.names == ("client", "below", "server")
    assert found.forward.hops[1].decided == "seen here by its capture, inside the tunnel VXLAN 42"


def test_the_tunnels_own_end_sees_a_packet_once() -> None:
    end = (*at(63, SYN), *(tunnelled(p) for p in at(63, SYN)))
    found = points(client=at(64, SYN), end=end, server=at(62, SYN))
    there = found.observation("end", False)
    assert there is not None and len(there.came_in) == 1
