"""A firewall that forgets its sessions every few seconds, while it takes new ones.

client -- r1 -- fw -- server
"""

from __future__ import annotations

from typing import Any

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, drop_invalid, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Manner, Talk, Truth
from workbench.lab.topologies.midflow import STRICT_PICKUP, fresh

WAY = "client r1 fw server"
FORGETS = "( while :; do sleep 5; conntrack -F; done ) >/dev/null 2>&1 &"
# the client tries a dead connection for some seconds, then makes another
GIVES_UP = (("net.ipv4.tcp_retries2", "3"),)
STRICT = default_deny(permit(5432), PING)


def lab(name: str, title: str, truth: Truth, family: int = 4, **more: Any) -> Lab:
    """One connection that says something every second, and others that come and go."""
    return Lab(
        name,
        title,
        (
            node("client", sysctls=GIVES_UP),
            *plain("r1 server"),
            node("fw", **{"firewall": STRICT, "commands": (FORGETS,), **more}),
        ),
        links(WAY),
        (WAY, back(WAY)),
        (
            Talk("client", "server", port=5432, manner=Manner.STREAM, source_port=None),
            fresh(5432),
            *noise(),
        ),
        truth,
        needs=("conntrack",),
        family=family,
        keep=("talk",),
    )


CUT = Truth(Cause.MIDFLOW_STATE_LOSS, WAY, back(WAY), "fw", "r1", Direction.FORWARD, sometimes=True)

LABS = (
    lab(
        "forgets-sessions",
        "A firewall loses its sessions every five seconds, and accepts new ones",
        CUT,
        sysctls=STRICT_PICKUP,
    ),
    lab("forgets-sessions-v6", "The same with IPv6", CUT, 6, sysctls=STRICT_PICKUP),
    lab(
        "forgets-and-picks-up",
        "The firewall loses its sessions, but picks them up again midway: no connection fails",
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
        firewall=drop_invalid(),
    ),
)
