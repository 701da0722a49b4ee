"""Runs beside the bridges: carries frames between two interfaces as a long wire does, late and not
always.

`relay.py JSON` with `[{"ends": ["w0a", "w0b"], "there": LANE, "back": LANE}]`; a LANE has `delay`
and `jitter` in milliseconds one way, and the shares of frames that are `lost`, that come `twice`,
and that come `late` (others overtake them). Jitter alone changes no order. Standard library only.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import os
import random
import select
import socket
import sys
import time
from collections.abc import Iterator

Lane = dict[str, float]
EVERYTHING = 3  # ETH_P_ALL
SOL_PACKET, PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE = 263, 23, 33  # linux/if_packet.h, asm/socket.h
ROOM = 8 << 20  # bytes that may wait in one socket while this process does not run
BURST = 256  # frames taken from one end before the others have their turn
OVERTAKEN = 4.0  # milliseconds that a late frame comes later than it would


def tap(device: str) -> socket.socket:
    """Everything that arrives at one interface; what is sent leaves by it."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERYTHING))
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    sock.bind((device, EVERYTHING))
    sock.setblocking(False)
    return sock


class WireDirection:
    """One direction of one wire: when does a frame that comes in now come out?"""

    def __init__(self, out: socket.socket, lane: Lane, chance: random.Random) -> None:
        self.out, self.chance = out, chance
        self.delay, self.jitter = lane["delay"] / 1000, lane["jitter"] / 1000
        self.lost, self.twice, self.late = lane["lost"], lane["twice"], lane["late"]
        self.newest = 0.0

    def dues(self, now: float) -> Iterator[float]:
        """The moments at which it comes out: none when it is lost, two when it is doubled."""
        if self.chance.random() < self.lost:
            return
        due = now + max(0.0, self.delay + self.chance.uniform(-self.jitter, self.jitter))
        if self.chance.random() < self.late:
            due += OVERTAKEN / 1000 + self.jitter
        else:
            due = self.newest = max(self.newest, due)
        yield due
        if self.chance.random() < self.twice:
            yield due


def directions(
    wires: list[dict[str, object]], chance: random.Random
) -> dict[int, tuple[socket.socket, WireDirection]]:
    """For every end where frames come in: its socket, and where they go."""
    found = {}
    for wire in wires:
        one, other = (tap(name) for name in wire["ends"])  # type: ignore[attr-defined]
        found[one.fileno()] = (one, WireDirection(other, wire["there"], chance))  # type: ignore[arg-type]
        found[other.fileno()] = (other, WireDirection(one, wire["back"], chance))  # type: ignore[arg-type]
    return found


def frames(sock: socket.socket) -> Iterator[bytes]:
    """What has arrived, some of it at a time."""
    with contextlib.suppress(BlockingIOError, OSError):
        for _ in range(BURST):
            yield sock.recv(70000)


def carry(ways: dict[int, tuple[socket.socket, WireDirection]]) -> None:
    """Take frames in and let them out when they are due, for ever."""
    poll, order = select.epoll(), itertools.count()
    waiting: list[tuple[float, int, socket.socket, bytes]] = []
    for descriptor in ways:
        poll.register(descriptor, select.EPOLLIN)
    while True:
        rest = max(0.0, waiting[0][0] - time.monotonic()) if waiting else -1
        for descriptor, _ in poll.poll(rest):
            sock, way = ways[descriptor]
            for frame in frames(sock):
                for due in way.dues(time.monotonic()):
                    heapq.heappush(waiting, (due, next(order), way.out, frame))
        deliver(waiting)


def deliver(waiting: list[tuple[float, int, socket.socket, bytes]]) -> None:
    """Send on what is due; an end that is down takes nothing."""
    now = time.monotonic()
    while waiting and waiting[0][0] <= now:
        _, _, out, frame = heapq.heappop(waiting)
        with contextlib.suppress(OSError):
            out.send(frame)


def main() -> None:
    """Say `ready` once every end is open, then carry."""
    with contextlib.suppress(OSError):
        os.nice(-10)  # a wire does not wait for the machine's other work
    ways = directions(json.loads(sys.argv[1]), random.Random())
    print("ready", flush=True)
    carry(ways)


if __name__ == "__main__":
    main()
