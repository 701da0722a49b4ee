"""Which packet of an exchange is one of this kind, and what does a box of the picture say of it?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.flow import FOLLOWED, Protocol
from workbench.analysis.case.packet_kinds import BY_PROTOCOL, PacketKind
from workbench.analysis.case.verdict import Drop
from workbench.analysis.diagnosis.handshake import HandshakeStep, handshake_step_of

FORWARD, REVERSE = False, True
DROP = Drop(
    "r1",
    "eth0",
    PacketKind.SYN_ACK,
    "was seen there (SYN-RECV); r2 cannot be watched",
    brief="was seen there",
)


@pytest.mark.parametrize(
    ("kind", "reverse", "step"),
    [
        (PacketKind.SYN, FORWARD, HandshakeStep.OPENING),
        (PacketKind.SYN, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.SYN_ACK, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.CHALLENGE_ACK, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.ACK, FORWARD, HandshakeStep.CONFIRM),
        (PacketKind.ACK, REVERSE, HandshakeStep.DATA),
        (PacketKind.DATA, FORWARD, HandshakeStep.DATA),
        (PacketKind.RST, REVERSE, HandshakeStep.DATA),
        (PacketKind.SEGMENT, FORWARD, HandshakeStep.OPENING),
        (PacketKind.UDP, REVERSE, HandshakeStep.ANSWER),
        (PacketKind.REQUEST, FORWARD, HandshakeStep.OPENING),
        (PacketKind.REPLY, REVERSE, HandshakeStep.ANSWER),
    ],
)
def test_which_packet_of_the_exchange_it_is(
    kind: PacketKind, reverse: bool, step: HandshakeStep
) -> None:
    assert handshake_step_of(kind, reverse) is step


def test_every_packet_of_an_exchange_and_of_a_tunnel_has_a_kind() -> None:
    for protocol in FOLLOWED:
        assert all(PacketKind(step.word(protocol)) for step in HandshakeStep)
    assert set(BY_PROTOCOL) == set(Protocol) - {Protocol.TCP}


def test_a_box_leaves_out_what_stands_beside_and_names_the_packet_once() -> None:
    assert DROP.box_words == "was seen there"
    assert replace(DROP, names_packet=False).box_words == "SYN-ACK: was seen there"
    assert replace(DROP, brief="").box_words == DROP.where
