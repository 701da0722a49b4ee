"""Long ways, OSPF, and hops that cannot be asked.

client -- r1 .. r5 -- fw-a -- r6 .. r11 -- server     client -- r1 -- a1 .. fw-a .. a11 -- r2 --
server
                 \\-- fw-b --/                                   \\-- b1 .. fw-b .. b11 --/
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import (
    PING,
    Firewall,
    RuleLine,
    default_deny,
    drop_invalid,
    permit,
    stateless,
)
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Account, Lab, Node, Talk, Truth

HEAD, TAIL = "client r1 r2 r3 r4 r5", "r6 r7 r8 r9 r10 r11 server"
OUT, OTHER = f"{HEAD} fw-a {TAIL}", f"{HEAD} fw-b {TAIL}"
SIXTEEN = "client r1 r2 r3 r4 r5 r6 fw r7 r8 r9 r10 r11 r12 r13 server"
NORTH = " ".join(
    ["r1", *(f"a{n}" for n in range(1, 7)), "fw-a", *(f"a{n}" for n in range(7, 12)), "r2"]
)
SOUTH = NORTH.replace("a", "b")
STRICT = default_deny(permit(443), PING)
THROUGH = "client r1 fw r2 server"
OSPF = """frr defaults traditional
hostname <call {name}>
!
{interfaces}
router ospf
 ospf router-id 10.254.0.{number}
 redistribute connected
 timers throttle spf 10 100 500
!
"""


def ospf(
    name: str,
    number: int,
    costs: dict[str, int],
    firewall: Firewall | None = None,
    role: Role = Role.ROUTER,
) -> Node:
    """A router that speaks OSPF on these links at these costs."""
    parts = []
    for link, cost in costs.items():
        parts += [
            f"interface <dev {link}>",
            " ip ospf area 0",
            f" ip ospf cost {cost}",
            " ip ospf network point-to-point",
        ]
        parts += [" ip ospf hello-interval 1", " ip ospf dead-interval 4", "!"]
    text = OSPF.format(name=name, number=number, interfaces="\n".join(parts))
    return Node(name, role, firewall=firewall, frr=text)


def square(middle: Firewall | None, role: Role) -> tuple[Node, ...]:
    """r1 prefers one middle box, r4 the other."""
    return (
        *plain("client server"),
        ospf("r1", 1, {"r1-m2": 10, "r1-m3": 50}),
        ospf("m2", 2, {"r1-m2": 10, "m2-r4": 10}, middle, role),
        ospf("m3", 3, {"r1-m3": 10, "m3-r4": 10}, middle, role),
        ospf("r4", 4, {"m2-r4": 50, "m3-r4": 10}),
    )


SQUARE = links("client r1 m2 r4 server", "r1 m3 r4")
SQUARE_WAYS = ("client r1 : r4-server", "server r4 : client-r1")
SQUARE_OUT, SQUARE_BACK = "client r1 m2 r4 server", "server r4 m3 r1 client"

LABS = (
    Lab(
        "long-pair",
        "Fourteen hops with a firewall pair in the middle",
        (*plain(f"{HEAD} {TAIL}"), node("fw-a", firewall=STRICT), node("fw-b", firewall=STRICT)),
        links(OUT, "r5 fw-b r6"),
        (OUT, back(OTHER)),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            OUT,
            back(OTHER),
            "fw-b",
            "r6",
            Direction.REVERSE,
            (("fw-a", "flush"), ("fw-b", "flush")),
        ),
    ),
    Lab(
        "long-rings",
        "Twenty-eight devices, all on the flow's paths: sixteen hops out by the north, "
        "sixteen back by the south",
        (
            *plain(
                f"client {NORTH.replace('fw-a ', '')} {SOUTH.replace('fw-b ', '')[3:-3]} server"
            ),
            *(node(name, firewall=STRICT) for name in ("fw-a", "fw-b")),
        ),
        links(f"client {NORTH} server", SOUTH),
        (f"client {NORTH} server", back(f"client {SOUTH} server")),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            f"client {NORTH} server",
            back(f"client {SOUTH} server"),
            "fw-b",
            "r2",
            Direction.REVERSE,
            (("fw-a", "flush"), ("fw-b", "flush")),
        ),
    ),
    Lab(
        "long-healthy",
        "Sixteen hops through one firewall: the flow works",
        (*plain(SIXTEEN.replace("fw ", "")), node("fw", firewall=STRICT)),
        links(SIXTEEN),
        (SIXTEEN, back(SIXTEEN)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, SIXTEEN, back(SIXTEEN)),
    ),
    Lab(
        "long-acl-v6",
        "Fourteen hops of IPv6; far away, a stateless list drops the replies",
        (
            *(n for n in plain(f"{HEAD} {TAIL}") if n.name != "r9"),
            node("r9", firewall=stateless(RuleLine("drop", protocol="tcp", sports=(636,)))),
        ),
        links(f"{HEAD} {TAIL}"),
        (f"{HEAD} {TAIL}", back(f"{HEAD} {TAIL}")),
        (Talk("client", "server", port=636), *noise()),
        Truth(
            Cause.ACL_PATH,
            f"{HEAD} {TAIL}",
            back(f"{HEAD} {TAIL}"),
            "r9",
            None,
            Direction.REVERSE,
            (("r9", "flush"),),
        ),
        family=6,
    ),
    Lab(
        "frr-ospf-asym",
        "OSPF with unequal costs: out by one router, back by another, harmless",
        square(None, Role.ROUTER),
        SQUARE,
        SQUARE_WAYS,
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_ASYMMETRIC, SQUARE_OUT, SQUARE_BACK),
        needs=("zebra", "ospfd", "vtysh"),
        settle=8.0,
    ),
    Lab(
        "frr-ospf-fw",
        "OSPF with unequal costs: the reply comes back through a firewall that never saw the"
        " request",
        square(drop_invalid(), Role.FIREWALL),
        SQUARE,
        SQUARE_WAYS,
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            SQUARE_OUT,
            SQUARE_BACK,
            "m3",
            "r4",
            Direction.REVERSE,
            (("m2", "flush"), ("m3", "flush")),
        ),
        needs=("zebra", "ospfd", "vtysh"),
        settle=8.0,
    ),
    Lab(
        "unmanaged-drop",
        "A firewall that nobody can log in to drops the requests",
        (
            *plain("client r1 r2 server"),
            node("fw", firewall=default_deny(permit(22)), account=Account.NONE),
        ),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            THROUGH,
            back(THROUGH),
            "fw",
            None,
            Direction.FORWARD,
            (("fw", "flush"),),
        ),
    ),
    Lab(
        "unmanaged-drop-reply",
        "A router that nobody can log in to drops the replies",
        (
            *plain("client r1 r3 server"),
            node(
                "r2",
                firewall=stateless(RuleLine("drop", protocol="tcp", sports=(443,))),
                account=Account.NONE,
            ),
        ),
        links("client r1 r2 r3 server"),
        ("client r1 r2 r3 server", "server r3 r2 r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            "client r1 r2 r3 server",
            "server r3 r2 r1 client",
            "r2",
            None,
            Direction.REVERSE,
            (("r2", "flush"),),
        ),
    ),
    Lab(
        "unmanaged-healthy",
        "The same router that nobody can log in to, and it lets everything through",
        (*plain("client r1 r2 server"), node("fw", firewall=STRICT, account=Account.NONE)),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, THROUGH, back(THROUGH)),
    ),
)
