"""Two devices answer for the server's gateway address.

           +-- gw-a --+
client -- r1        (farm)-- server
           +-- gw-b --+            (office)-- client, gw, vm     gw -- r1 -- server
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.scripts import python
from workbench.lab.declare.rules import PING, Chain, Firewall, RuleLine, default_deny, permit
from workbench.lab.declare.shapes import links, noise, plain
from workbench.lab.declare.words import Alias, ExtraRoute, Lab, Node, Segment, Talk, Truth

LAN = (*links("client r1 gw-a", "r1 gw-b"), Segment("farm", "gw-a gw-b server", host_size=True))
FORWARD = "client r1 gw-a server"
WRONG, RIGHT = "server gw-b r1 client", "server gw-a r1 client"
WAYS = (FORWARD, "gw-a r1 client", "gw-b r1 client")
STRICT = default_deny(permit(443), PING)
ANNOUNCE = f"{python('announce.py')} <dev farm> <ADDRESS> 2 </dev/null >/dev/null 2>&1 &"
LOUD = ANNOUNCE.replace("farm", "office").replace(" 2 <", " 1 <")
NO_VRRP = RuleLine("drop", protocol="112")
DEAF = Firewall((*STRICT.chains, Chain("input", (NO_VRRP,))))
CLIENT_LAN = (Segment("office", "client gw vm", host_size=True), *links("gw r1 server"))
VRRP = """global_defs {
  router_id <call NAME>
  vrrp_garp_master_refresh REFRESH
  vrrp_garp_master_refresh_repeat 1
  enable_script_security
}
vrrp_instance farm {
  state MASTER
  interface <dev farm>
  virtual_router_id 51
  priority PRIORITY
  advert_int 1
  virtual_ipaddress { <vip>/32 dev <dev farm> }
}
"""


def speaker(name: str, priority: int, refresh: int, family: int = 4) -> Node:
    """A firewall that speaks VRRP, but hears none."""
    text = (
        VRRP.replace("NAME", name)
        .replace("PRIORITY", str(priority))
        .replace("REFRESH", str(refresh))
    )
    if family == 6:
        text = text.replace("<vip>/32", "<vip>/128").replace(
            "  router_id", "  vrrp_version 3\n  router_id"
        )
    start = (
        "keepalived -f /run/keepalived.conf -p /run/keepalived.pid -r /run/vrrp.pid -c"
        " /run/check.pid"
    )
    return Node(
        name,
        Role.FIREWALL,
        firewall=DEAF,
        files=(("/run/keepalived.conf", text),),
        commands=(start,),
    )


def twice(cure: tuple[tuple[str, str], ...]) -> Truth:
    """Replies go to the second holder of the address, which never saw the request."""
    return Truth(
        Cause.DUPLICATE_GATEWAY,
        FORWARD,
        WRONG,
        "gw-b",
        "server",
        Direction.REVERSE,
        cure,
        cured_reverse=RIGHT,
    )


RELEARN = "ip neigh flush dev <dev farm>; ping -c 1 -W 2 <gw-a@farm>"

LABS = (
    Lab(
        "gateway-static-twin",
        "A second firewall has the gateway's address too, and its announcements win",
        (
            *plain("client r1 server"),
            Node("gw-a", Role.FIREWALL, firewall=STRICT),
            Node(
                "gw-b",
                Role.FIREWALL,
                firewall=STRICT,
                commands=(
                    "ip addr add <gw-a@farm>/32 dev <dev farm>",
                    ANNOUNCE.replace("ADDRESS", "gw-a@farm"),
                ),
            ),
        ),
        LAN,
        (*WAYS, RIGHT),
        (Talk("client", "server"), *noise()),
        twice(
            (
                ("gw-b", "pkill -f '[a]nnounce.py'; ip addr del <gw-a@farm>/32 dev <dev farm>"),
                ("server", RELEARN),
            )
        ),
    ),
    Lab(
        "vrrp-split-brain",
        "Two VRRP speakers that cannot hear each other are both master",
        (*plain("client r1 server"), speaker("gw-a", 150, 7), speaker("gw-b", 100, 1)),
        LAN,
        WAYS,
        (Talk("client", "server"), *noise()),
        twice((("gw-b", "kill $(cat /run/keepalived.pid)"), ("server", RELEARN))),
        routes=(ExtraRoute("server", "default", ("vip",)),),
        aliases=(Alias("vip", (), "farm"),),
        needs=("keepalived",),
        settle=5.0,
    ),
    Lab(
        "vrrp-split-brain-v6",
        "The same with IPv6: both masters advertise themselves as the neighbour behind the"
        " gateway's address",
        (*plain("client r1 server"), speaker("gw-a", 150, 7, 6), speaker("gw-b", 100, 1, 6)),
        LAN,
        WAYS,
        (Talk("client", "server"), *noise()),
        twice(
            (
                ("gw-b", "kill $(cat /run/keepalived.pid)"),
                ("server", RELEARN.replace("ping", "ping -6")),
            )
        ),
        routes=(ExtraRoute("server", "default", ("vip",)),),
        aliases=(Alias("vip", (), "farm"),),
        family=6,
        needs=("keepalived",),
        settle=5.0,
    ),
    Lab(
        "gateway-address-on-a-host",
        "A machine in the client's network was given the gateway's address; it forwards nothing",
        (
            *plain("client r1 server"),
            Node("gw", Role.ROUTER),
            Node(
                "vm",
                Role.HOST,
                commands=(
                    "ip addr add <gw@office>/32 dev <dev office>",
                    LOUD.replace("ADDRESS", "gw@office"),
                ),
            ),
        ),
        CLIENT_LAN,
        ("client gw r1 server", "server r1 gw client", "vm gw r1 server"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.DUPLICATE_GATEWAY,
            "client vm",
            "server r1 gw client",
            "vm",
            "client",
            Direction.FORWARD,
            (
                ("vm", "pkill -f '[a]nnounce.py'; ip addr del <gw@office>/32 dev <dev office>"),
                ("client", "ip neigh flush dev <dev office>"),
            ),
            cured_forward="client gw r1 server",
        ),
    ),
    Lab(
        "vrrp-healthy",
        "A VRRP pair, set up correctly: one master, both directions through it",
        (
            *plain("client r1 server"),
            Node(
                "gw-a",
                Role.FIREWALL,
                firewall=STRICT,
                files=speaker("gw-a", 150, 60).files,
                commands=speaker("gw-a", 1, 1).commands,
            ),
            Node(
                "gw-b",
                Role.FIREWALL,
                firewall=STRICT,
                files=tuple(
                    (p, t.replace("MASTER", "BACKUP")) for p, t in speaker("gw-b", 100, 60).files
                ),
                commands=speaker("gw-b", 1, 1).commands,
            ),
        ),
        LAN,
        WAYS,
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, FORWARD, RIGHT),
        routes=(ExtraRoute("server", "default", ("vip",)),),
        aliases=(Alias("vip", (), "farm"),),
        needs=("keepalived",),
        settle=5.0,
    ),
)
