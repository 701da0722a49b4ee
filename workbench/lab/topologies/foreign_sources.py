"""A server that answers by a gateway which refuses the source that it uses, as a good gateway does.

            +-- gw-a --(front)--+
client -- r1                    server
            +-- gw-b --(back)---+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import Chain, Firewall, RuleLine
from workbench.lab.declare.shapes import node
from workbench.lab.declare.words import ExtraRoute, Lab, Node, Rule, Talk, Truth
from workbench.lab.topologies.multi_homed import BACK_A, BACK_B, FORWARD, OTHER, SEGMENTS, nodes

# what comes from the back network must be of the back network (BCP 38)
OWN_SOURCES = Firewall(
    (
        Chain(
            "forward",
            (
                RuleLine("accept", source="back", comes_from="back"),
                RuleLine("drop", comes_from="back"),
            ),
            "accept",
        ),
    )
)
HOME = (ExtraRoute("server", "default", ("gw-a",), table="100"),)
BY_SOURCE = (Rule("server", "from <net front>", "100"),)


def boxes() -> tuple[Node, ...]:
    """The gateways are plain routers; that of the back network filters by source."""
    return tuple(
        node("gw-b", firewall=OWN_SOURCES) if one.name == "gw-b" else one
        for one in nodes(node("server"), OWN_SOURCES)
    )


LABS = (
    Lab(
        "foreign-source",
        "The server answers from its front address by the back gateway, which lets only its "
        "own sources out",
        boxes(),
        SEGMENTS,
        (FORWARD, BACK_B),
        (Talk("client", "server@front"), OTHER),
        Truth(
            Cause.ACL_PATH,
            FORWARD,
            BACK_B,
            "gw-b",
            "server",
            Direction.REVERSE,
            (("gw-b", "flush"),),
        ),
    ),
    Lab(
        "foreign-source-ruled",
        "The same filter, and a rule on the server that sends the front address by the front"
        " gateway: harmless",
        boxes(),
        SEGMENTS,
        (FORWARD, BACK_B, "gw-a r1 client"),
        (Talk("client", "server@front"), OTHER),
        Truth(Cause.HEALTHY_SYMMETRIC, FORWARD, BACK_A),
        routes=HOME,
        rules=BY_SOURCE,
    ),
)
