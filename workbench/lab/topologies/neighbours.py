"""One machine's neighbour entry, or a redirect that it took, points at the wrong machine.

client -- r1 -- r2 -- (farm)-- server, other
"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.shapes import back, links, noise, plain
from workbench.lab.declare.words import Lab, LabEvent, Node, Segment, Talk, Truth

FARM = (*links("client r1 r2"), Segment("farm", "r2 server other", host_size=True))
WAY, HOME = "client r1 r2 server", "server r2 r1 client"
ASTRAY = "client r1 r2 other"
# the MAC of another machine, learned by asking for it; then it is written down for the wrong
# address
PIN = (
    "for n in 1 2 3 4 5; do ping -c 1 -W 1 <other@farm> >/dev/null 2>&1; "
    "mac=$(ip neigh show <other@farm> dev <dev farm> | grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}'); "
    'test -n "$mac" && break; sleep 0.3; done; '
    'ip neigh replace <server@farm> lladdr "$mac" dev <dev farm> nud permanent'
)
# written down for its own address: nothing is wrong with that
RIGHT = PIN.replace("other@farm", "server@farm")
UNPIN = "ip neigh del <server@farm> dev <dev farm>"


LINE = "client r1 r2 server"
PIN_GATEWAY = "ip -6 neigh replace <gw r2> lladdr {} dev <dev r2-server> nud permanent"
ITS_MAC = (
    "for n in 1 2 3 4 5; do ping -6 -c 1 -W 1 <gw r2>%<dev r2-server> >/dev/null 2>&1; mac=$(ip -6"
    " neigh show <gw r2> dev <dev r2-server> | grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}'); test -n"
    ' "$mac" && break; sleep 0.3; done; '
)


def fixed_gateway(name: str, title: str, pinned: str, event: str, truth: Truth) -> Lab:
    """IPv6: the server has a permanent entry for the link-local address of its gateway, at once or
    once they met."""
    nodes = (
        *plain("client r1 r2"),
        Node("server", Role.SERVER, commands=(pinned,) if pinned else ()),
    )
    talks, events = (
        (Talk("client", "server", "udp", 5060), *noise()),
        ((LabEvent("server", event),) if event else ()),
    )
    lab = Lab(
        name, title, nodes, links(LINE), (LINE, back(LINE)), talks, truth, events=events, family=6
    )
    return replace(lab, link_local_gateways=True)


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
        "The router has a permanent neighbour entry for the server, with the MAC of another "
        "machine",
        (*plain("client r1 server"), Node("other", Role.HOST), Node("r2", Role.ROUTER)),
        FARM,
        (WAY, HOME, "other r2 r1 client"),
        (Talk("client", "server"), *noise()),
        pinned(),
        events=(LabEvent("r2", PIN),),
    ),
    Lab(
        "neighbour-pinned-v6",
        "IPv6: the router has a permanent neighbour entry for the server, with the MAC of "
        "another machine",
        (*plain("client r1 server"), Node("other", Role.HOST), Node("r2", Role.ROUTER)),
        FARM,
        (WAY, HOME, "other r2 r1 client"),
        (Talk("client", "server"), *noise()),
        pinned(),
        events=(LabEvent("r2", PIN.replace("ping ", "ping -6 ")),),
        family=6,
    ),
    Lab(
        "neighbour-pinned-harmless",
        "The router has a permanent neighbour entry for the server, and it is right",
        (*plain("client r1 server"), Node("other", Role.HOST), Node("r2", Role.ROUTER)),
        FARM,
        (WAY, HOME, "other r2 r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, HOME),
        events=(LabEvent("r2", RIGHT),),
    ),
    fixed_gateway(
        "gateway-replaced-v6",
        "IPv6: the server has a permanent neighbour entry for its gateway, with the MAC of "
        "the router before it",
        PIN_GATEWAY.format("02:00:0c:07:00:0a"),
        "",
        Truth(
            Cause.STALE_NEIGHBOUR,
            LINE,
            back(LINE),
            "server",
            "server",
            Direction.REVERSE,
            (("server", "ip -6 neigh del <gw r2> dev <dev r2-server>"),),
        ),
    ),
    fixed_gateway(
        "gateway-fixed-v6",
        "Harmless: IPv6, and the server's permanent neighbour entry for its gateway has the "
        "right MAC",
        "",
        ITS_MAC + PIN_GATEWAY.format('"$mac"'),
        Truth(Cause.HEALTHY_SYMMETRIC, LINE, back(LINE)),
    ),
)
