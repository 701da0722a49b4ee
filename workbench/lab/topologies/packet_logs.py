"""Devices whose rules nobody may read, and whose log tells what they do.

client -- r1 -- fw -- r2 -- server                   +-- fw-a --+
                                          client -- r1          r2 -- server
                                                     +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, Firewall, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Account, Lab, Node, Talk, Truth
from workbench.lab.topologies.firewall_pair_more import BACK_B, OUT_A, SIDES, unsynced

THROUGH = "client r1 fw r2 server"
WAY = "client r1 r2 r3 server"
STRICT = default_deny(permit(443), PING)


def secretive(name: str, firewall: Firewall) -> Node:
    """A login without sudo; the group adm may read the log."""
    return node(name, firewall=firewall, account=Account.PLAIN, logs=True)


LABS = (
    Lab(
        "log-policy",
        "The firewall's rules may not be read; its log reports the requests as refused",
        (*plain("client r1 r2 server"), secretive("fw", STRICT)),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", port=5432), *noise()),
        Truth(
            Cause.TRANSIT_POLICY_DENY,
            THROUGH,
            back(THROUGH),
            "fw",
            None,
            Direction.FORWARD,
            (("fw", "flush"),),
        ),
        needs=("ulogd",),
        keep=("accounts",),
    ),
    Lab(
        "log-invalid",
        "Neither firewall shows its rules or sessions; the log of one reports that the "
        "replies belong to no session",
        (*plain("client r1 r2 server"), secretive("fw-a", STRICT), secretive("fw-b", STRICT)),
        SIDES,
        (OUT_A, BACK_B),
        (Talk("client", "server"), *noise()),
        unsynced(OUT_A, BACK_B, "fw-b", "r2"),
        needs=("ulogd",),
        keep=("accounts",),
    ),
    Lab(
        "log-server",
        "A server that shows neither its rules nor its packets; its log reports the requests "
        "as refused; IPv6",
        (
            *plain("client r1 r2 r3"),
            secretive("server", default_deny(permit(22), PING, hook="input")),
        ),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", port=9200), *noise()),
        Truth(
            Cause.SERVER_POLICY_DENY,
            WAY,
            back(WAY),
            "server",
            None,
            Direction.FORWARD,
            (("server", "flush"),),
        ),
        family=6,
        needs=("ulogd",),
        keep=("accounts",),
    ),
)
