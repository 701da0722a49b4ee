"""tcpdump counts from the beginning of each connection, which it prints whole: what are the real
sequence numbers?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet, Record

ROUND = 1 << 32  # sequence numbers begin again after that


@dataclass
class _Count:
    """Where each direction of each connection begins, and whether later numbers are counted from
    there."""

    begins: dict[Flow, int] = field(default_factory=dict)
    met: set[Flow] = field(default_factory=set)
    # None = no number has shown it yet; `tcpdump -S` prints all of them whole
    relative: bool | None = None

    def whole(self, packet: Packet) -> Packet:
        """The packet with its numbers as they were on the wire."""
        flow = packet.flow
        if flow is None or flow.protocol is not Protocol.TCP:
            return packet
        if "S" in packet.flags or flow not in self.met:
            self._begin(packet, flow)
            return packet
        if "." not in packet.flags:  # without an acknowledgement it is never counted
            return packet
        pairs = (
            (packet.seq, self.begins.get(flow)),
            (packet.ack, self.begins.get(flow.reversed())),
        )
        self._learn(pairs)
        if not self.relative:
            return packet
        seq, ack = (_sum(number, begin) for number, begin in pairs)
        return replace(packet, seq=seq, ack=ack)

    def _begin(self, packet: Packet, flow: Flow) -> None:
        back = flow.reversed()
        self.met.update((flow, back))
        if packet.seq is not None:
            self.begins[flow] = packet.seq
        if packet.ack is not None:
            self.begins[back] = (packet.ack - 1) % ROUND

    def _learn(self, pairs: Iterable[tuple[int | None, int | None]]) -> None:
        """A number that is nearer to nought than to where its direction began is counted from
        there."""
        for number, begin in pairs:
            if number is None or begin is None or self.relative is not None:
                continue
            counted, printed = _distance(number, 0), _distance(number, begin)
            if counted != printed:
                self.relative = counted < printed


def whole_numbers(records: Iterable[Record]) -> tuple[Record, ...]:
    """The same packets, all with the sequence numbers of the wire."""
    count = _Count()
    return tuple(count.whole(one) if isinstance(one, Packet) else one for one in records)


def _distance(one: int, other: int) -> int:
    apart = (one - other) % ROUND
    return min(apart, ROUND - apart)


def _sum(number: int | None, begin: int | None) -> int | None:
    return number if number is None or begin is None else (number + begin) % ROUND
