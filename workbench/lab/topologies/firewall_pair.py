"""A pair of firewalls side by side between two routers.

           +-- fw-a --+
client -- r1          r2 -- server
           +-- fw-b --+
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, Firewall, default_deny, permit
from workbench.lab.declare.words import Account, Lab, Node, Segment, Talk, Truth

SEGMENTS = (
    Segment("users", "client r1"),
    Segment("up-a", "r1 fw-a"),
    Segment("up-b", "r1 fw-b"),
    Segment("down-a", "fw-a r2"),
    Segment("down-b", "fw-b r2"),
    Segment("farm", "r2 server"),
)
OUT_A, OUT_B = "client r1 fw-a r2 server", "client r1 fw-b r2 server"
BACK_A, BACK_B = "server r2 fw-a r1 client", "server r2 fw-b r1 client"
NOISE = (
    # refused by the firewall
    Talk("client", "server", port=8080, source_port=None, listen="none", every=1.3),
    Talk("client", "server", "udp", 53, source_port=None, every=0.7),
)


def nodes(firewall: Firewall, group: str | None = "edge") -> tuple[Node, ...]:
    """The six nodes with the same firewall twice."""
    return (
        Node("client", Role.CLIENT),
        Node("r1", Role.ROUTER),
        Node("fw-a", Role.FIREWALL, Account.OPS, firewall, state_group=group),
        Node("fw-b", Role.FIREWALL, firewall=firewall, state_group=group),
        Node("r2", Role.ROUTER, Account.OPS),
        Node("server", Role.SERVER),
    )


STRICT = default_deny(permit(443), permit(53, "udp"), PING)

LABS = (
    Lab(
        "fw-pair-nosync",
        "Firewall pair without state sync: the request through one, the reply through the other",
        nodes(STRICT),
        SEGMENTS,
        (OUT_A, BACK_B),
        (Talk("client", "server"), *NOISE),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            OUT_A,
            BACK_B,
            guilty="fw-b",
            decided_by="r2",
            direction=Direction.REVERSE,
            cure=(("fw-a", "flush"), ("fw-b", "flush")),
        ),
    ),
    Lab(
        "fw-pair-healthy",
        "The same pair with both directions through one firewall",
        nodes(STRICT),
        SEGMENTS,
        (OUT_A, BACK_A, OUT_B),
        (Talk("client", "server"), *NOISE),
        Truth(Cause.HEALTHY_SYMMETRIC, OUT_A, BACK_A),
    ),
)
