"""More half paths.

client -- r1 -- fw -- r2 -- server
           \\_________/
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, drop_invalid, permit, watcher
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Talk, Truth

LINKS = links("client r1 fw r2 server", "r1 r2")
THROUGH, AROUND = "client r1 fw r2 server", "client r1 r2 server"

LABS = (
    Lab(
        "half-path-replies",
        "The firewall sees only the replies: requests go around it",
        (*plain("client r1 r2 server"), node("fw", firewall=default_deny(permit(3306), PING))),
        LINKS,
        (AROUND, back(THROUGH)),
        (Talk("client", "server", port=3306), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_HALF_PATH,
            AROUND,
            back(THROUGH),
            "fw",
            "r1",
            Direction.REVERSE,
            (("fw", "flush"),),
        ),
    ),
    Lab(
        "half-path-two-firewalls",
        "A firewall on both paths sees everything; a second one sees the requests only and "
        "drops the rest",
        (
            *plain("client r1 r2 server"),
            node("fw-edge", firewall=default_deny(permit(443), PING)),
            node("fw-in", firewall=drop_invalid()),
        ),
        links("client fw-edge r1 fw-in r2 server", "r1 r2"),
        ("client fw-edge r1 fw-in r2 server", "server r2 r1 fw-edge client"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_HALF_PATH,
            "client fw-edge r1 fw-in r2 server",
            "server r2 r1 fw-edge client",
            "fw-in",
            "r2",
            Direction.FORWARD,
            (("fw-in", "flush"),),
        ),
    ),
    Lab(
        "half-path-harmless",
        "A stateful device sees one direction only, but drops nothing: harmless",
        (*plain("client r1 r2 server"), node("fw", firewall=watcher())),
        LINKS,
        (THROUGH, back(AROUND)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_ASYMMETRIC, THROUGH, back(AROUND)),
    ),
)
