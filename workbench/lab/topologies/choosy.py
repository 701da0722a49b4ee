"""Sockets that take nothing from this client: from near by only (TTL security), of one IP version
only.

client -- r1 -- r2 -- r3 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.scripts import python
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Talk, Truth

WAY = "client r1 r2 r3 server"
SERVE = python("serve.py")
PROGRAM = """cat > /run/app.py <<'END'
import socket, threading
def serve(family, where, port, *option):
    s = socket.socket(family); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(*option)
    s.bind((where, port)); s.listen(16)
    while True:
        c = s.accept()[0]
        try:
            c.recv(99); c.sendall(b"well")
        except OSError:
            pass
        c.close()
{0}
END
{1} /run/app.py </dev/null >/dev/null 2>&1 & echo $! > /run/app.pid"""
IP_MINTTL = 21  # linux/in.h
NEAR_BY = "serve(socket.AF_INET, '0.0.0.0', 179, socket.IPPROTO_IP, {}, {})"
BOTH_VERSIONS = """six = socket.IPPROTO_IPV6, socket.IPV6_V6ONLY
threading.Thread(target=serve, args=(socket.AF_INET6, '::', 8443, *six, 1)).start()
serve(socket.AF_INET6, '::', 8080, *six, 0)"""


def choosy(name: str, title: str, what: str, port: int, truth: Truth) -> Lab:
    """The line, and a service of its own on the server."""
    service = PROGRAM.format(what, SERVE.rpartition(" ")[0])
    nodes = (*plain("client r1 r2 r3"), node("server", commands=(service,)))
    talks = (Talk("client", "server", port=port, listen="none"), *noise())
    return Lab(name, title, nodes, links(WAY), (WAY, back(WAY)), talks, truth)


def refused(cause: Cause, cure: str) -> Truth:
    """The server takes nothing."""
    return Truth(cause, WAY, back(WAY), "server", None, Direction.FORWARD, (("server", cure),))


LAX = f"kill $(cat /run/app.pid); sleep 0.5; {SERVE} tcp 0.0.0.0 179 </dev/null >/dev/null 2>&1 &"
BESIDE = f"{SERVE} tcp 0.0.0.0 8443 </dev/null >/dev/null 2>&1 &"
WELL = Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY))

LABS = (
    choosy(
        "near-by-only",
        "The service accepts segments with a TTL of at least 254 only (BGP's TTL security), "
        "and the client is three hops away",
        NEAR_BY.format(IP_MINTTL, 254),
        179,
        refused(Cause.SERVER_POLICY_DENY, LAX),
    ),
    choosy(
        "near-enough",
        "Harmless: the same check with a lower limit, which the client's packets meet",
        NEAR_BY.format(IP_MINTTL, 60),
        179,
        WELL,
    ),
    choosy(
        "six-only",
        "The service listens on [::] for IPv6 only, and the client connects by IPv4",
        BOTH_VERSIONS,
        8443,
        refused(Cause.SERVICE_NOT_LISTENING, BESIDE),
    ),
    choosy(
        "six-for-both",
        "Harmless: one service listens on [::] for both versions, beside another that is for "
        "IPv6 only",
        BOTH_VERSIONS,
        8080,
        WELL,
    ),
)
