"""What do the real packets of a flow carry beside addresses and ports: type of service, and TCP's
two bits of ECN?"""

from __future__ import annotations

from collections.abc import Iterable

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Packet, PolicyRule
from workbench.analysis.captures.shown_packets import packets_anywhere, packets_at
from workbench.analysis.case.case import Case

# the bits that routing compares with a rule's tos: RFC 791's, and the whole DSCP
COMPARED = {4: 0x1C, 6: 0xFC}
_ECN = "EW"


def tos_of(case: Case, device: str, flow: Flow) -> int | None:
    """With which tos would this device route the flow's packets? None = none of its rules looks at
    it, or it is 0."""
    if not _routes_by_tos(case, device):
        return None
    seen = {packet.tos for packet in _alike(case, device, flow)} - {None}
    compared = {(tos or 0) & COMPARED[flow.version] for tos in seen}
    if len(compared) != 1:
        return None
    return compared.pop() or None


def _routes_by_tos(case: Case, device: str) -> bool:
    return any(rule.tos for rule in case.records(device, Question.RULES, PolicyRule))


def with_ecn(case: Case, device: str, flow: Flow, flags: str) -> tuple[str, bool]:
    """These flags, with the bits of ECN that every packet of that kind carries there; was one seen
    at all?"""
    if not set(_ECN).isdisjoint(flags):
        return flags, True  # they are those of a packet that was seen
    seen = {_ecn(packet) for packet in _alike(case, device, flow) if _plain(packet) == flags}
    if len(seen) == 1:
        return flags + seen.pop(), True
    return flags, bool(seen)


def _plain(packet: Packet) -> str:
    return "".join(letter for letter in packet.flags if letter not in _ECN)


def _ecn(packet: Packet) -> str:
    return "".join(letter for letter in _ECN if letter in packet.flags)


def _alike(case: Case, device: str, flow: Flow) -> tuple[Packet, ...]:
    """Packets of the flow as this device saw them come, else as it saw them at all, else as anybody
    did."""
    key = ("packets alike", device, flow)
    if key not in case.memo:
        case.memo[key] = tuple(_nearest(case, device, flow))
    found: tuple[Packet, ...] = case.memo[key]
    return found


def _nearest(case: Case, device: str, flow: Flow) -> list[Packet]:
    own = _of(packets_at(case, device), flow)
    if not own:
        return _of(packets_anywhere(case), flow)
    arriving = [packet for packet in own if packet.outgoing is False]
    return arriving or own


def _of(packets: Iterable[Packet], flow: Flow) -> list[Packet]:
    return [packet for packet in packets if _is_of(packet, flow)]


def _is_of(packet: Packet, flow: Flow) -> bool:
    """Is it a packet of the flow, whatever its source port where that is not known?"""
    other = packet.flow
    if other is None or flow.sport not in (None, other.sport):
        return False
    ends = (flow.protocol, flow.src, flow.dst, flow.dport)
    return ends == (other.protocol, other.src, other.dst, other.dport)
