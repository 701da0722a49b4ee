"""A connection that stood is moved to a device that never saw it begin.

           +-- fw-a --+
client -- r1          r2 -- server
           +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, new_only, permit
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import Lab, LabEvent, Manner, Talk, Truth

SIDES = links("client r1 fw-a r2 server", "r1 fw-b r2")
OLD, OLD_BACK = "client r1 fw-a r2 server", "server r2 fw-a r1 client"
NEW, NEW_BACK = "client r1 fw-b r2 server", "server r2 fw-b r1 client"
MOVE_OUT = LabEvent("r1", "ip route replace <net r2-server> via <gw fw-b>")
MOVE_BACK = LabEvent("r2", "ip route replace <net client-r1> via <gw fw-b>")
UNDO = (
    ("r1", "ip route replace <net r2-server> via <gw fw-a>"),
    ("r2", "ip route replace <net client-r1> via <gw fw-a>"),
)
STRICT_PICKUP = (("net.netfilter.nf_conntrack_tcp_loose", "0"),)


def fresh(port: int) -> Talk:
    """New connections to the same service, which work before and after."""
    return Talk(
        "client",
        "server",
        port=port,
        source_port=None,
        served_by="server",
        listen="none",
        every=1.9,
    )


LABS = (
    Lab(
        "midflow-both",
        "Routing moved an established session, in both directions, to a firewall that accepts "
        "only new connections",
        (
            *plain("client r1 r2 server"),
            node("fw-a", firewall=new_only(permit(6432), PING)),
            node("fw-b", firewall=new_only(permit(6432), PING)),
        ),
        SIDES,
        (OLD, OLD_BACK),
        (Talk("client", "server", port=6432, manner=Manner.STREAM), fresh(6432), *noise()),
        Truth(
            Cause.MIDFLOW_STATE_LOSS,
            NEW,
            NEW_BACK,
            "fw-b",
            "r1",
            Direction.BOTH,
            UNDO,
            cured_forward=OLD,
            cured_reverse=OLD_BACK,
        ),
        events=(MOVE_BACK, MOVE_OUT),
    ),
    Lab(
        "midflow-no-pickup",
        "An idle session was moved in both directions; the new firewall does not pick up "
        "sessions midway",
        (
            *plain("client r1 r2 server"),
            node("fw-a", firewall=default_deny(permit(443), PING), sysctls=STRICT_PICKUP),
            node("fw-b", firewall=default_deny(permit(443), PING), sysctls=STRICT_PICKUP),
        ),
        SIDES,
        (OLD, OLD_BACK),
        (Talk("client", "server", manner=Manner.STREAM), fresh(443), *noise()),
        Truth(
            Cause.MIDFLOW_STATE_LOSS,
            NEW,
            NEW_BACK,
            "fw-b",
            "r1",
            Direction.FORWARD,
            UNDO,
            cured_forward=OLD,
            cured_reverse=OLD_BACK,
        ),
        events=(MOVE_OUT, MOVE_BACK),
    ),
    Lab(
        "midflow-quiet",
        "A session that was moved has long been hanging, and rarely retransmits",
        (
            *plain("client r1 r2 server"),
            node("fw-a", firewall=default_deny(permit(5672), PING), sysctls=STRICT_PICKUP),
            node("fw-b", firewall=default_deny(permit(5672), PING), sysctls=STRICT_PICKUP),
        ),
        SIDES,
        (OLD, OLD_BACK),
        (Talk("client", "server", port=5672, manner=Manner.QUIET), fresh(5672), *noise()),
        Truth(
            Cause.MIDFLOW_STATE_LOSS,
            NEW,
            NEW_BACK,
            "fw-b",
            "r1",
            Direction.FORWARD,
            UNDO,
            cured_forward=OLD,
            cured_reverse=OLD_BACK,
        ),
        events=(MOVE_OUT, MOVE_BACK),
    ),
)
