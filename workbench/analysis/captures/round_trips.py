"""How long do packets travel there and back, as captures of one point show?"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from statistics import median

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.case.case import Case

MOST = 4000  # packets of one device that are looked at
_ECHO_REQUESTS = frozenset({(8, 0), (128, 0)})
_Sent = tuple[float | None, bool | None]  # when; and by which side of the device it was seen


@dataclass
class _Half:
    """What was sent in one direction and waits for its answer, by the acknowledgement that this
    would be."""

    waiting: dict[int, _Sent] = field(default_factory=dict)
    upto: int = -1
    trips: list[float] = field(default_factory=list)

    def sent(self, end: int, packet: Packet) -> None:
        """It asks for an acknowledgement up to `end`. What is sent twice measures nothing (Karn's
        rule)."""
        if end > self.upto:
            self.waiting[end], self.upto = _seen(packet), end
            return
        _, side = self.waiting.get(end, _seen(packet))
        if side == packet.outgoing:  # not the same packet going on
            self.waiting = {one: (None, side) for one, (_, side) in self.waiting.items()}

    def answered(self, upto: int, moment: float) -> None:
        """Everything up to there has arrived; only what ends there is measured."""
        sent, _ = self.waiting.pop(upto, (None, None))
        if sent is not None and moment >= sent:
            self.trips.append(moment - sent)
        self.waiting = {end: one for end, one in self.waiting.items() if end > upto}


@dataclass
class _Conversation:
    """One connection at one device, as its first packet there went, and back."""

    there: _Half = field(default_factory=_Half)
    back: _Half = field(default_factory=_Half)

    def halves(self, turned: bool) -> tuple[_Half, _Half]:
        """The half of a packet's own direction, and the other."""
        return (self.back, self.there) if turned else (self.there, self.back)


def round_trips(case: Case) -> tuple[float, ...]:
    """Of each connection, at each point that saw it: the seconds to the one end and back, and to
    the other and back."""
    found = []
    for conversation in _conversations(case).values():
        halves = [half.trips for half in (conversation.there, conversation.back) if half.trips]
        if halves:
            found.append(sum(map(median, halves)))
    return tuple(found)


def soonest_answer(case: Case, device: str, shapes: Iterable[Flow]) -> float | None:
    """Seconds until the first packet of these shapes was answered there, at best: longer, the
    nearer to their source.

    None = no answer was seen.
    """
    conversations = _conversations(case)
    found: list[float] = []
    for shape in shapes:
        asked = conversations.get((device, shape))
        if asked is not None:
            found += asked.there.trips
        answered_first = conversations.get((device, shape.reversed()))
        if answered_first is not None:
            found += answered_first.back.trips
    return min(found, default=None)


def _conversations(case: Case) -> dict[tuple[str, Flow], _Conversation]:
    """Every connection at every point, made once per case."""
    if "round trips" not in case.memo:
        case.memo["round trips"] = _followed(case)
    found: dict[tuple[str, Flow], _Conversation] = case.memo["round trips"]
    return found


def _followed(case: Case) -> dict[tuple[str, Flow], _Conversation]:
    conversations: dict[tuple[str, Flow], _Conversation] = {}
    # flows are shared by their packets
    known: dict[tuple[str, int], tuple[_Conversation, bool]] = {}
    for device, packet in _first(case):
        assert packet.flow is not None
        place = (device, id(packet.flow))
        if place not in known:
            key, turned = _named(device, packet.flow, conversations)
            known[place] = (conversations.setdefault(key, _Conversation()), turned)
        conversation, turned = known[place]
        _note(case, packet, *conversation.halves(turned))
    return conversations


def _first(case: Case) -> Iterator[tuple[str, Packet]]:
    for device, every in groupby(captured(case), key=itemgetter(0)):
        yield from ((device, packet) for _, _, packet, _ in islice(every, MOST))


def _named(
    device: str, flow: Flow, conversations: Container[tuple[str, Flow]]
) -> tuple[tuple[str, Flow], bool]:
    back = (device, flow.reversed())
    return (back, True) if back in conversations else ((device, flow), False)


def _note(case: Case, packet: Packet, own: _Half, other: _Half) -> None:
    if packet.flow is not None and packet.flow.protocol is not Protocol.TCP:
        _note_datagram(case, packet, own, other)
        return
    if packet.ack is not None:
        other.answered(packet.ack, packet.time)
    if packet.seq is None or "R" in packet.flags:
        return
    length = packet.payload + ("S" in packet.flags) + ("F" in packet.flags)
    if length:
        own.sent(packet.seq + length, packet)


def _note_datagram(case: Case, packet: Packet, own: _Half, other: _Half) -> None:
    """The newest request is what an answer answers."""
    if not _asks(case, packet):
        other.answered(0, packet.time)
        return
    request = own.waiting.get(0, (packet.time, None)) if _goes_on(packet, own) else _seen(packet)
    own.waiting = {0: request}


def _seen(packet: Packet) -> _Sent:
    return packet.time, packet.outgoing


def _goes_on(packet: Packet, own: _Half) -> bool:
    """Is it the packet that was just seen to come in, on its way out?"""
    _, side = own.waiting.get(0, _seen(packet))
    return side is not packet.outgoing


def _asks(case: Case, packet: Packet) -> bool:
    if packet.icmp is not None:
        return packet.icmp in _ECHO_REQUESTS
    if packet.flow is None or packet.flow.dport != case.flow.dport:
        return False
    return packet.flow.sport != case.flow.dport
