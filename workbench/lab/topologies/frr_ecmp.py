"""FRR routers with BGP and two equal next hops; a stateful box on each.

              +-- fw-a (AS 65010) --+
client -- r1                        r2 -- server
      AS 65001 +-- fw-b (AS 65020) --+ AS 65002
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import INVALID, KNOWN, PING, Chain, Firewall, permit
from workbench.lab.declare.words import Account, Lab, Node, Segment, Talk, Truth

SEGMENTS = (
    Segment("users", "client r1"),
    Segment("up-a", "r1 fw-a"),
    Segment("up-b", "r1 fw-b"),
    Segment("down-a", "fw-a r2"),
    Segment("down-b", "fw-b r2"),
    Segment("farm", "r2 server"),
)
FORWARD, BACK = "client r1 fw-a r2 server", "server r2 fw-b r1 client"
BGP = """frr defaults datacenter
hostname <call {node}>
!
router bgp {asn}
 bgp router-id 10.255.0.{number}
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp bestpath as-path multipath-relax
 timers bgp 1 3
{neighbours}
 !
 address-family ipv4 unicast
{networks}
  maximum-paths 8
 exit-address-family
!
"""


def bgp(node: str, asn: int, neighbours: dict[str, int], networks: tuple[str, ...] = ()) -> str:
    """frr.conf of one BGP speaker; neighbours are `node@segment`."""
    lines = []
    for name, other in neighbours.items():
        lines += [f" neighbor <{name}> remote-as {other}", f" neighbor <{name}> timers connect 1"]
        lines += [f" neighbor <{name}> advertisement-interval 0"]
    announced = [f"  network <net {name}>" for name in networks]
    return BGP.format(
        node=node,
        asn=asn,
        number=asn % 250,
        neighbours="\n".join(lines),
        networks="\n".join(announced) or "  !",
    )


def hashing(seed: int) -> tuple[tuple[str, str], ...]:
    """Ports take part in the choice of the next hop, and each router chooses in its own way."""
    return (
        ("net.ipv4.fib_multipath_hash_policy", "3"),
        ("net.ipv4.fib_multipath_hash_fields", "55"),  # addresses, protocol, ports
        ("net.ipv4.fib_multipath_hash_seed", str(seed)),
    )


BOX = Firewall((Chain("forward", (KNOWN, INVALID, permit(443), permit(8443), PING), "drop"),))
EDGES = (
    Node("client", Role.CLIENT),
    Node(
        "r1",
        Role.ROUTER,
        frr=bgp("r1", 65001, {"fw-a@up-a": 65010, "fw-b@up-b": 65020}, ("users",)),
        sysctls=hashing(11),
    ),
    Node(
        "r2",
        Role.ROUTER,
        frr=bgp("r2", 65002, {"fw-a@down-a": 65010, "fw-b@down-b": 65020}, ("farm",)),
        sysctls=hashing(77),
    ),
    Node("server", Role.SERVER, Account.OPS),
)


def boxes(
    one: Firewall | None, other: Firewall | None, role: Role = Role.FIREWALL
) -> tuple[Node, ...]:
    """The two boxes in the middle, each a BGP speaker."""
    return (
        Node(
            "fw-a",
            role,
            firewall=one,
            frr=bgp("fw-a", 65010, {"r1@up-a": 65001, "r2@down-a": 65002}),
        ),
        Node(
            "fw-b",
            role,
            firewall=other,
            frr=bgp("fw-b", 65020, {"r1@up-b": 65001, "r2@down-b": 65002}),
        ),
    )


WAYS = ("client r1 : farm", "server r2 : users")

LABS = (
    Lab(
        "frr-ecmp",
        "FRR with BGP and two equal next hops, a firewall on each: replies to some source "
        "ports return by the other",
        (*EDGES, *boxes(BOX, BOX)),
        SEGMENTS,
        WAYS,
        (
            Talk("client", "server", pick="fails"),
            Talk("client", "server", source_port=None, listen="none", every=0.9),
        ),
        Truth(
            Cause.ECMP_ASYM_STATEFUL,
            FORWARD,
            BACK,
            guilty="fw-b",
            decided_by="r2",
            direction=Direction.REVERSE,
            cure=(("fw-a", "flush"), ("fw-b", "flush")),
        ),
        needs=("zebra", "bgpd", "vtysh"),
        settle=6.0,
    ),
)
