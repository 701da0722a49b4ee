"""Runs inside a node: announces again and again that an address is here. `announce.py DEVICE
ADDRESS SECONDS`."""

from __future__ import annotations

import socket
import sys
import time


def main() -> None:
    """Broadcast a gratuitous ARP reply every so often."""
    device, address, seconds = sys.argv[1:4]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((device, 0x0806))
        mac, ip = sock.getsockname()[4], socket.inet_aton(address)
        head = b"\xff" * 6 + mac + b"\x08\x06\x00\x01\x08\x00\x06\x04\x00\x02"
        while True:
            sock.send(head + mac + ip + b"\xff" * 6 + ip)
            time.sleep(float(seconds))


if __name__ == "__main__":
    main()
