"""Routers only: nothing on the way keeps state.

           +-- r2 --+
client -- r1        r4 -- server
           +-- r3 --+
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause
from workbench.lab.declare.words import Account, Lab, Node, Segment, Talk, Truth

FORWARD, BACK = "client r1 r2 r4 server", "server r4 r3 r1 client"

LABS = (
    Lab(
        "asym-routers",
        "Harmless asymmetry: requests and replies use different routers, and neither keeps state",
        (
            Node("client", Role.CLIENT),
            Node("r1", Role.ROUTER, Account.OPS),
            Node("r2", Role.ROUTER),
            Node("r3", Role.ROUTER),
            Node("r4", Role.ROUTER),
            Node("server", Role.SERVER, Account.OPS),
        ),
        (
            Segment("users", "client r1"),
            Segment("north-in", "r1 r2"),
            Segment("south-in", "r1 r3"),
            Segment("north-out", "r2 r4"),
            Segment("south-out", "r3 r4"),
            Segment("farm", "r4 server"),
        ),
        (FORWARD, BACK),
        (
            Talk("client", "server", port=5432),
            Talk("client", "server", port=9, source_port=None, listen="none"),
        ),
        Truth(Cause.HEALTHY_ASYMMETRIC, FORWARD, BACK),
    ),
)
