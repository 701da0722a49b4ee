"""The packets of an exchange, in their order, and the words for them."""

from __future__ import annotations

from enum import StrEnum

from collectors.model.flow import Protocol


class Stage(StrEnum):
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
        Stage.OPENING: "SYN",
        Stage.ANSWER: "SYN-ACK",
        Stage.CONFIRM: "ACK",
        Stage.DATA: "data",
    },
    Protocol.UDP: dict(zip(Stage, ("request", "reply", "request", "data"), strict=True)),
    Protocol.ICMP: dict(
        zip(Stage, ("echo request", "echo reply", "echo request", "data"), strict=True)
    ),
}

FLAGS = {Stage.OPENING: "S", Stage.ANSWER: "S.", Stage.CONFIRM: ".", Stage.DATA: "P."}


def stage_of(packet: str, reverse: bool, protocol: Protocol) -> Stage:
    """Which packet of the exchange do these words mean?"""
    words = packet.lower()
    if "challenge" in words:  # it comes in place of the SYN-ACK
        return Stage.ANSWER
    if protocol is Protocol.TCP and "syn" in words:
        return Stage.ANSWER if "ack" in words or reverse else Stage.OPENING
    if words in ("rst", "fin") or "data" in words or "large" in words or "big" in words:
        return Stage.DATA
    if protocol is Protocol.TCP and "ack" in words:
        return Stage.DATA if reverse else Stage.CONFIRM
    return Stage.ANSWER if reverse else Stage.OPENING
