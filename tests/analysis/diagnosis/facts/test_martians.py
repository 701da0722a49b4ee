"""A device's own log calls packets of this flow martians: its reverse-path check refuses them."""

from __future__ import annotations

from collectors.answering import reading_of
from collectors.model.answer import Output
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.platforms.linux import LINUX
from workbench.analysis.case.case import Case
from workbench.analysis.diagnosis.facts.routing.martians import martians
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.read import read

FLOW = Flow.parse("tcp 198.51.100.40:40001 > 192.0.2.30:443")
LINE = "[ 4021.118211] IPv4: martian source 192.0.2.30 from 198.51.100.40, on dev wan2\n"
OVER_IP = "[ 4021.118215] ll header: 00000000: 02 00 00 00 00 02 02 00 00 00 00 01 08 00\n"
OVER_ARP = "[ 4021.118215] ll header: 00000000: ff ff ff ff ff ff 02 00 00 00 00 01 08 06\n"


def martians_of(text: str, flow: Flow = FLOW) -> list[tuple[str, str, bool, int]]:
    """The martians that this log of `gw` makes: device, interface, reply?, lines."""
    reading = reading_of(LINUX, Question.LOGS, Output(text.encode()), QueryParams())
    item = Evidence("p1", Query("gw", Question.LOGS), Status.ANSWERED, records=reading.records)
    case = Case(flow, Inventory((Device("gw", Role.ROUTER),)), (item,))
    return [(m.device, m.interface, m.reverse, m.lines) for m in martians(context_of(read(case)))]


def test_martians_of_either_direction() -> None:
    assert martians_of(LINE + OVER_IP + LINE) == [("gw", "wan2", False, 2)]
    assert martians_of(LINE, FLOW.reversed()) == [("gw", "wan2", True, 1)]


def test_an_arp_request_is_no_packet_of_the_flow() -> None:
    assert martians_of(LINE + OVER_ARP) == []


def test_martians_of_others() -> None:
    assert martians_of(LINE, Flow.parse("tcp 198.51.100.41:40001 > 192.0.2.30:443")) == []
    assert martians_of(LINE.replace("source", "destination")) == []
