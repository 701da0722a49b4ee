"""Packets of one handshake as cases use them, and where captures saw them."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.records import Packet
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import BACK, FLOW
from workbench.analysis.case.findings import Findings
from workbench.analysis.evidence.read import read

SYN = packet(FLOW, "S", at=1.0)
AGAIN = packet(FLOW, "S", at=2.0)
SYN_ACK = packet(BACK, "S.", 7000, 1001, at=1.1)
ACK = packet(FLOW, ".", 1001, 7001, at=1.2)
DATA = packet(FLOW, "P.", 1001, 7001, at=1.3, payload=100)
DATA_ACK = packet(BACK, ".", 7001, 1101, at=1.4)


def came(one: Packet, interface: str = "eth0") -> Packet:
    return replace(one, interface=interface, outgoing=False)


def went(one: Packet, interface: str = "eth0") -> Packet:
    return replace(one, interface=interface, outgoing=True)


def through(one: Packet, iif: str, oif: str) -> tuple[Packet, Packet]:
    return came(one, iif), went(one, oif)


def conversation(net: Net, *forward: Packet, back: tuple[Packet, ...] = ()) -> Findings:
    """[c1] -- (r1) -- [s1], all of it seen everywhere"""
    flow_count = [through(one, "eth0", "eth1") for one in forward] + [
        through(one, "eth1", "eth0") for one in back
    ]
    net.capture("c1", *(went(one) for one in forward), *(came(one) for one in back))
    net.capture("r1", *(one for pair_ in flow_count for one in pair_))
    net.capture("s1", *(came(one) for one in forward), *(went(one) for one in back))
    return read(net.case(FLOW))
