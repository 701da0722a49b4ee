"""What the ends and the router of one flow captured, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from collectors.model.records import Packet
from tests.analysis.handshake import ACK, DATA, DATA_ACK, SYN, SYN_ACK, came, through, went
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import BACK, FLOW, line
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import Outcome, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

ANSWER = packet(BACK, "P.", 7001, 1101, at=1.5, payload=200)
TAKEN = packet(FLOW, ".", 1101, 7201, at=1.6)
FIN = packet(FLOW, "F.", 1101, 7201, at=1.7)
FIN_BACK = packet(BACK, "F.", 7201, 1102, at=1.8)
LAST = packet(FLOW, ".", 1102, 7202, at=1.9)
MADE = (SYN, SYN_ACK, ACK)
ASKED = (*MADE, DATA, DATA_ACK)
DONE = (*ASKED, ANSWER, TAKEN)
CLOSED = (*DONE, FIN, FIN_BACK, LAST)


def there(
    at: float, seq: int = 1101, ack: int = 7201, flags: str = "P.", payload: int = 100
) -> Packet:
    """Another packet of the client."""
    return packet(FLOW, flags, seq, ack, at=at, payload=payload)


def back(
    at: float, seq: int = 7201, ack: int = 1101, flags: str = "P.", payload: int = 100
) -> Packet:
    """Another packet of the server."""
    return packet(BACK, flags, seq, ack, at=at, payload=payload)


@dataclass
class Watched:
    """[c1] -- (r1) -- [s1]: what each of them captured."""

    packets: tuple[Packet, ...]
    places: str = "c1 r1 s1"
    unheard: tuple[Packet, ...] = ()  # of these packets those that never come to the other end
    forged: tuple[Packet, ...] = ()  # that come to one end, and the other never sent
    net: Net = field(default_factory=lambda: line("r1"))

    def found(self, flow: str = FLOW) -> Findings:
        for place in self.places.split():
            seen = (self.at(place, one) for one in (*self.packets, *self.forged))
            self.net.capture(place, *(packet for packets in seen for packet in packets))
        return read(self.net.case(flow))

    def verdict(self) -> Verdict:
        return judge(self.found())

    def ends(self, flow: str = FLOW) -> list[ConnState]:
        return [one.end for one in self.found(flow).attempts]

    def at(self, place: str, one: Packet) -> tuple[Packet, ...]:
        forward = one.flow is not None and one.flow.dport == 443
        lost, forged = (
            any(one is other for other in self.unheard),
            any(one is other for other in self.forged),
        )
        if place == "r1":
            iif, oif = ("eth0", "eth1") if forward else ("eth1", "eth0")
            return () if forged else (came(one, iif),) if lost else through(one, iif, oif)
        sender = (place == "c1") is forward
        if (lost and not sender) or (forged and sender):
            return ()
        return (went(one),) if sender else (came(one),)


def judged(*packets: Packet, **more: object) -> Verdict:
    return Watched(packets, **more).verdict()  # type: ignore[arg-type]


def surely(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.HEALTHY and verdict.best.confidence >= 0.8
