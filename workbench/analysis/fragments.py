"""Did the whole answer come, or only its first fragment?"""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.case import Case
from workbench.analysis.findings import AttemptEnd
from workbench.analysis.talks import Talk

_UNFINISHED = {4: (11, 1), 6: (3, 1)}  # reassembly time exceeded: ICMP, ICMPv6


def in_pieces(case: Case, device: str, talk: Talk, end: AttemptEnd) -> AttemptEnd:
    """How it ended, where every answer is a fragment: without the others nobody can use it.

    Who waits for the rest says so in the end. A capture by port never shows it: then nothing is known.
    """
    if end is not AttemptEnd.WORKED or not talk.got or not all(packet.fragment for packet in talk.got):
        return end
    seen = [packet for item in case.usable(device, Question.CAPTURE) for packet in item.of(Packet)]
    if any(_gave_up(packet, talk.flow) for packet in seen):
        return AttemptEnd.STALLED
    rest = {packet.ip_id for packet in seen if _later(packet, talk.flow)}
    return end if rest & {packet.ip_id for packet in talk.got} else AttemptEnd.OPEN


def _gave_up(packet: Packet, flow: Flow) -> bool:
    """Did the client tell the sender that the rest of its answer never came?"""
    waited = packet.icmp is not None and packet.icmp == _UNFINISHED[flow.version]
    return waited and packet.quoted is not None and packet.quoted == flow.reversed()


def _later(packet: Packet, flow: Flow) -> bool:
    ends = packet.flow is not None and (packet.flow.src, packet.flow.dst) == (flow.dst, flow.src)
    return bool(packet.fragment and ends and packet.flow and packet.flow.dport is None)
