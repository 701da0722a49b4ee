"""A client that closes its half after the question, and a firewall that remembers such connections
for too short.

client -- r1 -- fw -- r2 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Manner, Talk, Truth
from workbench.lab.topologies.midflow import STRICT_PICKUP
from workbench.lab.topologies.services import started

WAY = "client r1 fw r2 server"
TIMER = "net.netfilter.nf_conntrack_tcp_timeout_close_wait"
REPORTS = """import socket, threading, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 443)); s.listen(64)
def answer(c):
    try:
        while c.recv(999):
            pass
        time.sleep(2.5); c.sendall(b"the report"); c.close()
    except OSError:
        pass
while True:
    threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()"""


def lab(name: str, title: str, seconds: int, truth: Truth) -> Lab:
    """The server begins its report when it has heard the end of the question, and needs its
    time."""
    remembers = (*STRICT_PICKUP, (TIMER, str(seconds)))
    return Lab(
        name,
        title,
        (
            *plain("client r1 r2"),
            node("fw", firewall=default_deny(permit(443), PING), sysctls=remembers),
            node("server", commands=(started("reports", REPORTS),)),
        ),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", source_port=None, listen="none", manner=Manner.HALF), *noise()),
        truth,
        keep=("talk",),
    )


LABS = (
    lab(
        "half-closed-forgotten",
        "The client closes its half; the firewall removes the session in a second, and the "
        "answer takes two and a half",
        1,
        Truth(
            Cause.MIDFLOW_STATE_LOSS,
            WAY,
            back(WAY),
            "fw",
            "r2",
            Direction.REVERSE,
            (("fw", f"sysctl -qw {TIMER}=60"),),
        ),
    ),
    lab(
        "half-closed-remembered",
        "Harmless: the same client and server, through a firewall that keeps the session for "
        "a minute",
        60,
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
