"""Which kinds of packets are there, and what does a box of the picture say of one?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.flow import FOLLOWED, Protocol
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.packet_kinds import BY_PROTOCOL, PacketKind
from workbench.analysis.diagnosis.handshake import HandshakeStep

DROP = Drop(
    "r1",
    "eth0",
    PacketKind.SYN_ACK,
    "was seen there (SYN-RECV); r2 cannot be watched",
    brief="was seen there",
)


def test_every_packet_of_an_exchange_and_of_a_tunnel_has_a_kind() -> None:
    for protocol in FOLLOWED:
        assert all(PacketKind(step.word(protocol)) for step in HandshakeStep)
    assert set(BY_PROTOCOL) == set(Protocol) - {Protocol.TCP}


def test_a_box_leaves_out_what_stands_beside_and_names_the_packet_once() -> None:
    assert DROP.box_words == "was seen there"
    assert replace(DROP, names_packet=False).box_words == "SYN-ACK: was seen there"
    assert replace(DROP, brief="").box_words == DROP.where
