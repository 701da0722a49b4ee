"""The packets of an exchange, in their order, and the words for them."""

from __future__ import annotations

import re
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
    first = HandshakeStep.ANSWER if reverse else HandshakeStep.OPENING
    flags = set(_FLAG_WORDS.findall(words)) if protocol is Protocol.TCP else set()
    if "challenge" in words or flags == {"syn", "ack"}:  # a challenge ACK comes in its place
        return HandshakeStep.ANSWER
    if "syn" in flags:
        return first
    if _AFTER_HANDSHAKE.search(words):
        return HandshakeStep.DATA
    if "ack" not in flags:
        return first
    return HandshakeStep.DATA if reverse else HandshakeStep.CONFIRM


_FLAG_WORDS = re.compile("syn|ack")
_AFTER_HANDSHAKE = re.compile("^(?:rst|fin)$|data|large|big")
