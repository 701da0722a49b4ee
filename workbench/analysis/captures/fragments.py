"""Did the whole answer come, or only its first fragment?"""

from __future__ import annotations

from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.captures.conversations import Conversation
from workbench.analysis.captures.shown_packets import packets_anywhere, packets_at
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState

_UNFINISHED = {4: (11, 1), 6: (3, 1)}  # reassembly time exceeded: ICMP, ICMPv6


def in_pieces(case: Case, device: str, conversation: Conversation, end: ConnState) -> ConnState:
    """How it ended, where every answer is a fragment: without the others nobody can use it.

    Who waits for the rest says so in the end. A capture by port never shows it: then nothing is
    known. A line without the header of IP does not show a first fragment: any point that saw later
    ones of the same sender does.
    """
    if end is not ConnState.WORKED or not _only_first_pieces(case, conversation):
        return end
    seen = list(packets_at(case, device))
    if any(_gave_up(packet, conversation.flow) for packet in seen):
        return ConnState.STALLED
    return end if _has_the_rest(conversation, seen) else ConnState.OPEN


def _has_the_rest(conversation: Conversation, seen: list[Packet]) -> bool:
    """Did a later fragment of one of its answers come?"""
    numbers = {packet.ip_id for packet in conversation.got}
    rest = (packet for packet in seen if _later(packet, conversation.flow))
    return any(packet.ip_id in numbers for packet in rest)


def _only_first_pieces(case: Case, conversation: Conversation) -> bool:
    """Is every answer a fragment, as far as its line shows?"""
    whole = [packet for packet in conversation.got if not packet.fragment]
    if not whole:
        return bool(conversation.got)
    without_header = all(packet.ttl is None for packet in whole)
    return without_header and _cut(case, conversation.flow)


def _gave_up(packet: Packet, flow: Flow) -> bool:
    """Did the client report to the sender that the rest of its answer never came?"""
    if packet.icmp is None or packet.quoted is None:
        return False
    return packet.icmp == _UNFINISHED[flow.version] and packet.quoted == flow.reversed()


def _cut(case: Case, flow: Flow) -> bool:
    """Did anybody see later fragments on the flow's way back?"""
    key = ("cut answers", flow.protocol, flow.src, flow.dst)
    if key not in case.memo:
        case.memo[key] = any(_later(packet, flow) for packet in packets_anywhere(case))
    found: bool = case.memo[key]
    return found


def _later(packet: Packet, flow: Flow) -> bool:
    """Is it a later fragment on the flow's way back?"""
    one = packet.flow
    if not packet.fragment or one is None:
        return False
    back = (flow.protocol, flow.dst, flow.src, None)
    return (one.protocol, one.src, one.dst, one.dport) == back
