"""Did the whole answer come, or only its first fragment?"""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.captures.conversations import Conversation
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState

_UNFINISHED = {4: (11, 1), 6: (3, 1)}  # reassembly time exceeded: ICMP, ICMPv6


def in_pieces(case: Case, device: str, conversation: Conversation, end: ConnState) -> ConnState:
    """How it ended, where every answer is a fragment: without the others nobody can use it.

    Who waits for the rest says so in the end. A capture by port never shows it: then nothing is
    known. A line without the header of IP does not tell a first fragment: any point that saw later
    ones of the same sender does.
    """
    if end is not ConnState.WORKED or not conversation.got:
        return end
    if not all(
        packet.fragment or (packet.ttl is None and _cut(case, conversation.flow))
        for packet in conversation.got
    ):
        return end
    seen = [packet for item in case.usable(device, Question.CAPTURE) for packet in item.of(Packet)]
    if any(_gave_up(packet, conversation.flow) for packet in seen):
        return ConnState.STALLED
    rest = {packet.ip_id for packet in seen if _later(packet, conversation.flow)}
    return end if rest & {packet.ip_id for packet in conversation.got} else ConnState.OPEN


def _gave_up(packet: Packet, flow: Flow) -> bool:
    """Did the client tell the sender that the rest of its answer never came?"""
    waited = packet.icmp is not None and packet.icmp == _UNFINISHED[flow.version]
    return waited and packet.quoted is not None and packet.quoted == flow.reversed()


def _cut(case: Case, flow: Flow) -> bool:
    """Did anybody see later fragments on the flow's way back?"""
    key = ("cut answers", flow.protocol, flow.src, flow.dst)
    if key not in case.memo:
        items = (
            item
            for device in case.inventory.devices
            for item in case.usable(device.name, Question.CAPTURE)
        )
        case.memo[key] = any(_later(packet, flow) for item in items for packet in item.of(Packet))
    found: bool = case.memo[key]
    return found


def _later(packet: Packet, flow: Flow) -> bool:
    one = packet.flow
    if not packet.fragment or one is None or one.protocol is not flow.protocol:
        return False
    return (one.src, one.dst, one.dport) == (flow.dst, flow.src, None)
