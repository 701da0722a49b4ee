"""The packets of an exchange, in their order, and the words for them."""

from __future__ import annotations

from enum import StrEnum

from collectors.model.flow import Protocol
from workbench.analysis.case.packet_kinds import PacketKind


class HandshakeStep(StrEnum):
    """Which packet of the exchange: a SYN, its SYN-ACK, the ACK, then data; or a request and its
    reply."""

    OPENING = "opening"
    ANSWER = "answer"
    CONFIRM = "confirm"
    DATA = "data"

    def word(self, protocol: Protocol) -> str:
        """What an engineer calls that packet."""
        return _WORDS[protocol][self]


_WORDS = {
    Protocol.TCP: {
        HandshakeStep.OPENING: "SYN",
        HandshakeStep.ANSWER: "SYN-ACK",
        HandshakeStep.CONFIRM: "ACK",
        HandshakeStep.DATA: "data",
    },
    Protocol.UDP: dict(zip(HandshakeStep, ("request", "reply", "request", "data"), strict=True)),
    Protocol.ICMP: dict(
        zip(HandshakeStep, ("echo request", "echo reply", "echo request", "data"), strict=True)
    ),
}

FLAGS = {
    HandshakeStep.OPENING: "S",
    HandshakeStep.ANSWER: "S.",
    HandshakeStep.CONFIRM: ".",
    HandshakeStep.DATA: "P.",
}


_LATER = frozenset({PacketKind.RST, PacketKind.FIN, PacketKind.DATA})
# a challenge ACK comes in place of the SYN-ACK
_ANSWERS = frozenset({PacketKind.SYN_ACK, PacketKind.CHALLENGE_ACK})


def handshake_step_of(packet: PacketKind, reverse: bool) -> HandshakeStep:
    """Which packet of the exchange is one of this kind?"""
    if packet in _ANSWERS:
        return HandshakeStep.ANSWER
    if packet in _LATER:
        return HandshakeStep.DATA
    if packet == PacketKind.ACK:
        return HandshakeStep.DATA if reverse else HandshakeStep.CONFIRM
    return HandshakeStep.ANSWER if reverse else HandshakeStep.OPENING
