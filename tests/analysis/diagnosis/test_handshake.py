"""Which packet of the exchange do the words for it mean?"""

from __future__ import annotations

import pytest

from collectors.model.flow import Protocol
from workbench.analysis.diagnosis.handshake import HandshakeStep, handshake_step_of

TCP, UDP, ICMP = Protocol.TCP, Protocol.UDP, Protocol.ICMP


@pytest.mark.parametrize(
    ("packet", "reverse", "protocol", "step"),
    [
        ("SYN", False, TCP, HandshakeStep.OPENING),
        ("SYN", True, TCP, HandshakeStep.ANSWER),  # both ends opened at once
        ("SYN-ACK", True, TCP, HandshakeStep.ANSWER),
        ("SYN-ACK", False, TCP, HandshakeStep.ANSWER),
        ("challenge ACK", True, TCP, HandshakeStep.ANSWER),
        ("ACK", False, TCP, HandshakeStep.CONFIRM),
        ("ACK", True, TCP, HandshakeStep.DATA),
        ("RST", True, TCP, HandshakeStep.DATA),
        ("FIN", False, TCP, HandshakeStep.DATA),
        ("data", False, TCP, HandshakeStep.DATA),
        ("large packet", True, TCP, HandshakeStep.DATA),
        ("UDP", False, UDP, HandshakeStep.OPENING),
        ("UDP", True, UDP, HandshakeStep.ANSWER),
        ("large packet", False, UDP, HandshakeStep.DATA),
        ("ICMP", True, ICMP, HandshakeStep.ANSWER),
    ],
)
def test_the_step_of_a_packet(
    packet: str, reverse: bool, protocol: Protocol, step: HandshakeStep
) -> None:
    assert handshake_step_of(packet, reverse, protocol) is step
