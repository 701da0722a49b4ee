"""Runs inside a node: answers TCP and UDP. `serve.py tcp|udp ADDRESS PORT`; standard library
only."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading

TCP_RTO_MAX_MS = 44  # so that an answer that is lost is said again every two seconds


def talk_tcp(peer: socket.socket) -> None:
    """`get N` is answered with N bytes, `put N` after N bytes came in; all but `stay` then
    close."""
    with peer, peer.makefile("rb", buffering=0) as stream, contextlib.suppress(OSError, ValueError):
        peer.settimeout(900)
        with contextlib.suppress(OSError):  # an old kernel
            peer.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, 2000)
        while line := stream.readline(200):
            word, _, rest = line.partition(b" ")
            if word == b"get":
                peer.sendall(b"x" * min(int(rest), 1 << 20) + b"\n")
            elif word == b"put":
                left = int(rest)
                while left > 0 and (data := peer.recv(min(left, 65536))):
                    left -= len(data)
                peer.sendall(b"thanks\n")
            else:
                peer.sendall(line)
            if word != b"stay\n":
                break


def serve_tcp(where: tuple[str, int]) -> None:
    """Accept for ever, one thread for each peer."""
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(64)
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=talk_tcp, args=(peer,), daemon=True).start()


def serve_udp(where: tuple[str, int]) -> None:
    """Answer every datagram from the address that it was sent to."""
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    level, want, got = (
        (socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, socket.IPV6_PKTINFO)
        if family == socket.AF_INET6
        else (socket.IPPROTO_IP, 8, 8)  # IP_PKTINFO
    )
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(level, want, 1)
        sock.bind(where)
        while True:
            data, extra, _, peer = sock.recvmsg(65536, 256)
            info = next((d for lv, kind, d in extra if lv == level and kind == got), None)
            if info is not None and family == socket.AF_INET:
                # answer from the address asked, by any interface
                info = b"\0\0\0\0" + info[8:12] + b"\0\0\0\0"
            elif info is not None:
                info = info[:16] + b"\0\0\0\0"
            with contextlib.suppress(OSError):
                sock.sendmsg([b"re: " + data], [(level, got, info)] if info else [], 0, peer)


if __name__ == "__main__":
    {"tcp": serve_tcp, "udp": serve_udp}[sys.argv[1]]((sys.argv[2], int(sys.argv[3])))
