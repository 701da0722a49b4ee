"""The packets of an exchange, in their order, and the words for them."""

from __future__ import annotations

from enum import StrEnum

from collectors.model.flow import Protocol


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


def handshake_step_of(packet: str, reverse: bool, protocol: Protocol) -> HandshakeStep:
    """Which packet of the exchange do these words mean?"""
    words = packet.lower()
    tcp, acknowledges = protocol is Protocol.TCP, "ack" in words
    first = HandshakeStep.ANSWER if reverse else HandshakeStep.OPENING
    if "challenge" in words:  # it comes in place of the SYN-ACK
        return HandshakeStep.ANSWER
    if tcp and "syn" in words:
        return HandshakeStep.ANSWER if acknowledges else first
    if words in ("rst", "fin") or any(size in words for size in ("data", "large", "big")):
        return HandshakeStep.DATA
    if tcp and acknowledges:
        return HandshakeStep.DATA if reverse else HandshakeStep.CONFIRM
    return first
