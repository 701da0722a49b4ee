"""The server's address is on a second machine, too.

client -- r1 -- r2 -- (farm)-- server, old            client -- r1 -- r2 -- (farm)-- server
                                                                 r2 -- (depot)-- old
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import links, noise, plain
from workbench.lab.declare.words import Lab, LabEvent, Node, Segment, Talk, Truth

FARM = (*links("client r1 r2"), Segment("farm", "r2 server old", host_size=True))
WAY, HOME = "client r1 r2 server", "server r2 r1 client"
ASTRAY, ASTRAY_HOME = "client r1 r2 old", "old r2 r1 client"
# The router learns the old machine's MAC by asking for it, and then meets it behind the server's
# address, too.
MEET = (
    "for n in 1 2 3 4 5; do ping -c 1 -W 1 <old@farm> >/dev/null 2>&1; "
    "mac=$(ip neigh show <old@farm> dev <dev farm> | grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}'); "
    'test -n "$mac" && break; sleep 0.3; done; '
    'ip neigh replace <server@farm> lladdr "$mac" dev <dev farm> nud stale'
)
TAKEN_AWAY = ("old", "ip addr del <server@farm>/32 dev <dev farm>")
FORGET = ("r2", "ip neigh del <server@farm> dev <dev farm>; ping -c 1 -W 2 <server@farm>")


def old(segment: str = "farm", **more: object) -> Node:
    """A machine that was given the server's address."""
    return Node(
        "old",
        Role.SERVER,
        commands=(f"ip addr add <server@farm>/32 dev <dev {segment}>",),
        **more,  # type: ignore[arg-type]
    )


def old_six(**more: object) -> Node:
    """The same with IPv6."""
    return Node(
        "old",
        Role.SERVER,
        commands=("ip addr add <server@farm>/128 dev <dev farm> nodad",),
        **more,  # type: ignore[arg-type]
    )


def doubled(cause: Cause, family: int = 4) -> Truth:
    """The last router's packets reach the machine that should not have the address any more."""
    away = TAKEN_AWAY if family == 4 else ("old", TAKEN_AWAY[1].replace("/32", "/128"))
    forget = FORGET if family == 4 else ("r2", FORGET[1].replace("ping", "ping -6"))
    return Truth(
        cause,
        ASTRAY,
        ASTRAY_HOME,
        "old",
        "r2",
        Direction.FORWARD,
        (away, forget),
        cured_forward=WAY,
        cured_reverse=HOME,
    )


LABS = (
    Lab(
        "address-on-old-server",
        "The server's address is still on the old server, where nothing listens any more",
        (*plain("client r1 r2 server"), old()),
        FARM,
        (WAY, HOME, ASTRAY_HOME),
        (Talk("client", "server"), *noise()),
        doubled(Cause.SERVICE_NOT_LISTENING),
        events=(LabEvent("r2", MEET),),
    ),
    Lab(
        "address-on-old-server-udp",
        "The same with datagrams",
        (*plain("client r1 r2 server"), old()),
        FARM,
        (WAY, HOME, ASTRAY_HOME),
        (Talk("client", "server", "udp", 5060), *noise()),
        doubled(Cause.SERVICE_NOT_LISTENING),
        events=(LabEvent("r2", MEET),),
    ),
    Lab(
        "address-on-old-server-v6",
        "The same with IPv6; the old server's own filter drops what it does not serve",
        (
            *plain("client r1 r2 server"),
            old_six(firewall=default_deny(permit(22), PING, hook="input")),
        ),
        FARM,
        (WAY, HOME, ASTRAY_HOME),
        (Talk("client", "server"), *noise()),
        doubled(Cause.SERVER_POLICY_DENY, 6),
        events=(LabEvent("r2", MEET.replace("ping", "ping -6")),),
        family=6,
    ),
    Lab(
        "same-address-on-another-wire",
        "A machine on another link has the server's address; the two never meet: the flow works",
        (*plain("client r1 r2 server"), old("depot")),
        (
            *links("client r1 r2"),
            Segment("farm", "r2 server", host_size=True),
            Segment("depot", "r2 old"),
        ),
        (WAY, HOME, "old r2 r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, HOME),
    ),
)
