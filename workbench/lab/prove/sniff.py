"""Watches every node of a lab at once and follows single packets from node to node: the proof
behind `check`."""

from __future__ import annotations

import contextlib
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from workbench.lab.build.namespaces import PATH, enter

SNAP = 240


@dataclass(frozen=True, slots=True)
class SniffedPacket:
    """One packet at one node. `mark` is what stays the same about it on its way, translated or
    not."""

    time: int  # nanoseconds
    node: str
    outgoing: bool
    source: str
    target: str
    ports: tuple[int, int]
    protocol: int
    flags: int
    payload: int
    mark: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Trip:
    """The way of one packet: the nodes in order, and whether the last one let it go again."""

    first: SniffedPacket
    last: SniffedPacket
    nodes: tuple[str, ...]
    ended_inside: bool  # came in at the last node and did not go out


def watch(pids: Mapping[str, int], seconds: float) -> list[SniffedPacket]:
    """Capture TCP, UDP and ICMP on all nodes for a while, in the order of time."""
    jobs = {node: _tcpdump(pid, seconds) for node, pid in pids.items()}
    seen = []
    for node, job in jobs.items():
        data, _ = job.communicate(timeout=seconds + 20)
        seen += list(_packets(node, data))
    return sorted(seen, key=lambda packet: packet.time)


def _tcpdump(pid: int, seconds: float) -> subprocess.Popen[bytes]:
    words = [
        "timeout",
        "-s",
        "INT",
        str(seconds),
        "tcpdump",
        "-i",
        "any",
        "-n",
        "-U",
        "--nano",
        "-s",
        str(SNAP),
        "-w",
        "-",
    ]
    return subprocess.Popen(
        enter(pid, [*words, "tcp or udp or icmp or icmp6"]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": PATH},
    )


def _packets(node: str, data: bytes) -> Iterator[SniffedPacket]:
    place = 24
    while place + 16 <= len(data):
        seconds, nano, size, _ = struct.unpack_from("<IIII", data, place)
        frame = data[place + 16 : place + 16 + size]
        place += 16 + size
        with contextlib.suppress(struct.error, IndexError, ValueError):
            yield _packet(node, seconds * 10**9 + nano, frame)


def _packet(node: str, time: int, frame: bytes) -> SniffedPacket:
    outgoing, ip = frame[10] == 4, frame[20:]  # SLL2: 20 bytes, the packet type at 10
    if ip[0] >> 4 == 4:
        head, protocol = (ip[0] & 15) * 4, ip[9]
        source, target, total = (
            ip_address(ip[12:16]),
            ip_address(ip[16:20]),
            struct.unpack_from(">H", ip, 2)[0],
        )
    else:
        head, protocol = 40, ip[6]
        source, target, total = (
            ip_address(ip[8:24]),
            ip_address(ip[24:40]),
            40 + struct.unpack_from(">H", ip, 4)[0],
        )
    body = ip[head:]
    ports, flags, payload, mark = _transport(protocol, body, total - head)
    return SniffedPacket(
        time,
        node,
        outgoing,
        str(source),
        str(target),
        ports,
        protocol,
        flags,
        payload,
        (protocol, *mark),
    )


def _transport(
    protocol: int, body: bytes, size: int
) -> tuple[tuple[int, int], int, int, tuple[object, ...]]:
    if protocol == 6:
        sport, dport, seq, ack, offset, flags = struct.unpack_from(">HHIIBB", body)
        payload = size - (offset >> 4) * 4
        return (sport, dport), flags & 0x17, payload, (flags & 0x17, seq, ack, payload)
    if protocol == 17:
        return struct.unpack_from(">HH", body), 0, size - 8, (size, bytes(body[8:120]))
    return (0, 0), 0, size, (bytes(body[:120]),)


def trips(seen: list[SniffedPacket], lag: float = 0.0) -> list[Trip]:
    """Every packet's way, which may take `lag` seconds longer; a retransmission is a trip of its
    own."""
    longest = int((0.5 + lag) * 1e9)
    groups: dict[tuple[object, ...], list[SniffedPacket]] = {}
    found = []
    for packet in seen:
        group = groups.get(packet.mark)
        again = group and packet.node == group[0].node and packet.outgoing == group[0].outgoing
        if (
            group is None
            or packet.time - group[0].time > longest
            or (again and len(group) < 40 and not _loops(group))
        ):
            groups[packet.mark] = group = []
            found.append(group)
        group.append(packet)
    return [_trip(group) for group in found]


def _loops(group: list[SniffedPacket]) -> bool:
    return len({packet.node for packet in group}) < len(group) / 3


def _trip(group: list[SniffedPacket]) -> Trip:
    nodes: list[str] = []
    for packet in group:
        if not nodes or nodes[-1] != packet.node:
            nodes.append(packet.node)
    return Trip(group[0], group[-1], tuple(nodes), not group[-1].outgoing)
