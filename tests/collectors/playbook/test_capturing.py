"""What a capture is said to mean: the flow's own packets by kind, others only counted."""

from __future__ import annotations

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Packet
from collectors.playbook.capturing import meaning

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
ABOUT = QueryParams(flow=FLOW, flows=(FLOW, FLOW.reversed()), seconds=6.0)


def _seen(*packets: tuple[Flow, str]) -> Evidence:
    records = tuple(
        Packet(time=1.0, interface="eth0", outgoing=False, flow=f, length=60, flags=g)
        for f, g in packets
    )
    return Evidence("e1", Query("fw-b", Question.CAPTURE, ABOUT), Status.ANSWERED, records=records)


def test_each_direction_is_told_by_kind() -> None:
    words = meaning(_seen((FLOW, "S"), (FLOW, "S"), (FLOW.reversed(), "S.")))
    assert words.startswith(
        "On the way out 2 SYN; on the way back 1 SYN-ACK. The SYN is answered, and the answer"
        " is not confirmed"
    )


def test_other_source_ports_are_counted_apart() -> None:
    probe = FLOW.translated(sport=61731)
    words = meaning(_seen((FLOW.reversed(), "S."), (probe, "S"), (probe.reversed(), "S.")))
    assert words.startswith(
        "On the way out nothing was seen; on the way back 1 SYN-ACK. Beside it: 2 "
    )


def test_only_other_flows_means_not_one_packet_of_this_one() -> None:
    assert meaning(_seen((FLOW.translated(sport=1), "S"))).startswith("Not one packet of this flow")
