"""A firewall that sees one direction only.

client -- r1 -- fw -- r2 -- server
           \\_________/
             bypass
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.words import Account, Lab, Node, Segment, Talk, Truth

THROUGH, AROUND = "client r1 fw r2 server", "server r2 r1 client"

LABS = (
    Lab(
        "half-path",
        "A firewall that sees the requests only: the replies take a shorter path around it",
        (
            Node("client", Role.CLIENT),
            Node("r1", Role.ROUTER),
            Node("fw", Role.FIREWALL, Account.OPS, default_deny(permit(443), PING)),
            Node("r2", Role.ROUTER),
            Node("server", Role.SERVER),
        ),
        (
            Segment("users", "client r1"),
            Segment("outside", "r1 fw"),
            Segment("inside", "fw r2"),
            Segment("bypass", "r1 r2"),
            Segment("farm", "r2 server"),
        ),
        (THROUGH, AROUND),
        (Talk("client", "server"), Talk("client", "server", "udp", 514, None, listen="none")),
        Truth(
            Cause.ASYM_STATEFUL_HALF_PATH,
            THROUGH,
            AROUND,
            guilty="fw",
            decided_by="r2",
            direction=Direction.FORWARD,
            cure=(("fw", "flush"),),
        ),
    ),
)
