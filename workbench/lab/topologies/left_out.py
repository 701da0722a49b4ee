"""A pair shares its sessions by a real conntrackd, and its configuration leaves this flow's out.

           +-- fw-a --+
client -- r1    |     r2 -- server
           +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Node, Talk, Truth
from workbench.lab.topologies.firewall_pair_more import OUT_A, OUT_B, SIDES, SYNC

ACCEPTED = "Protocol Accept { TCP UDP ICMP }"
IGNORED = "Address Ignore {\n    IPv4_address 127.0.0.1\n    IPv4_address NETWORK\n  }"
DISABLED = " DisableExternalCache On"


def boxes(*changes: tuple[str, str]) -> tuple[Node, ...]:
    """The two firewalls, the configuration of both written with these words in place of others."""
    return tuple(_box(here, there, changes) for here, there in (("fw-a", "fw-b"), ("fw-b", "fw-a")))


def _box(here: str, there: str, changes: tuple[tuple[str, str], ...]) -> Node:
    config = SYNC.replace("THERE", there).replace("HERE", here)
    for old, new in changes:
        config = config.replace(old, new)
    daemon = "conntrackd -d -C /run/conntrackd.conf"
    rules = default_deny(permit(443), PING)
    return node(
        here,
        firewall=rules,
        state_group="edge",
        files=(("/run/conntrackd.conf", config),),
        commands=(daemon,),
    )


def ignoring(network: str) -> tuple[str, str]:
    """The filter lets this network's sessions alone, too."""
    return ACCEPTED, f"{ACCEPTED}\n  {IGNORED.replace('NETWORK', network)}"


def lab(name: str, title: str, truth: Truth, *changes: tuple[str, str]) -> Lab:
    """Out by one, back by the other."""
    return Lab(
        name,
        title,
        (*plain("client r1 r2 server"), *boxes(*changes)),
        (*SIDES, *links("fw-a fw-b")),
        (OUT_A, back(OUT_B)),
        (Talk("client", "server"), *noise()),
        truth,
        needs=("conntrackd",),
        settle=1.0,
    )


FLUSHED = (("fw-a", "flush"), ("fw-b", "flush"))
CUT = Truth(Cause.ASYM_STATEFUL_FW, OUT_A, back(OUT_B), "fw-b", "r2", Direction.REVERSE, FLUSHED)

LABS = (
    lab(
        "sync-without-address",
        "conntrackd leaves out the sessions of the server's network: the answer reaches the "
        "other firewall",
        CUT,
        ignoring("<net r2-server>"),
    ),
    lab(
        "sync-without-address-harmless",
        "conntrackd leaves out the sessions of another network",
        Truth(Cause.HEALTHY_ASYMMETRIC, OUT_A, back(OUT_B)),
        ignoring("<net fw-a-fw-b>"),
    ),
    lab(
        "sync-in-cache",
        "conntrackd keeps the partner's sessions in its own cache, where no packet can match them",
        CUT,
        (DISABLED, ""),
    ),
)
