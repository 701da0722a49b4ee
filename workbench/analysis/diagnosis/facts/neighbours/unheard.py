"""Who asks for the server's hardware address in vain, though the server listens and never hears the
question?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.records import Packet
from workbench.analysis.captures.time_spans import Span, span
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import times
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.solicitation import last_router

LEAST = 2  # questions: one may be lost by chance
SOON = 1.0  # seconds that a question may take on a long wire, and clocks be wrong


@dataclass(frozen=True, slots=True)
class Kept:
    """A bridge that gets the questions, and does not send them out of the port behind which the
    server is."""

    device: str
    came: str  # the port by which they come
    behind: str  # the port by which frames of the server come
    isolated: bool  # both ports are isolated from each other
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """What was seen at the bridge."""
        return f"{self.device} gets them on {self.came} and does not send them out of {self.behind}"


@dataclass(frozen=True, slots=True)
class Unheard:
    """Questions for a hardware address that left the device that asked and never came to the
    machine that has it."""

    requester: str
    holder: str
    address: Address
    count: int
    evidence: tuple[str, ...]
    kept: Kept | None = None

    @property
    def text(self) -> str:
        """The observation in a sentence."""
        return (
            f"{self.requester} asked {times(self.count)} who has {self.address}, and {self.holder},"
            " which has it and listened meanwhile, heard no question"
        )


def unheard(context: Context) -> Unheard | None:
    """Are the last router's questions lost on the link to a server that is up?"""
    if "unheard" not in context.case.memo:
        context.case.memo["unheard"] = _unheard(context)
    found: Unheard | None = context.case.memo["unheard"]
    return found


def _unheard(context: Context) -> Unheard | None:
    asked, server = last_router(context), context.server
    if asked is None or asked[0].device is None or server is None:
        return None
    case, requester = context.case, asked[0].device
    address = asked[0].next_hop or asked[0].flow_out.dst
    if not any(port.up and port.device == server for port in case.holders(address)):
        return None
    listening = [item for item in case.usable(server, Question.CAPTURE) if _shows_questions(item)]
    questions = tuple(_asked(case, requester, address, listening))
    if len(questions) < LEAST or _any_arrived(listening, address):
        return None
    proof = (*dict.fromkeys(questions), *(item.id for item in listening))
    kept = next(_keeping_bridges(case, requester, server, address), None)
    return Unheard(requester, server, address, len(questions), proof, kept)


def _any_arrived(listening: list[Evidence], address: Address) -> bool:
    for item in listening:
        for packet in item.of(Packet):
            if packet.asks_for(address) and packet.outgoing is not True:
                return True
    return False


def _shows_questions(item: Evidence) -> bool:
    """Would this capture show them? Ours always does."""
    if "arp" in item.command or "icmp6" in item.command:
        return True
    return any(packet.arp for packet in item.of(Packet))


def _asked(
    case: Case, requester: str, address: Address, listening: list[Evidence]
) -> Iterator[str]:
    """The evidence of each question that left while the other surely listened."""
    running = [(span(item), item.clock_offset) for item in listening]
    known = [(found, offset) for found, offset in running if found is not None]
    for item in case.usable(requester, Question.CAPTURE):
        for packet in item.of(Packet):
            sent = packet.outgoing and packet.asks_for(address)
            if sent and _heard_by(known, packet.time - item.clock_offset):
                yield item.id


def _heard_by(running: list[tuple[Span, float]], moment: float) -> bool:
    for one, ahead in running:
        first, last = moment + ahead, moment + ahead + SOON
        if one.holds(first) and one.holds(last):
            return True
    return False


def _keeping_bridges(case: Case, requester: str, server: str, address: Address) -> Iterator[Kept]:
    """The bridges between the two that get the questions and keep them from the server's port."""
    for device in sorted(case.bridging - {requester, server}):
        ports = {one.name: one for one in case.interfaces(device) if one.master is not None}
        items = case.usable(device, Question.CAPTURE)
        seen = [packet for item in items for packet in item.of(Packet) if packet.interface in ports]
        came = _arrivals(seen, _macs(case, requester))
        behind = _arrivals(seen, _macs(case, server))
        if _kept_between(seen, came, behind, address):
            here, there = ports[came.pop()], ports[behind.pop()]
            apart = here.isolated and there.isolated
            if here.master == there.master:
                yield Kept(device, here.name, there.name, apart, tuple(item.id for item in items))


def _kept_between(seen: list[Packet], came: set[str], behind: set[str], address: Address) -> bool:
    """Is each of the two behind one port of its own, and did no question leave by the server's?"""
    if len(came) != 1 or len(behind) != 1 or came == behind:
        return False
    sent = [packet for packet in seen if packet.outgoing and packet.interface in behind]
    return not any(packet.asks_for(address) for packet in sent)


def _macs(case: Case, device: str) -> set[str]:
    return {one.mac.lower() for one in case.interfaces(device) if one.mac}


def _arrivals(packets: list[Packet], macs: set[str]) -> set[str]:
    """The ports by which frames of these hardware addresses come in."""
    found = set()
    for packet in packets:
        if packet.outgoing is not False or not packet.interface:
            continue
        if (packet.source_mac or "").lower() in macs:
            found.add(packet.interface)
    return found
