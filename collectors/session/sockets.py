"""A TCP connection that neither waits for more data nor for a peer that is gone."""

from __future__ import annotations

import socket

CONNECT_TIMEOUT = 8.0
_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 4),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 2),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 10_000),
)


class QuickSocket(socket.socket):
    """A socket without delayed acknowledgements: they cost 40 ms per round trip."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        if hasattr(socket, "TCP_QUICKACK"):
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return data


def quick_socket(host: str, port: int, timeout: float = CONNECT_TIMEOUT) -> socket.socket:
    """A connected socket without Nagle and delayed-ACK stalls that notices a dead peer within
    seconds."""
    last: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        sock = QuickSocket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            sock.connect(address)
            for level, option, value in _SOCKET_OPTIONS:
                if hasattr(socket, option):
                    sock.setsockopt(level, getattr(socket, option), value)
            return sock
        except OSError as error:
            sock.close()
            last = error
    raise last or OSError(f"no address for {host}")
