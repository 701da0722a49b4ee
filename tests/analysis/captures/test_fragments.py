"""Did the whole answer come, or only its first fragment?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.flow import Flow
from collectors.model.records import Packet
from tests.analysis.handshake import came, went
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import line
from workbench.analysis.case.findings import ConnState
from workbench.analysis.evidence.read import read


def test_a_first_fragment_alone_is_no_answer() -> None:
    """A capture by port never shows the rest; who waits for it tells in the end that it never
    came."""
    flow = Flow.parse("udp 10.0.1.10:4000 > 10.0.9.10:53")
    ask = packet(str(flow), "", at=1.0)
    first = replace(packet(str(flow.reversed()), "", at=1.1), fragment=True, ip_id=5)
    rest = replace(first, flow=replace(flow.reversed(), sport=None, dport=None), time=1.2)
    icmp = Flow.parse("icmp 10.0.1.10 > 10.0.9.10")
    gave_up = Packet(31.0, "eth0", True, icmp, 36, icmp=(11, 1), quoted=flow.reversed())
    known = {(): ConnState.OPEN, (rest,): ConnState.WORKED, (gave_up,): ConnState.STALLED}
    for more, end in known.items():
        net = line("r1")
        net.capture("c1", went(ask), came(first), *more)
        assert [one.end for one in read(net.case(str(flow))).attempts if one.flow == flow] == [end]


def test_lines_without_a_header_do_not_tell_a_first_fragment_but_the_sender_does() -> None:
    """The server's own capture shows two parts for each answer; at the client's only the first is
    there, or both."""
    flow = Flow.parse("udp 10.0.1.10:4000 > 10.0.9.10:53")
    ask, answer = (
        replace(packet(str(one), "", at=1.0), ttl=None, ip_id=None)
        for one in (flow, flow.reversed())
    )
    rest = replace(
        answer, flow=replace(flow.reversed(), sport=None, dport=None), time=1.1, fragment=True
    )
    other = replace(
        rest, flow=replace(flow.reversed(), src=flow.src, dst=flow.dst, sport=None, dport=None)
    )
    known = {
        ((answer,), (rest,)): ConnState.OPEN,
        ((answer, rest), (rest,)): ConnState.WORKED,
        ((answer,), ()): ConnState.WORKED,
        ((answer,), (other,)): ConnState.WORKED,
    }
    for (near, far), end in known.items():
        net = line("r1")
        net.capture("c1", went(ask), *(came(one) for one in near))
        net.capture("s1", came(ask), *(went(one) for one in (answer, *far)))
        assert [one.end for one in read(net.case(str(flow))).attempts if one.flow == flow] == [end]
