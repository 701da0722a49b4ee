"""A narrow link, with and without the message that tells of it.

client -- r1 -- r2 ==(1300)== r3 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import Chain, Firewall, RuleLine
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Manner, Talk, Truth

NARROW = links("client r1 r2 r3 server", mtu={"r2-r3": 1300})
WAY = "client r1 r2 r3 server"
SILENT = Firewall(
    (Chain("output", (RuleLine("drop", protocol="icmp", icmp="destination-unreachable"),)),)
)
NO_MESSAGES = Firewall(
    (Chain("forward", (RuleLine("drop", protocol="icmp", icmp="destination-unreachable"),)),)
)
SILENT_V6 = Firewall(
    (Chain("output", (RuleLine("drop", protocol="icmp", icmp="packet-too-big"),)),)
)

LABS = (
    Lab(
        "pmtud-upload",
        "Large requests are lost before a link with a small MTU, and the router's ICMP "
        "message is filtered",
        (*plain("client r1 r3 server"), node("r2", firewall=SILENT)),
        NARROW,
        (WAY, back(WAY)),
        (Talk("client", "server", manner=Manner.UPLOAD), *noise()),
        Truth(
            Cause.PMTUD_BLACKHOLE, WAY, back(WAY), "r2", None, Direction.FORWARD, (("r2", "flush"),)
        ),
    ),
    Lab(
        "pmtud-download-v6",
        "IPv6: large answers are lost before a link with a small MTU, and the router's ICMP "
        "message is filtered",
        (*plain("client r1 r2 server"), node("r3", firewall=SILENT_V6)),
        NARROW,
        (WAY, back(WAY)),
        (Talk("client", "server", manner=Manner.DOWNLOAD), *noise()),
        Truth(
            Cause.PMTUD_BLACKHOLE, WAY, back(WAY), "r3", None, Direction.REVERSE, (("r3", "flush"),)
        ),
        family=6,
    ),
    Lab(
        "pmtud-message-filtered",
        "The router before the small link sends its ICMP message, and another router on the "
        "reverse path filters it",
        (
            *plain("client r2 r3 server"),
            node("r1", firewall=NO_MESSAGES),
        ),
        NARROW,
        (WAY, back(WAY)),
        (Talk("client", "server", port=8443, manner=Manner.UPLOAD), *noise()),
        Truth(
            Cause.PMTUD_BLACKHOLE, WAY, back(WAY), "r1", None, Direction.FORWARD, (("r1", "flush"),)
        ),
    ),
    Lab(
        "mtu-told",
        "The same small link, but the ICMP message arrives: the flow works",
        plain("client r1 r2 r3 server"),
        NARROW,
        (WAY, back(WAY)),
        (Talk("client", "server", manner=Manner.UPLOAD), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
