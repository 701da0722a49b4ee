"""Networks that change while somebody looks at them.

           +-- fw-a --+
client -- r1          r2 -- server        client -- r1 -- r2 -- r3 -- server
           +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, LabEvent, Talk, Truth

SIDES = links("client r1 fw-a r2 server", "r1 fw-b r2")
STRICT = default_deny(permit(443), PING)
OUT, OLD_BACK, NEW_BACK = (
    "client r1 fw-a r2 server",
    "server r2 fw-a r1 client",
    "server r2 fw-b r1 client",
)
WAY = "client r1 r2 r3 server"
MOVE = LabEvent(
    "r2", "( sleep 8; ip route replace <net client-r1> via <gw fw-b> ) >/dev/null 2>&1 &"
)
NOW_AND_THEN = """( while :; do
  nft add table inet trouble
  nft add chain inet trouble early '{ type filter hook prerouting priority -300; }'
  nft add rule inet trouble early udp dport 8080 counter drop
  sleep 3; nft delete table inet trouble; sleep 2
done ) >/dev/null 2>&1 &"""

LABS = (
    Lab(
        "route-moves-meanwhile",
        "While the run watches, the reverse path moves to a firewall that never saw the requests",
        (
            *plain("client r1 r2 server"),
            node("fw-a", firewall=STRICT),
            node("fw-b", firewall=STRICT),
        ),
        SIDES,
        (OUT, OLD_BACK),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            OUT,
            NEW_BACK,
            "fw-b",
            "r2",
            Direction.REVERSE,
            (("fw-a", "flush"), ("fw-b", "flush")),
        ),
        events=(MOVE,),
        meanwhile=9.0,
    ),
    Lab(
        "filter-comes-and-goes",
        "A router drops the requests for three seconds of every five",
        (*plain("client r1 r3 server"), node("r2", commands=(NOW_AND_THEN,))),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", "udp", 8080), *noise()),
        Truth(Cause.ACL_PATH, WAY, back(WAY), "r2", None, Direction.FORWARD, sometimes=True),
        keep=("talk",),  # a slower client may meet the same part of the rhythm each time
    ),
)
