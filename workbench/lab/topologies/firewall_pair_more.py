"""More of the pair side by side: IPv6, UDP, watchers, a real state synchronisation, and an IDS that
drops.

           +-- fw-a --+
client -- r1          r2 -- server
           +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import (
    PING,
    Firewall,
    default_deny,
    drop_invalid,
    new_only,
    permit,
    watcher,
)
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import Account, Lab, Node, Talk, Truth

SIDES = links("client r1 fw-a r2 server", "r1 fw-b r2")
OUT_A, OUT_B = "client r1 fw-a r2 server", "client r1 fw-b r2 server"
BACK_A, BACK_B = "server r2 fw-a r1 client", "server r2 fw-b r1 client"


def pair(a: Firewall, b: Firewall, group: str | None = None) -> tuple[Node, ...]:
    """The six nodes with these firewalls."""
    boxes = (
        node("fw-a", firewall=a, state_group=group),
        node("fw-b", firewall=b, state_group=group),
    )
    return (*plain("client r1 r2 server"), *boxes)


def unsynced(forward: str, reverse: str, guilty: str, decided: str) -> Truth:
    """The request went through one, the reply through the other, which drops it."""
    cure = (("fw-a", "flush"), ("fw-b", "flush"))
    return Truth(Cause.ASYM_STATEFUL_FW, forward, reverse, guilty, decided, Direction.REVERSE, cure)


SYNC = """
Sync {
  Mode NOTRACK { DisableInternalCache On DisableExternalCache On }
  UDP { IPv4_address <HERE@fw-a-fw-b> IPv4_Destination_Address <THERE@fw-a-fw-b> Port 3780 Interface <dev fw-a-fw-b>
        SndSocketBuffer 1249280 RcvSocketBuffer 1249280 Checksum on }
}
General {
  Nice -20
  HashSize 8192
  HashLimit 65535
  LockFile /run/conntrackd.lock
  UNIX { Path /run/conntrackd.ctl }
  NetlinkBufferSize 2097152
  NetlinkBufferSizeMaxGrowth 8388608
  Filter From Kernelspace { Protocol Accept { TCP UDP ICMP } }
}
"""


def synced(here: str, there: str) -> Node:
    """A firewall that tells the other one about every session."""
    config = SYNC.replace("THERE", there).replace("HERE", here)
    daemon = "conntrackd -d -C /run/conntrackd.conf"
    rules = default_deny(permit(443), PING)
    return node(
        here,
        firewall=rules,
        state_group="edge",
        files=(("/run/conntrackd.conf", config),),
        commands=(daemon,),
    )


LABS = (
    Lab(
        "fw-pair-v6",
        "IPv6 with link-local gateways: the reply comes back through the other firewall",
        pair(drop_invalid(), drop_invalid(), "pair"),
        SIDES,
        (OUT_B, BACK_A),
        (Talk("client", "server", port=8443), *noise()),
        unsynced(OUT_B, BACK_A, "fw-a", "r2"),
        family=6,
        link_local_gateways=True,
    ),
    Lab(
        "fw-pair-udp",
        "UDP: the reply reaches a firewall that treats it as a new flow and denies it",
        pair(default_deny(permit(5060, "udp"), PING), default_deny(permit(5060, "udp"), PING)),
        SIDES,
        (OUT_A, BACK_B),
        (Talk("client", "server", "udp", 5060), *noise()),
        unsynced(OUT_A, BACK_B, "fw-b", "r2"),
    ),
    Lab(
        "fw-pair-unnamed",
        "The same pair, but no rule matches INVALID: the policy of the chain drops the reply",
        pair(new_only(permit(443), PING), new_only(permit(443), PING)),
        SIDES,
        (OUT_B, BACK_A),
        (Talk("client", "server"), *noise()),
        unsynced(OUT_B, BACK_A, "fw-a", "r2"),
    ),
    Lab(
        "fw-pair-watchers",
        "Both firewalls track connections and count invalid packets, but drop nothing: harmless",
        pair(watcher(), watcher()),
        SIDES,
        (OUT_A, BACK_B),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_ASYMMETRIC, OUT_A, BACK_B),
    ),
    Lab(
        "fw-pair-synced",
        "The directions cross different firewalls, which share their sessions (a real conntrackd)",
        (*plain("client r1 r2 server"), synced("fw-a", "fw-b"), synced("fw-b", "fw-a")),
        (*SIDES, *links("fw-a fw-b")),
        (OUT_A, BACK_B),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_ASYMMETRIC, OUT_A, BACK_B),
        needs=("conntrackd",),
        settle=1.0,
    ),
    Lab(
        "ids-inline",
        "Two inline sensors that drop packets of connections whose beginning they did not see",
        (
            *plain("client r1 r2 server"),
            node("ids-a", firewall=new_only(permit(25), PING)),
            node("ids-b", firewall=new_only(permit(25), PING), account=Account.OPS),
        ),
        links("client r1 ids-a r2 server", "r1 ids-b r2"),
        ("client r1 ids-a r2 server", "server r2 ids-b r1 client"),
        (Talk("client", "server", port=25), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            "client r1 ids-a r2 server",
            "server r2 ids-b r1 client",
            "ids-b",
            "r2",
            Direction.REVERSE,
            (("ids-a", "flush"), ("ids-b", "flush")),
        ),
    ),
)
