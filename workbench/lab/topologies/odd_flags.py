"""Filters that look at TCP flags which not every packet of a kind carries.

client -- r1 -- fw -- server          client -- r1 -- r2 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Talk, Truth

GUARDED, PLAIN = "client r1 fw server", "client r1 r2 server"
NO_ECN = (  # what a rule against scans takes for an attack: both bits that offer ECN, in the SYN
    "nft add table inet oddflags && nft add chain inet oddflags through '{ type filter hook forward"
    " priority -10; }' && nft add rule inet oddflags through 'tcp flags & (ecn | cwr) == ecn | cwr'"
    " counter drop"
)


def offers_ecn(fallback: int) -> tuple[tuple[str, str], ...]:
    """A client that offers ECN; 1 = it tries without where no device answers."""
    return (("net.ipv4.tcp_ecn", "1"), ("net.ipv4.tcp_ecn_fallback", str(fallback)))


LABS = (
    Lab(
        "ecn-dropped",
        "The client offers ECN in each SYN; an old rule on the path drops such SYNs",
        (
            node("client", sysctls=offers_ecn(0)),
            *plain("r1 server"),
            node("r2", commands=(NO_ECN,)),
        ),
        links(PLAIN),
        (PLAIN, back(PLAIN)),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ACL_PATH,
            PLAIN,
            back(PLAIN),
            "r2",
            None,
            Direction.FORWARD,
            (("r2", "nft delete table inet oddflags"),),
        ),
    ),
    Lab(
        "ecn-given-up",
        "The same rule, and a client that tries again without ECN: each connection begins "
        "late, and works",
        (
            node("client", sysctls=offers_ecn(1)),
            *plain("r1 server"),
            node("fw", firewall=default_deny(permit(443), PING), commands=(NO_ECN,)),
        ),
        links(GUARDED),
        (GUARDED, back(GUARDED)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, GUARDED, back(GUARDED)),
    ),
)
