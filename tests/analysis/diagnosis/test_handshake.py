"""Which packet of the exchange is one of this kind?"""

from __future__ import annotations

import pytest

from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.diagnosis.handshake import HandshakeStep, handshake_step_of

FORWARD, REVERSE = False, True


@pytest.mark.parametrize(
    ("kind", "reverse", "step"),
    [
        (PacketKind.SYN, FORWARD, HandshakeStep.OPENING),
        (PacketKind.SYN, REVERSE, HandshakeStep.ANSWER),  # both ends opened at once
        (PacketKind.SYN_ACK, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.SYN_ACK, FORWARD, HandshakeStep.ANSWER),
        (PacketKind.CHALLENGE_ACK, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.ACK, FORWARD, HandshakeStep.CONFIRM),
        (PacketKind.ACK, REVERSE, HandshakeStep.DATA),
        (PacketKind.RST, REVERSE, HandshakeStep.DATA),
        (PacketKind.FIN, FORWARD, HandshakeStep.DATA),
        (PacketKind.DATA, FORWARD, HandshakeStep.DATA),
        (PacketKind.SEGMENT, FORWARD, HandshakeStep.OPENING),
        (PacketKind.UDP, FORWARD, HandshakeStep.OPENING),
        (PacketKind.UDP, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.ICMP, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.REQUEST, FORWARD, HandshakeStep.OPENING),
        (PacketKind.REPLY, REVERSE, HandshakeStep.ANSWER),
    ],
)
def test_the_step_of_a_packet(kind: PacketKind, reverse: bool, step: HandshakeStep) -> None:
    assert handshake_step_of(kind, reverse) is step
