"""Faults of the ends and of plain routing.

client -- r1 -- r2 -- r3 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Account, ExtraRoute, Lab, Segment, Talk, Truth

LINE = links("client r1 r2 r3 server")
WAY = "client r1 r2 r3 server"
HOME = back(WAY)
ROUTERS = plain("client r1 r2 r3")


def at_server(cause: Cause, guilty: str = "server") -> Truth:
    """The request comes to the end of its way, and that is it."""
    return Truth(cause, WAY, HOME, guilty, None, Direction.FORWARD)


LABS = (
    Lab(
        "service-down",
        "Nothing listens on the port",
        (*ROUTERS, node("server", account=Account.OPS)),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", port=8080, listen="none"), *noise()),
        at_server(Cause.SERVICE_NOT_LISTENING),
    ),
    Lab(
        "service-loopback",
        "The service listens on the loopback address only, behind a healthy firewall",
        (*plain("client r1 r3 server"), node("fw", firewall=default_deny(permit(5432), PING))),
        links("client r1 fw r3 server"),
        ("client r1 fw r3 server", "server r3 fw r1 client"),
        (Talk("client", "server", port=5432, listen="loopback"), *noise()),
        Truth(
            Cause.SERVICE_NOT_LISTENING,
            "client r1 fw r3 server",
            "server r3 fw r1 client",
            "server",
            None,
            Direction.FORWARD,
        ),
    ),
    Lab(
        "service-wrong-address",
        "The server has two addresses, and the service listens on the other one",
        (*ROUTERS, node("server")),
        (*LINE, *links("r2 server")),
        (WAY, HOME),
        (Talk("client", "server@r3-server", port=993, listen="server@r2-server"), *noise()),
        at_server(Cause.SERVICE_NOT_LISTENING),
    ),
    Lab(
        "service-udp-down",
        "Nothing answers on a UDP port",
        (*ROUTERS, node("server")),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", "udp", 123, listen="none"), *noise()),
        at_server(Cause.SERVICE_NOT_LISTENING),
    ),
    Lab(
        "host-down",
        "The server is powered off",
        (*ROUTERS, node("server", down=True), node("web", account=Account.NONE)),
        (*links("client r1 r2 r3"), Segment("r3-server", "r3 server web", host_size=True)),
        (WAY, HOME),
        (Talk("client", "server", listen="none"), *noise()),
        at_server(Cause.HOST_DOWN),
    ),
    Lab(
        "host-down-v6",
        "The server's link is down; IPv6",
        (*ROUTERS, node("server", account=Account.NONE, down=True)),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", "udp", 4433, listen="none"), *noise()),
        at_server(Cause.HOST_DOWN),
        family=6,
        keep=("accounts",),
    ),
    Lab(
        "no-forward-route",
        "A router in the middle has no route to the server's network",
        (*ROUTERS, node("server")),
        LINE,
        ("client r1 r2 : r3-server", HOME),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.NO_FORWARD_ROUTE,
            "client r1 r2",
            HOME,
            "r2",
            "r2",
            Direction.FORWARD,
            (("r2", "ip route add <net r3-server> via <gw r3>"),),
            cured_forward=WAY,
        ),
        complete=False,
    ),
    Lab(
        "blackhole-route",
        "A router has a silent blackhole route for the server's address",
        (*ROUTERS, node("server")),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", port=8883), *noise()),
        Truth(
            Cause.NO_FORWARD_ROUTE,
            "client r1 r2",
            HOME,
            "r2",
            "r2",
            Direction.FORWARD,
            (("r2", "ip route del blackhole <net server>"),),
            cured_forward=WAY,
        ),
        routes=(ExtraRoute("r2", "server", kind="blackhole"),),
    ),
    Lab(
        "no-return-route",
        "A router has no route back to the client",
        (*ROUTERS, node("server")),
        LINE,
        (WAY, "server r3 r2 : client-r1"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.NO_RETURN_ROUTE,
            WAY,
            "server r3 r2",
            "r2",
            "r2",
            Direction.REVERSE,
            (("r2", "ip route add <net client-r1> via <gw r1>"),),
            cured_reverse=HOME,
        ),
        complete=False,
    ),
    Lab(
        "no-default-on-server",
        "The server has no route to other networks; IPv6",
        (*ROUTERS, node("server", commands=("ip -6 route del default",))),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", "udp", 53), *noise()),
        Truth(
            Cause.NO_RETURN_ROUTE,
            WAY,
            "server",
            "server",
            "server",
            Direction.REVERSE,
            (("server", "ip -6 route add default via <gw r3>"),),
            cured_reverse=HOME,
        ),
        family=6,
    ),
    Lab(
        "loop-forward",
        "Two routers send the requests to each other",
        (*ROUTERS, node("server")),
        LINE,
        (WAY, HOME),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ROUTING_LOOP,
            "client r1 r2 r3",
            HOME,
            "r3",
            "r3",
            Direction.FORWARD,
            (("r3", "ip route del <net server> via <gw r2>"),),
            cured_forward=WAY,
        ),
        routes=(ExtraRoute("r3", "server", ("r2",)),),
    ),
    Lab(
        "loop-reverse",
        "Three routers send the replies in a circle; the requests arrive",
        (*plain("client r1 r2 r3 r4 server")[:5], node("server")),
        links("client r1 r2 r3 server", "r3 r4 r2"),
        (WAY, "server r3 r4 r2 r1 client"),
        (Talk("client", "server", "udp", 1194), *noise()),
        Truth(
            Cause.ROUTING_LOOP,
            WAY,
            "server r3 r4 r2",
            "r2",
            "r2",
            Direction.REVERSE,
            (("r2", "ip route replace <net client-r1> via <gw r1>"),),
            cured_reverse="server r3 r4 r2 r1 client",
        ),
        routes=(ExtraRoute("r2", "client-r1", ("r3",)),),
    ),
)
