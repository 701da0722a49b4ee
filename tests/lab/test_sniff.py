"""Does following single packets tell where they went and where they ended?"""

from __future__ import annotations

import struct

from workbench.lab.prove.sniff import SniffedPacket, _packet, trips


def seen(time: int, node: str, outgoing: bool, mark: str = "a") -> SniffedPacket:
    return SniffedPacket(
        time, node, outgoing, "192.0.2.1", "203.0.113.2", (40000, 443), 6, 2, 0, (mark,)
    )


def test_packet_passes_two_nodes_and_ends_inside_the_third() -> None:
    """[client] --> (r1) --> (fw) X"""
    way = [seen(1, "client", True), seen(2, "r1", False), seen(3, "r1", True), seen(4, "fw", False)]
    (trip,) = trips(way)
    assert trip.nodes == ("client", "r1", "fw")
    assert trip.ended_inside


def test_retransmission_is_a_trip_of_its_own() -> None:
    way = [
        seen(1, "client", True),
        seen(2, "r1", False),
        seen(900_000_000, "client", True),
        seen(900_000_001, "r1", False),
    ]
    assert [trip.nodes for trip in trips(way)] == [("client", "r1"), ("client", "r1")]


def test_packets_are_told_apart_by_what_stays_the_same() -> None:
    assert len(trips([seen(1, "client", True, "a"), seen(2, "client", True, "b")])) == 2


def test_reads_a_cooked_ipv4_syn() -> None:
    link = bytes(10) + b"\x04" + bytes(9)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 44, 7, 0, 64, 6, 0) + bytes(
        [192, 0, 2, 1, 203, 0, 113, 2]
    )
    tcp = struct.pack(">HHIIBBHHH", 40000, 443, 1000, 0, 0x60, 0x02, 64240, 0, 0) + bytes(4)
    packet = _packet("client", 5, link + ip + tcp)
    assert (packet.outgoing, packet.source, packet.ports, packet.flags) == (
        True,
        "192.0.2.1",
        (40000, 443),
        2,
    )
    assert packet.mark == (6, 2, 1000, 0, 0)
