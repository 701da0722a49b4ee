"""What do the real packets of a flow carry beside addresses and ports: type of service, and TCP's
two bits of ECN?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Packet, PolicyRule
from workbench.analysis.case.case import Case

# the bits that routing compares with a rule's tos: RFC 791's, and the whole DSCP
COMPARED = {4: 0x1C, 6: 0xFC}
_ECN = "EW"


def tos_of(case: Case, device: str, flow: Flow) -> int | None:
    """With which tos would this device route the flow's packets? None = none of its rules looks at
    it, or it is 0."""
    if not any(rule.tos for rule in case.records(device, Question.RULES, PolicyRule)):
        return None
    worn = {packet.tos for packet in _alike(case, device, flow) if packet.tos is not None}
    compared = {tos & COMPARED[flow.version] for tos in worn}
    return compared.pop() or None if len(compared) == 1 else None


def with_ecn(case: Case, device: str, flow: Flow, flags: str) -> tuple[str, bool]:
    """These flags, with the bits of ECN that every packet of that kind carries there; was one seen
    at all?"""
    if set(_ECN) & set(flags):
        return flags, True  # they are those of a packet that was seen
    worn = {_ecn(packet) for packet in _alike(case, device, flow) if _plain(packet) == flags}
    return (flags + worn.pop(), True) if len(worn) == 1 else (flags, bool(worn))


def _plain(packet: Packet) -> str:
    return "".join(letter for letter in packet.flags if letter not in _ECN)


def _ecn(packet: Packet) -> str:
    return "".join(letter for letter in _ECN if letter in packet.flags)


def _alike(case: Case, device: str, flow: Flow) -> tuple[Packet, ...]:
    """Packets of the flow as this device saw them come, else as it saw them at all, else as anybody
    did."""
    key = ("dressed", device, flow)
    if key not in case.memo:
        own = tuple(_of(case, device, flow))
        arriving = tuple(packet for packet in own if packet.outgoing is False)
        others = (
            ()
            if own
            else tuple(p for one in case.inventory.devices for p in _of(case, one.name, flow))
        )
        case.memo[key] = arriving or own or others
    found: tuple[Packet, ...] = case.memo[key]
    return found


def _of(case: Case, device: str, flow: Flow) -> Iterator[Packet]:
    for item in case.usable(device, Question.CAPTURE):
        yield from (
            packet
            for packet in item.of(Packet)
            if packet.flow is not None and _same(flow, packet.flow)
        )


def _same(flow: Flow, other: Flow) -> bool:
    ends = (flow.protocol, flow.src, flow.dst, flow.dport) == (
        other.protocol,
        other.src,
        other.dst,
        other.dport,
    )
    return ends and flow.sport in (None, other.sport)
