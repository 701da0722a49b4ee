"""One machine's neighbour entry, or a redirect that it took, points at the wrong machine.

client -- r1 -- r2 -- (farm)-- server, other
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.verdict import Cause, Direction
from workbench.lab.declare import Event, Lab, Node, Segment, Talk, Truth
from workbench.lab.shapes import links, noise, plain

FARM = (*links("client r1 r2"), Segment("farm", "r2 server other", host_size=True))
WAY, HOME = "client r1 r2 server", "server r2 r1 client"
ASTRAY = "client r1 r2 other"
# the MAC of another machine, learned by asking for it; then it is written down for the wrong address
PIN = (
    "for n in 1 2 3 4 5; do ping -c 1 -W 1 <other@farm> >/dev/null 2>&1; "
    "mac=$(ip neigh show <other@farm> dev <dev farm> | grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}'); "
    'test -n "$mac" && break; sleep 0.3; done; '
    'ip neigh replace <server@farm> lladdr "$mac" dev <dev farm> nud permanent'
)
RIGHT = PIN.replace("other@farm", "server@farm")  # written down for its own address: nothing is wrong with that
UNPIN = "ip neigh del <server@farm> dev <dev farm>"


def pinned() -> Truth:
    """The router's packets for the server reach another machine, which forwards nothing."""
    return Truth(
        Cause.STALE_NEIGHBOUR,
        ASTRAY,
        HOME,
        "other",
        "r2",
        Direction.FORWARD,
        (("r2", UNPIN),),
        cured_forward=WAY,
    )


LABS = (
    Lab(
        "neighbour-pinned",
        "The router has a fixed neighbour entry for the server, with the MAC of another machine",
        (*plain("client r1 server"), Node("other", Role.HOST), Node("r2", Role.ROUTER)),
        FARM,
        (WAY, HOME, "other r2 r1 client"),
        (Talk("client", "server"), *noise()),
        pinned(),
        events=(Event("r2", PIN),),
    ),
    Lab(
        "neighbour-pinned-v6",
        "IPv6: the router has a permanent neighbour for the server, with the MAC of another machine",
        (*plain("client r1 server"), Node("other", Role.HOST), Node("r2", Role.ROUTER)),
        FARM,
        (WAY, HOME, "other r2 r1 client"),
        (Talk("client", "server"), *noise()),
        pinned(),
        events=(Event("r2", PIN.replace("ping ", "ping -6 ")),),
        family=6,
    ),
    Lab(
        "neighbour-pinned-harmless",
        "The router has a fixed neighbour entry for the server, and it is right",
        (*plain("client r1 server"), Node("other", Role.HOST), Node("r2", Role.ROUTER)),
        FARM,
        (WAY, HOME, "other r2 r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, HOME),
        events=(Event("r2", RIGHT),),
    ),
)
