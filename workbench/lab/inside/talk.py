"""Runs inside a node: a client that keeps trying one flow, and prints each outcome as a line of JSON.

`talk.py tcp|udp|icmp SOURCE PORT TARGET PORT request|upload|download|stream|quiet SECONDS [TIMES]`; port 0 = any.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

Where = tuple[str, int]
Outcome = dict[str, Any]
PATIENCE = 3.5
MUCH = 60000
STAYING = ("stream", "quiet")
TCP_RTO_MAX_MS = 44  # so that a hung stream still says something every two seconds


def opened(kind: socket.SocketKind, source: Where, target: Where) -> socket.socket:
    """A socket bound to the flow's source, not yet connected."""
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(PATIENCE)
    sock.bind(source)
    return sock


def ask(sock: socket.socket, manner: str) -> None:
    """One exchange over a connection that stands."""
    ask_for = {"upload": b"put %d\n" % MUCH + b"y" * MUCH, "download": b"get %d\n" % MUCH}
    sock.sendall(ask_for.get(manner, b"stay\n" if manner in STAYING else b"hello\n"))
    left = MUCH if manner == "download" else 1
    while left > 0:
        data = sock.recv(65536)
        if not data:
            raise ConnectionResetError("closed by peer")
        left -= len(data)
    while manner not in STAYING and sock.recv(65536):
        pass  # the server closes first, so that a fixed source port is free at once


def one_tcp(source: Where, target: Where, manner: str, every: float) -> Iterator[Outcome]:
    """Connect, ask, leave the closing to the other side; a stream stays and says something again and again."""
    with opened(socket.SOCK_STREAM, source, target) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a failed attempt frees its port
        sock.connect(target)
        if manner == "stream":
            with contextlib.suppress(OSError):  # an old kernel
                sock.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, 2000)
        ask(sock, manner)
        while manner in STAYING:
            sock.settimeout(None)
            yield {"ok": True, "sport": sock.getsockname()[1]}
            time.sleep(every)
            ask(sock, manner)
        sport = sock.getsockname()[1]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\0" * 8)
    yield {"ok": True, "sport": sport}


def one_udp(source: Where, target: Where, manner: str, every: float) -> Iterator[Outcome]:
    """One datagram and its answer."""
    with opened(socket.SOCK_DGRAM, source, target) as sock:
        sock.connect(target)
        sock.settimeout(min(PATIENCE, 1.5))
        sock.send(b"hello %d" % time.monotonic_ns())
        sock.recv(65536)
        yield {"ok": True, "sport": sock.getsockname()[1]}


def one_icmp(source: Where, target: Where, manner: str, every: float) -> Iterator[Outcome]:
    """One echo request and its reply."""
    v6 = ":" in target[0]
    family, kind = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if v6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    with socket.socket(family, socket.SOCK_DGRAM, kind) as sock:
        sock.settimeout(1.5)
        sock.bind((source[0], 0))
        head = bytes([128 if v6 else 8, 0, 0, 0, 0, 0, 0, 1])
        sock.sendto(head + b"%d" % time.monotonic_ns(), (target[0], 0))
        sock.recv(65536)
        yield {"ok": True}


def attempts(
    one: Callable[[Where, Where, str, float], Iterator[Outcome]],
    source: Where,
    target: Where,
    manner: str,
    every: float,
) -> Iterator[Outcome]:
    """Outcomes for ever."""
    while True:
        begun = time.time()
        try:
            for outcome in one(source, target, manner, every):
                yield {"time": begun, **outcome}
        except OSError as problem:
            yield {"time": begun, "ok": False, "error": problem.strerror or str(problem)}
        time.sleep(max(0.2, every - (time.time() - begun)))


def main() -> None:
    """Try, and say what came of it."""
    protocol, source, sport, target, dport, manner, every = sys.argv[1:8]
    times = int(sys.argv[8]) if len(sys.argv) > 8 else None
    one = {"tcp": one_tcp, "udp": one_udp, "icmp": one_icmp}[protocol]
    each = attempts(one, (source, int(sport)), (target, int(dport)), manner, float(every))
    for number, outcome in enumerate(each, 1):
        print(json.dumps(outcome), flush=True)
        if number == times:
            break


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main()
