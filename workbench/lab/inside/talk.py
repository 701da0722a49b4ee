"""Runs inside a node: a client that keeps trying one flow, and prints each outcome as a line of
JSON.

`talk.py tcp|udp|icmp SOURCE PORT TARGET PORT request|upload|download|stream|quiet|half|abrupt
SECONDS LAG [TIMES]`; port 0 = any, LAG = how many seconds longer than at home a round trip takes.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

Where = tuple[str, int]
Outcome = dict[str, Any]
# seconds for one thing over TCP; for an answer to a datagram, at most
PATIENCE, DATAGRAM = 3.5, 1.5
BUSY = (errno.EADDRNOTAVAIL, errno.EADDRINUSE)
MUCH = 60000
STAYING = ("stream", "quiet")
TCP_RTO_MAX_MS = 44  # so that a hung stream still says something every two seconds


class Manners:
    """How the client talks: what it does once connected, how often, and how long a round trip keeps
    it waiting."""

    def __init__(self, manner: str, every: float, lag: float) -> None:
        self.manner, self.every, self.lag = manner, every, lag
        # until the answer to a datagram is given up
        self.moment = min(DATAGRAM, max(0.3, 3 * every)) + 2 * lag


def opened(kind: socket.SocketKind, source: Where, target: Where, patience: float) -> socket.socket:
    """A socket bound to the flow's source, not yet connected."""
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(patience)
    sock.bind(source)
    return sock


def ask(sock: socket.socket, manner: str) -> None:
    """One exchange over a connection that stands."""
    ask_for = {"upload": b"put %d\n" % MUCH + b"y" * MUCH, "download": b"get %d\n" % MUCH}
    sock.sendall(ask_for.get(manner, b"stay\n" if manner in STAYING else b"hello\n"))
    if manner == "half":
        sock.shutdown(socket.SHUT_WR)
    left = MUCH if manner == "download" else 1
    while left > 0:
        data = sock.recv(65536)
        if not data:
            raise ConnectionResetError("closed by peer")
        left -= len(data)
    while manner not in (*STAYING, "abrupt") and sock.recv(65536):
        pass  # the server closes first, so that a fixed source port is free at once


def one_tcp(source: Where, target: Where, how: Manners) -> Iterator[Outcome]:
    """Connect, ask, leave the closing to the other side; a stream stays and says something again
    and again."""
    manner = how.manner
    with opened(socket.SOCK_STREAM, source, target, PATIENCE + 2 * how.lag) as sock:
        # a failed attempt frees its port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.connect(target)
        if manner == "stream":
            with contextlib.suppress(OSError):  # an old kernel
                sock.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, 2000)
        ask(sock, manner)
        while manner in STAYING:
            sock.settimeout(None)
            yield {"ok": True, "sport": sock.getsockname()[1]}
            time.sleep(how.every)
            ask(sock, manner)
        sport = sock.getsockname()[1]
        if manner != "abrupt":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\0" * 8)
    yield {"ok": True, "sport": sport}


def one_udp(source: Where, target: Where, how: Manners) -> Iterator[Outcome]:
    """One datagram and its answer."""
    with opened(socket.SOCK_DGRAM, source, target, how.moment) as sock:
        sock.connect(target)
        sock.send(b"hello %d" % time.monotonic_ns())
        sock.recv(65536)
        yield {"ok": True, "sport": sock.getsockname()[1]}


def one_icmp(source: Where, target: Where, how: Manners) -> Iterator[Outcome]:
    """One echo request and its reply."""
    v6 = ":" in target[0]
    family, kind = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6) if v6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    )
    with socket.socket(family, socket.SOCK_DGRAM, kind) as sock:
        sock.settimeout(how.moment)
        sock.bind((source[0], 0))
        head = bytes([128 if v6 else 8, 0, 0, 0, 0, 0, 0, 1])
        sock.sendto(head + b"%d" % time.monotonic_ns(), (target[0], 0))
        sock.recv(65536)
        yield {"ok": True}


def attempts(
    one: Callable[[Where, Where, Manners], Iterator[Outcome]],
    source: Where,
    target: Where,
    how: Manners,
) -> Iterator[Outcome]:
    """Outcomes for ever."""
    while True:
        begun = time.time()
        try:
            for outcome in one(source, target, how):
                yield {"time": begun, **outcome}
        except OSError as problem:
            # the fixed port is still held by the last words of the attempt before
            if problem.errno not in BUSY:
                yield {"time": begun, "ok": False, "error": problem.strerror or str(problem)}
        time.sleep(max(0.2 + how.lag, how.every - (time.time() - begun)))


def main() -> None:
    """Try, and say what came of it."""
    protocol, source, sport, target, dport, manner, every, lag = sys.argv[1:9]
    times = int(sys.argv[9]) if len(sys.argv) > 9 else None
    one = {"tcp": one_tcp, "udp": one_udp, "icmp": one_icmp}[protocol]
    how = Manners(manner, float(every), float(lag))
    each = attempts(one, (source, int(sport)), (target, int(dport)), how)
    for number, outcome in enumerate(each, 1):
        print(json.dumps(outcome), flush=True)
        if number == times:
            break


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main()
